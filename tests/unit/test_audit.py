"""That licences and flaws which are not wanted are found."""

from __future__ import annotations

import json
from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path

import pytest

from tests import audit


class Made(Distribution):
    """A distribution of which only the metadata are there."""

    def __init__(self, *lines: str) -> None:
        self._text = "\n".join(("Metadata-Version: 2.4", "Name: made", *lines, "", ""))

    def read_text(self, filename: str) -> str | None:
        """Its metadata."""
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """It has no files."""
        raise NotImplementedError


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["License-Expression: MIT"], []),
        (["License-Expression: BSD-3-Clause AND Zlib AND MIT"], []),
        (["License-Expression: MPL-2.0 AND (MIT OR GPL-3.0)"], []),
        (["Classifier: License :: OSI Approved :: Apache Software License"], []),
        (["License: Python Software Foundation License"], []),
        (["License-Expression: GPL-3.0-only"], ["made has the licence GPL-3.0-only"]),
        (["License-Expression: MIT AND LGPL-2.1"], ["made has the licence LGPL-2.1"]),
        (
            ["Classifier: License :: OSI Approved :: GNU Affero General Public License v3"],
            ["made has the licence GNU Affero General Public License v3"],
        ),
        ([], ["made does not say what its licence is"]),
    ],
)
def test_licences_outside_the_list_are_told(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], found: list[str]
) -> None:
    """API-21: of each that a package names, the worst counts."""
    monkeypatch.setattr(audit, "distribution", lambda name: Made(*lines))
    assert [*audit.unwanted(["made"])] == found


def test_flaws_are_told() -> None:
    """API-21: by package, version and the number that a flaw is known by."""
    flawed = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}, {"id": "CVE-2"}]}
    whole = {"name": "b", "version": "2", "vulns": []}
    report = json.dumps({"dependencies": [flawed, whole]})
    assert audit.told_flaws(report) == ["a 1: CVE-1", "a 1: CVE-2"]
    with pytest.raises(ValueError, match="nothing was asked for"):
        audit.told_flaws(json.dumps({"dependencies": [{"name": "a", "skip_reason": "none"}]}))


def test_what_the_product_runs_on_is_looked_at() -> None:
    """API-21: every package of the lock, and their licences are wanted."""
    names = audit.pinned(audit.REQUIREMENTS.read_text())
    assert {"duckdb", "fastapi", "sqlalchemy"} <= set(names)
    assert [*audit.unwanted(names)] == []
