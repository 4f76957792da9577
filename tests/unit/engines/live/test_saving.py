"""Columns in a file: the same answers without the facts, and no answer from a file that is
not as it should be."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

import segmentry as sg
from segmentry.base.errors import QueryError
from segmentry.engines.base import FactSource
from segmentry.engines.live import LiveEngine, saving
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.tables import Table
from segmentry.query.bind import bind
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.folder import COLUMNS, columns_file
from tests.generative.crowds import make_crowd
from tests.generative.stores import METAFIELDS, SOURCE, MadeUpStore

VALUES = [name for name, each in ATTRIBUTES.items() if name != "segments" and not each.predicted]
Answers = dict[str, Any]


def _queries() -> Iterator[str]:
    """Of every function its example, and one for each of its parameters."""
    for name, function in FUNCTIONS.items():
        yield function.example
        for parameter in function.parameters:
            query = f"{name} MATCHES ({parameter.name} IS NOT NULL)"
            with suppress(QueryError):
                bind(query)
                yield query


QUERIES = tuple(_queries())


class NoFacts:
    """Facts of which nothing can be read."""

    def read(self, table: Table) -> pa.Table:
        """Refuses."""
        raise AssertionError(f"{table.name} was read")


@pytest.fixture(scope="module")
def made() -> MadeUpStore:
    return make_crowd(3, 60)


@pytest.fixture
def folder(tmp_path: Path, made: MadeUpStore) -> Path:
    """A workspace with a store, closed."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone=made.zone, currency="EUR") as workspace:
        for name, kind in METAFIELDS.items():
            workspace.metafields.add(name, kind)
        workspace.load(made.records, source=SOURCE)
    return folder


def answers(workspace: sg.Workspace, as_of: datetime) -> Answers:
    """What there is to ask."""
    found: Answers = {name: workspace.values(name, as_of=as_of) for name in VALUES}
    found |= {name: workspace.values(name, as_of=as_of) for name in METAFIELDS}
    return found | {each: workspace.query(each, as_of=as_of).ids for each in QUERIES}


def _saved_in(folder: Path) -> Path:
    """The one file of columns."""
    (path,) = (folder / COLUMNS).iterdir()
    return path


def opened_without_facts(folder: Path, ask: Callable[[sg.Workspace], Answers]) -> Answers:
    """Answers of a workspace whose facts cannot be read."""
    with pytest.MonkeyPatch.context() as patch, sg.Workspace.open(folder) as workspace:
        patch.setattr(FactsDb, "read", NoFacts.read)
        return ask(workspace)


def test_the_same_answers_without_the_facts(folder: Path, made: MadeUpStore) -> None:
    """Of every attribute and function, now and at another moment."""
    later = made.as_of + timedelta(days=40)
    with sg.Workspace.open(folder) as workspace:
        expected = answers(workspace, made.as_of), answers(workspace, later)
    assert saving.problem_of(_saved_in(folder)) is None
    for as_of, each in zip((made.as_of, later), expected, strict=True):
        assert opened_without_facts(folder, lambda ws, at=as_of: answers(ws, at)) == each  # type: ignore[misc]


def test_what_was_not_asked_before_is_read(folder: Path, made: MadeUpStore) -> None:
    """And saved with the rest."""
    with sg.Workspace.open(folder) as workspace:
        workspace.query("number_of_orders > 1", as_of=made.as_of)
    with sg.Workspace.open(folder) as workspace:
        expected = answers(workspace, made.as_of)
    assert opened_without_facts(folder, lambda ws: answers(ws, made.as_of)) == expected


def test_imports_since_are_taken_in(folder: Path, made: MadeUpStore) -> None:
    """Those whose facts an import changed are read, and only they."""
    wanted = "customer_tags CONTAINS 'new'"
    with sg.Workspace.open(folder) as workspace:
        assert workspace.query(wanted, as_of=made.as_of).ids == ()
    with sg.Workspace.open(folder) as workspace:
        tag = {"customer_id": "c1", "tag": "new"}
        workspace.load(
            {"customers": [{"customer_id": "c1"}], "customer_tags": [tag]}, source=SOURCE
        )
    found = opened_without_facts(folder, lambda ws: {"ids": ws.query(wanted, as_of=made.as_of).ids})
    assert found == {"ids": ("c1",)}


def test_facts_made_anew_are_others(folder: Path, made: MadeUpStore) -> None:
    with sg.Workspace.open(folder) as workspace:
        workspace.query("number_of_orders > 1", as_of=made.as_of)
    with sg.Workspace.open(folder) as workspace:
        workspace.rebuild()
    with pytest.raises(AssertionError, match="was read"):
        opened_without_facts(
            folder, lambda ws: {"": ws.query("number_of_orders > 1", as_of=made.as_of)}
        )


def test_nothing_is_written_twice(folder: Path, made: MadeUpStore) -> None:
    for _ in range(2):
        with sg.Workspace.open(folder) as workspace:
            workspace.query("number_of_orders > 1", as_of=made.as_of)
        path = _saved_in(folder)
        first = path.stat().st_mtime_ns
        os.utime(path, ns=(first, first))
    with sg.Workspace.open(folder) as workspace:
        workspace.query("number_of_orders > 2", as_of=made.as_of)
    assert path.stat().st_mtime_ns == first


def test_a_place_that_cannot_be_written(folder: Path, made: MadeUpStore) -> None:
    """Costs the next process some time, and nobody an answer."""
    (folder / COLUMNS).write_text("in the way")
    for _ in range(2):
        with sg.Workspace.open(folder) as workspace:
            assert workspace.query("number_of_orders > 1", as_of=made.as_of).ids


# -- files that are not as they should be -----------------------------------------------


@pytest.fixture
def saved(folder: Path, made: MadeUpStore) -> Iterator[tuple[Path, FactSource, str, ZoneInfo]]:
    """A file, and all that it is loaded with."""
    with sg.Workspace.open(folder) as workspace:
        workspace.query("number_of_orders > 1", as_of=made.as_of)
    with sg.Workspace.open(folder) as workspace:
        facts = workspace._stores.facts
        yield columns_file(folder, facts.version), facts, facts.version, workspace.store.zone


Saved = tuple[Path, FactSource, str, ZoneInfo]


def test_it_is_loaded(saved: Saved) -> None:
    """So that the tests below can fail."""
    assert saving.load(*saved) is not None


def test_a_damaged_byte(saved: Saved) -> None:
    """Wherever it is, but in the gaps between the parts."""
    path, *_ = saved
    whole = path.read_bytes()
    found = 0
    for place in range(0, len(whole), max(1, len(whole) // 400)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        if saving.problem_of(path) is None:
            assert whole[place] == 0, "not in a gap"
            assert whole[max(0, place - 63) : place + 64].count(0) > 8
        else:
            assert saving.load(*saved) is None
            found += 1
    assert found > 300


def test_a_part_of_a_file(saved: Saved) -> None:
    path, *_ = saved
    whole = path.read_bytes()
    for length in (0, 1, 20, 60, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert saving.load(*saved) is None
        assert saving.problem_of(path)


def test_of_something_else(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    path, facts, version, zone = saved
    assert saving.load(path, facts, "other facts", zone) is None
    assert saving.load(path, facts, version, ZoneInfo("Asia/Tokyo")) is None
    monkeypatch.setattr(saving, "_code", lambda: "other code")
    assert saving.load(*saved) is None


class Evil:
    """Pickled, it calls a function when it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("called",)


@pytest.mark.parametrize("thing", [Evil(), LiveEngine, "a text", {"columns": 1}])
def test_only_columns_are_let_in(
    saved: Saved, thing: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that somebody made to be read calls nothing."""
    monkeypatch.chdir(tmp_path)
    path, _, version, zone = saved
    about = saving._about(version, zone) | {"position": 1}
    with path.open("wb") as file:
        saving._write(file, pickle.dumps(thing), [], about)
    assert saving.problem_of(path) is None, "well-formed"
    assert saving.load(*saved) is None
    assert not (tmp_path / "called").exists()
