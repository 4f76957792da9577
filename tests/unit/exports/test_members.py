"""Members written to files by a workspace."""

from __future__ import annotations

import json
import resource
import signal
import threading
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import segmentry as sg
from segmentry.exports import columns, formats, members
from segmentry.exports.unfinished import Unfinished
from segmentry.segments.answer import MembersFile, Result

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIELDS = ("customer_email", "amount_spent", "segments", "metafields.custom.size")


class _Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    """A clock that stands until it is set."""
    return _Clock()


@pytest.fixture
def store(clock: _Clock) -> Iterator[sg.Workspace]:
    """Nine customers, every third of whom bought something."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=clock
    ) as workspace:
        load(workspace, range(9))
        workspace.metafields.add("metafields.custom.size", "number")
        workspace.segments.add("All", "number_of_orders >= 0")
        workspace.segments.add("Buyers", "number_of_orders >= 1")
        yield workspace


def load(workspace: sg.Workspace, numbers: range) -> None:
    """Take in customers of these numbers, with their orders."""
    workspace.load(
        {
            "customers": [
                {"customer_id": f"c{n}", "email": f"c{n}@shop.test", "created_at": "2026-01-01"}
                for n in numbers
            ],
            "orders": [
                {"order_id": n, "customer_id": f"c{n}", "ordered_at": "2026-05-01", "paid": "9.5"}
                for n in numbers[::3]
            ],
        },
        source="shop",
    )


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows at a time."""
    monkeypatch.setattr(formats, "PART", 2)


class Broken(Exception):
    """An export is broken off."""


def break_off(store: sg.Workspace, out: Path, rows: int, **how: object) -> None:
    """Export until so many rows are on disk."""

    def progress(share: float, now: str) -> None:
        if share * 9 >= rows:
            raise Broken

    with pytest.raises(Broken):
        store.segments["All"].export(out, progress=progress, **how)  # type: ignore[arg-type]  # any option


# -- what stands there ------------------------------------------------------------------


def test_every_format_has_the_same_rows(store: sg.Workspace, tmp_path: Path) -> None:
    """The moment among them; Parquet says at its head what it is of, too."""
    segment = store.segments["Buyers"]
    for name in formats.FORMATS:
        written = segment.export(tmp_path / f"b.{name}", fields=FIELDS[:3])
        assert written == MembersFile(
            tmp_path / f"b.{name}", 3, NOW, FIELDS[:3], remembered=False, resumed=False
        )
    assert (tmp_path / "b.csv").read_text().splitlines()[:2] == [
        "customer_id,customer_email,amount_spent,segments,as_of",
        'c0,c0@shop.test,9.5000,"All, Buyers",2026-06-01T13:00:00+01:00',
    ]
    lines = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    assert lines[2] == {
        "customer_id": "c6",
        "customer_email": "c6@shop.test",
        "amount_spent": "9.5000",
        "segments": ["All", "Buyers"],
        "as_of": "2026-06-01T13:00:00+01:00",
    }
    table = pq.read_table(tmp_path / "b.parquet")
    assert table.column("as_of").to_pylist() == [NOW] * 3
    assert table.schema.field("as_of").type == pa.timestamp("us", tz="Europe/London")
    about = table.schema.metadata
    assert {key: about[key] for key in (b"segment", b"query", b"as_of", b"count")} == {
        b"segment": b"Buyers",
        b"query": b"number_of_orders >= 1",
        b"as_of": b"2026-06-01T12:00:00+00:00",
        b"count": b"3",
    }
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(
        f"b.{name}" for name in formats.FORMATS
    )


@pytest.mark.parametrize("name", formats.FORMATS)
def test_nobody_is_a_file_too(store: sg.Workspace, tmp_path: Path, name: str) -> None:
    """With headings alone."""
    written = store.export("number_of_orders > 99", tmp_path, format=name)
    assert written.path == tmp_path / f"members.{name}"
    assert written.count == 0
    assert written.path.exists()
    if name == "csv":
        assert written.path.read_text() == "customer_id,as_of\n"


def test_values_are_of_the_moment(store: sg.Workspace, tmp_path: Path) -> None:
    """A past day is its end; a metafield is a field like others."""
    out = tmp_path / "a.csv"
    store.segments["All"].export(out, fields=["amount_spent", FIELDS[3]], as_of=NOW.date())
    assert out.read_text().splitlines()[1] == "c0,9.5000,,2026-06-01T23:59:59.999999+01:00"
    store.segments["All"].export(out, as_of=datetime(2026, 2, 1))
    assert out.read_text().splitlines()[1] == "c0,0.0000,,2026-02-01T00:00:00+00:00"


def test_unknown_fields_are_refused(store: sg.Workspace, tmp_path: Path) -> None:
    """With what was probably meant, and without a file."""
    with pytest.raises(sg.UserError, match=r"no attribute 'email'\. Did you mean customer_email"):
        store.segments["All"].export(tmp_path / "a.csv", fields=["email"])
    assert list(tmp_path.iterdir()) == []
    assert store.segments["All"].export(tmp_path / "a.csv").fields == (), "and not remembered"


def test_fields_are_remembered(store: sg.Workspace, tmp_path: Path) -> None:
    """Each segment has its own, until others are named or none."""
    every, buyers, out = store.segments["All"], store.segments["Buyers"], tmp_path / "a.csv"
    assert not every.export(out).remembered
    assert not every.export(out, fields=["customer_id", "customer_email"]).remembered
    again = every.export(out)
    assert (again.fields, again.remembered) == (("customer_email",), True)
    assert buyers.export(out).fields == ()
    every.export(out, fields=["amount_spent"])
    assert every.export(out).fields == ("amount_spent",)
    every.export(out, fields=())
    assert (every.export(out).fields, every.export(out).remembered) == ((), False)


# -- one state of the facts -------------------------------------------------------------


def test_an_import_meanwhile_changes_nothing(
    store: sg.Workspace, tmp_path: Path, small_parts: None
) -> None:
    """EXP-04: one snapshot; the count told is that of the rows; the import is not lost."""
    out, told = tmp_path / "a.csv", list[float]()

    def progress(share: float, now: str) -> None:
        if not told:
            other = threading.Thread(target=load, args=(store, range(9, 30)))
            other.start()
            other.join(60)
            assert not other.is_alive()
        told.append(share)

    written = store.segments["All"].export(out, fields=["amount_spent"], progress=progress)
    rows = out.read_text().splitlines()[1:]
    assert (written.count, len(rows)) == (9, 9)
    assert told[-1] == 1.0
    assert store.segments["All"].result().count == 30


def test_no_import_comes_between_members_and_values(
    store: sg.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EXP-04: it waits until both are taken."""
    taking = store._table
    others = list[threading.Thread]()

    def slow(*args: object) -> pa.Table:
        if not others:
            other = threading.Thread(target=load, args=(store, range(9, 30)))
            other.start()
            other.join(0.3)
            others.append(other)
        return taking(*args)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(store, "_table", slow)
    written = store.segments["All"].export(tmp_path / "a.csv", fields=["amount_spent"])
    others[0].join(60)
    assert written.count == 9
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 10
    assert store.segments["All"].result().count == 30


# -- broken off -------------------------------------------------------------------------


def test_the_same_again_goes_on(
    store: sg.Workspace, clock: _Clock, tmp_path: Path, small_parts: None
) -> None:
    """EXP-03: from the rows there are, at their moment."""
    out = tmp_path / "a.csv"
    break_off(store, out, 4, fields=["amount_spent"])
    assert not out.exists()
    note = Unfinished(out).note()
    assert note is not None
    assert note.rows == 4
    clock.now += timedelta(minutes=59)
    shares: list[float] = []
    again = store.segments["All"].export(out, progress=lambda share, now: shares.append(share))
    assert again.fields == ("amount_spent",)
    assert (again.resumed, again.as_of) == (True, NOW)
    assert shares == [6 / 9, 8 / 9, 1.0]
    assert len(out.read_text().splitlines()) == 10
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    "change", ["hour", "fields", "query", "facts", "rules", "segments", "past"]
)
def test_anything_else_begins_anew(
    store: sg.Workspace, clock: _Clock, tmp_path: Path, small_parts: None, change: str
) -> None:
    """EXP-03: a file is never made of two states."""
    out, fields = tmp_path / "a.csv", ["segments"]
    break_off(store, out, 4, fields=fields)
    as_of = None
    match change:
        case "hour":
            clock.now += timedelta(minutes=61)
        case "fields":
            fields = ["amount_spent"]
        case "query":
            store.segments.edit("All", "number_of_orders >= 0 OR amount_spent > 0")
        case "facts":
            load(store, range(9, 12))
        case "rules":
            store.set_order_rules("shopify")
        case "segments":
            store.segments.edit("Buyers", "number_of_orders >= 0")
        case "past":
            as_of = datetime(2026, 5, 20)
    again = store.segments["All"].export(out, fields=fields, as_of=as_of)
    assert not again.resumed
    assert again.as_of == store.moment(as_of)
    assert len(out.read_text().splitlines()) == again.count + 1
    assert {line.rpartition(",")[2] for line in out.read_text().splitlines()[1:]} == {
        again.as_of.astimezone(store.store.zone).isoformat()
    }
    assert list(tmp_path.iterdir()) == [out]


def test_what_is_left_is_looked_at(store: sg.Workspace, tmp_path: Path, small_parts: None) -> None:
    """EXP-03: rows beyond the note are not trusted, nor is a note that is no note."""
    out = tmp_path / "a.csv"
    break_off(store, out, 4)
    unfinished = Unfinished(out)
    with unfinished.parts.open("ab") as file:
        file.write(b"half a ro")
    assert store.segments["All"].export(out).resumed
    assert "half a ro" not in out.read_text()
    break_off(store, out, 4)
    (unfinished.folder / "note.json").write_text("{")
    assert not store.segments["All"].export(out).resumed
    break_off(store, out, 4)
    unfinished.parts.write_bytes(b"")
    assert not store.segments["All"].export(out).resumed
    assert len(out.read_text().splitlines()) == 10


def content(path: Path) -> object:
    """What a file says, apart from when a workbook was made."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return {each: book.read(each) for each in book.namelist() if each != "docProps/core.xml"}


@pytest.mark.parametrize("name", formats.FORMATS)
@pytest.mark.parametrize("done", [4, 9])
def test_rows_on_disk_are_not_asked_for_again(
    store: sg.Workspace,
    clock: _Clock,
    tmp_path: Path,
    small_parts: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    done: int,
) -> None:
    """EXP-03: only what is not there is, and the file is as if nothing had been broken off."""
    out, asked, taking = tmp_path / f"a.{name}", list[tuple[int, list[str]]](), store._table

    def counted(result: Result, fields: Sequence[str]) -> pa.Table:
        asked.append((result.count, list(fields)))
        return taking(result, fields)

    fields = ["amount_spent", "segments", "customer_email"]
    monkeypatch.setattr(store, "_table", counted)
    monkeypatch.setattr(columns, "_FEW", 5)  # so that what is left is asked for in the other way
    undisturbed = store.segments["All"].export(tmp_path / f"b.{name}", fields=fields)
    break_off(store, out, done, fields=fields)
    assert not out.exists()
    clock.now += timedelta(minutes=1)
    asked.clear()
    again = store.segments["All"].export(out)
    assert (again.resumed, again.as_of) == (True, NOW)
    assert asked == [(9, ["segments"]), (9 - done, ["amount_spent", "customer_email"])]
    assert content(out) == content(undisturbed.path)
    undisturbed.path.unlink()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("name", ["xlsx", "parquet"])
def test_joining_is_done_again_from_the_parts(
    store: sg.Workspace, tmp_path: Path, small_parts: None, name: str
) -> None:
    """EXP-03: half of a file that is made from the parts is no more than that."""
    out = tmp_path / f"a.{name}"
    undisturbed = store.segments["All"].export(tmp_path / f"b.{name}")
    break_off(store, out, 9)
    joined = Unfinished(out).folder / "joined"
    joined.write_bytes(undisturbed.path.read_bytes()[:100] * 1000)
    assert store.segments["All"].export(out).resumed
    assert content(out) == content(undisturbed.path)


@pytest.mark.parametrize("name", ["xlsx", "parquet"])
def test_a_disk_that_is_full_at_the_end(
    store: sg.Workspace,
    tmp_path: Path,
    small_parts: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """EXP-03: what was joined is taken away, the parts are kept."""
    out, joined = tmp_path / f"a.{name}", Unfinished(tmp_path / f"a.{name}").folder / "joined"
    break_off(store, out, 9)
    joined.symlink_to("/dev/full")
    with pytest.raises(sg.UserError, match=r"a\.\w+ cannot be written: .*No space left"):
        store.segments["All"].export(out)
    assert not joined.is_symlink()
    assert not out.exists()
    note = Unfinished(out).note()
    assert note is not None
    assert note.rows == 9
    assert store.segments["All"].export(out).resumed


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_full_disk(store: sg.Workspace, tmp_path: Path, small_parts: None, name: str) -> None:
    """EXP-03: said, with no part of a file under its name; the older file stays; with room the
    same again goes on."""
    out = tmp_path / f"a.{name}"
    out.write_text("older")
    fields = ["customer_email", "customer_added_date", "amount_spent", "segments"]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, hard))
    try:
        with pytest.raises(sg.UserError, match=r"a\.\w+ cannot be written: .*mended"):
            store.segments["All"].export(out, fields=fields)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert out.read_text() == "older"
    again = store.segments["All"].export(out)
    assert again.resumed
    assert again.count == 9
    assert out.stat().st_size > 600
    assert list(tmp_path.iterdir()) == [out]


def test_an_hour_is_the_limit() -> None:
    """As the manual says."""
    assert timedelta(hours=1) == members._GOES_ON_WITHIN
