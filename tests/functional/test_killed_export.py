"""A process killed at any moment of an export leaves no part of a file under its name (EXP-03)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.exports import formats

from .killing import export
from .test_killed_import import killed, options

__all__ = ["options"]


def test_export_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """There is nothing or the whole file; the same again writes the very same, going on from
    the rows on disk at the moment of the first attempt, and leaves nothing beside."""
    every = killed("export", tmp_path, *options)
    went_on, kept = [], []
    for each in every:
        out, unfinished = each.folder / "all.csv", each.folder / ".all.csv.unfinished"
        rows = out.read_text().splitlines() if out.exists() else None
        assert rows is None or len(rows) == 10, each
        with sg.Workspace.open(each.folder) as store:
            begun = (unfinished / "rows").exists() and (unfinished / "note.json").exists()
            note = json.loads((unfinished / "note.json").read_text()) if begun else None
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(formats, "PART", 2)
                written = store.segments["All"].export(out, fields=["number_of_orders"])
        lines = out.read_text().splitlines()
        assert lines[0] == "customer_id,number_of_orders,as_of", each
        assert [line.split(",")[:2] for line in lines[1:]] == [[f"c{n}", "0"] for n in range(9)]
        moment = written.as_of.astimezone(store.store.zone).isoformat()
        assert {line.split(",")[2] for line in lines[1:]} == {moment}, each
        assert written.resumed == (note is not None), each
        assert not unfinished.exists(), each
        if note is not None:
            assert written.as_of.isoformat() == note["key"]["as_of"], each
            went_on.append(note["rows"])
        kept.append(rows)
    assert max(went_on) == 9
    assert len(set(went_on)) > (2 if options else 1)
    assert None in kept


def test_the_step_that_is_killed_is_an_export(tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    with sg.Workspace.create(tmp_path / "w", timezone="Europe/London", currency="GBP") as store:
        store.segments.add("All", "number_of_orders >= 0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "PART", formats.PART)
        export(tmp_path / "w")
    assert (tmp_path / "w" / "all.csv").read_text() == "customer_id,number_of_orders,as_of\n"
