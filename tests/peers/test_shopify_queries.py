"""The check against Shopify's queries finds what falls short, and rests where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .shopify_queries import CASES, VERDICTS, main


def _folder(at: Path, query: str, status: str, *, accepted: bool) -> Path:
    for path in (CASES, VERDICTS):
        (at / path).parent.mkdir(parents=True)
    (at / CASES).write_text(json.dumps({"query": query, "status": status}), encoding="utf-8")
    errors = [] if accepted else [{"field": ["query"]}]
    verdict = {"query": query, "accepted": accepted, "user_errors": errors}
    (at / VERDICTS).write_text(json.dumps([verdict]), encoding="utf-8")
    return at


@pytest.mark.parametrize(
    ("query", "status", "faults"),
    [
        ("metafields.a.b CONTAINS 'x'", "valid", 0),
        ("anniversary('metafields.a.b') = today", "deprecated", 0),
        ("predicted_spend_tier = 'HIGH'", "valid", 0),
        ("number_of_order > 3", "valid", 2),
        ("amount_spent IN TOP 5", "valid", 2),
        ("number_of_order > 3", "invalid", 0),
        ("number_of_orders > 3", "invalid", 2),
        ("xyzzy = 3", "invalid", 2),
        ("days_since_last_order > 90", "invalid", 0),
        ("...(5520 chars)", "invalid", 0),
    ],
)
def test_what_falls_short(tmp_path: Path, query: str, status: str, faults: int) -> None:
    """In both files: refused there and taken here, the reverse, or refused without help."""
    folder = _folder(tmp_path, query, status, accepted=status != "invalid")
    if query.startswith("..."):
        (folder / CASES).write_text("", encoding="utf-8")
    assert main(folder) == faults


def test_without_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to check is no fault, and is said."""
    assert main(None) == main(tmp_path) == 0
    assert capsys.readouterr().out.count("nothing was checked") == 2
