"""What libraries have to say goes to the server's log, and nobody's data with it."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from segmentry.serving import log as logging_here
from segmentry.serving.log import libraries_noted


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The lines that are written."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(
        logging_here._Lines, "msg", lambda self, text: found.append(json.loads(text))
    )
    for name in ("warning", "error"):
        monkeypatch.setattr(logging_here._Lines, name, logging_here._Lines.msg)
    return found


def test_a_warning_is_a_line_without_its_values(lines: list[dict[str, Any]]) -> None:
    """OPS-12, API-18: the words are the library's own, the values could be a person's."""
    with libraries_noted():
        logging.getLogger("of.a.library").warning("no such %s\nat all", "ann@example.com")
        logging.getLogger("of.a.library").info("nothing to tell")
    logging.getLogger("of.a.library").debug("afterwards")
    (line,) = lines
    assert (line["level"], line["library"], line["said"]) == (
        "warning",
        "of.a.library",
        "no such %s",
    )


def test_an_error_is_its_kind_and_where_it_was(lines: list[dict[str, Any]]) -> None:
    """API-18: never its text."""
    with libraries_noted():
        try:
            raise ValueError("ann@example.com")
        except ValueError:
            logging.getLogger("of.a.library").exception("failed")
    (line,) = lines
    assert (line["level"], line["error"]) == ("error", "ValueError")
    assert "test_an_error_is_its_kind" in line["where"][0]
    assert "ann@example.com" not in json.dumps(line)
