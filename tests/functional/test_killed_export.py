"""A process killed at any moment of an export leaves no part of a file under its name (EXP-03)."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import segmentry as sg
from segmentry.exports import formats
from segmentry.exports.unfinished import Unfinished
from segmentry.segments.answer import Result

from .killing import WRITTEN, export
from .test_killed_import import killed, options

__all__ = ["options"]

FIELDS = ["number_of_orders"]


def test_export_killed_anywhere(
    tmp_path: Path, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing or the whole file. The same again goes on from the rows on disk, which
    are not asked for again, at the moment of the first attempt; it writes what is written where
    nothing is killed, and leaves nothing beside."""
    monkeypatch.setattr(formats, "PART", 2)
    went_on, there = defaultdict[str, set[int]](set), defaultdict[str, set[bool]](set)
    for each in killed("export", tmp_path, *options):
        with sg.Workspace.open(each.folder) as store, monkeypatch.context() as patch:
            asked = _counted(store, patch)
            for name in WRITTEN:
                out = each.folder / f"all.{name}"
                there[name].add(out.exists())
                if out.exists():
                    assert rows_of(out) == 9, each
                note = Unfinished(out).note()
                asked.clear()
                written = store.segments["All"].export(out, fields=FIELDS)
                assert written.resumed == (note is not None), each
                if note is not None:
                    assert written.as_of.isoformat() == note.key["as_of"], each
                    went_on[name].add(note.rows)
                assert asked == [9 - (0 if note is None else note.rows)], each
                undisturbed = tmp_path / f"undisturbed.{name}"
                store.segments["All"].export(undisturbed, fields=FIELDS, as_of=written.as_of)
                assert content(out) == content(undisturbed), each
                assert not Unfinished(out).folder.exists(), each
    assert there["csv"] == {True, False}
    for name in WRITTEN:
        assert False in there[name]
        assert went_on[name] >= ({0, 2, 4, 6, 8, 9} if options else {8}), name


def _counted(store: sg.Workspace, patch: pytest.MonkeyPatch) -> list[int]:
    """Of how many members the store is asked for the fields, each time."""
    taking, asked = store._table, list[int]()

    def counted(result: Result, fields: Sequence[str]) -> pa.Table:
        if list(fields) == FIELDS:
            asked.append(result.count)
        return taking(result, fields)

    patch.setattr(store, "_table", counted)
    return asked


def rows_of(path: Path) -> int:
    """How many members stand in a file."""
    match path.suffix:
        case ".parquet":
            return pq.read_metadata(path).num_rows  # type: ignore[no-any-return]  # no types there
        case ".xlsx":
            with zipfile.ZipFile(path) as book:
                return book.read("xl/worksheets/sheet1.xml").count(b"<row ") - 1
    return len(path.read_text().splitlines()) - 1


def content(path: Path) -> object:
    """What a file says, apart from when a workbook was made."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return {each: book.read(each) for each in book.namelist() if each != "docProps/core.xml"}


def test_the_step_that_is_killed_is_an_export(tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    with sg.Workspace.create(tmp_path / "w", timezone="Europe/London", currency="GBP") as store:
        store.segments.add("All", "number_of_orders >= 0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "PART", formats.PART)
        export(tmp_path / "w")
    assert (tmp_path / "w" / "all.csv").read_text() == "customer_id,number_of_orders,as_of\n"
    assert rows_of(tmp_path / "w" / "all.xlsx") == rows_of(tmp_path / "w" / "all.parquet") == 0
