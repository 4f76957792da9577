"""A process killed at any moment of an import leaves nothing half-loaded, and loses nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pytest

import segmentry as sg
from segmentry.facts.tables import TABLES

from .command import arguments, environment, run
from .killing import EVENTS, FIRST, SECOND, SOURCE, create
from .sample_store import Demo

Facts: TypeAlias = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Killed:
    """A workspace folder whose process was killed just before an event."""

    folder: Path
    event: str


def killed(step: str, place: Path, *options: str) -> list[Killed]:
    """Workspaces killed at events of a step, in order."""
    command = [sys.executable, "-m", "tests.functional.killing", step, str(place), *options]
    root = Path(__file__).parents[2]
    subprocess.run(command, cwd=root, env=environment(), check=True, timeout=900)
    return [
        Killed(note.with_suffix(""), note.read_text()) for note in sorted(place.glob("*.event"))
    ]


def facts(store: sg.Workspace) -> Facts:
    """All facts, in no order that matters."""
    return {
        name: sorted((tuple(row.values()) for row in store.facts(name).to_pylist()), key=repr)
        for name in TABLES
    }


def clean(*imports: dict[str, list[dict[str, Any]]]) -> Facts:
    """The facts after these imports where nothing was ever killed."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        for records in imports:
            store.load(records, source=SOURCE)
        return facts(store)


def test_facts_of_the_two_imports_differ() -> None:
    """Else the tests below would show nothing."""
    before, after = clean(FIRST), clean(FIRST, SECOND)
    changed = {name for name in TABLES if before[name] != after[name]}
    assert changed == {"customers", "customer_tags", "orders", "order_lines", "refunds"}


@pytest.fixture
def options(request: pytest.FixtureRequest) -> list[str]:
    """Which events to kill at."""
    return ["--every-event"] if request.config.getoption("--every-event") else []


# -- an import --------------------------------------------------------------------------


def test_import_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """ING-26: until it is noted there is nothing of it, from then on all; the same again
    completes it.

    Then everything is as after one clean run, and can be made anew from the archive.
    """
    before, after = clean(FIRST), clean(FIRST, SECOND)
    every = killed("load", tmp_path, *options)
    noted = max(number for number, each in enumerate(every) if each.event == "journal: COMMIT")
    assert {each.event for each in every[noted + 1 :]} >= {"facts: BEGIN", "facts: COMMIT"}
    for number, each in enumerate(every):
        with sg.Workspace.open(each.folder) as store:
            assert facts(store) == (after if number > noted else before), each
            assert store.load(SECOND, source=SOURCE).again == (number > noted), each
            assert facts(store) == after, each
            assert len(store.imports()) == store.rebuild() == 2, each
            assert facts(store) == after, each
        archived = {path.suffix for path in (each.folder / "journal").iterdir()}
        assert archived == {".parquet"}, each
    with sg.Workspace.open(tmp_path / "whole") as store:
        assert facts(store) == after


def test_import_of_events_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """There is all of it or nothing, and the same again completes it, each event once."""
    before = clean(FIRST)
    every = killed("events", tmp_path, *options)
    with sg.Workspace.open(tmp_path / "whole") as store:
        after = facts(store)
    assert {name for name in TABLES if before[name] != after[name]} == {
        *("customers", "attributes", "events", "orders"),
    }
    noted = max(number for number, each in enumerate(every) if each.event == "journal: COMMIT")
    for number, each in enumerate(every):
        with sg.Workspace.open(each.folder) as store:
            assert facts(store) == (after if number > noted else before), each
            done = store.import_events(EVENTS, source=SOURCE)
            assert done.changes["events"].same == (len(EVENTS) if number > noted else 0), each
            assert facts(store) == after, each
            assert len(store.imports()) == store.rebuild() == 2, each
            assert facts(store) == after, each


# -- a rebuild --------------------------------------------------------------------------


def test_rebuild_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """ENG-06: until the new facts are in place the old ones are there as they were, and after
    that the new ones; nobody ever reads half. Whoever opens it takes away what is left."""
    every = killed("rebuild", tmp_path, *options)
    with sg.Workspace.open(tmp_path / "start") as store:
        version = store._stores.facts.version
    put_in_place = [each.event for each in every].index("replace *.duckdb")
    for number, each in enumerate(every):
        with sg.Workspace.open(each.folder) as store:
            assert (store._stores.facts.version == version) == (number <= put_in_place), each
            assert facts(store) == clean(FIRST), each
            assert len(store.imports()) == 1, each
        assert list(each.folder.glob("*.unfinished")) == [], each


# -- making a workspace -----------------------------------------------------------------


def test_creation_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """There is no workspace or a whole one; where there is none it can be made."""
    every = killed("create", tmp_path, *options)
    made = [(each.folder / "app.sqlite").exists() for each in every]
    assert set(made) == {True, False}
    for each, whole in zip(every, made, strict=True):
        if not whole:
            create(each.folder)
        with sg.Workspace.open(each.folder) as store:
            assert store.store.currency == "GBP", each
            assert store.imports() == [], each
        assert list(each.folder.glob(".*")) == []


# -- the demo ---------------------------------------------------------------------------


def test_demo_killed_half_way(tmp_path: Path, demo: Demo) -> None:
    """Killed as its last file is archived; the same command completes it. The real orders are
    there by then, what is made up over them wholly or not at all."""
    whole = len(list((demo.folder / "journal").iterdir()))
    _kill_at(tmp_path / "demo", files=whole)
    with sg.Workspace.open(tmp_path / "demo") as store:
        counts = store.row_counts()
    with sg.Workspace.open(demo.folder) as store:
        all_of_it = store.row_counts()
        made_up = ("events", "consents", "checkouts", "checkout_lines")
        assert counts in (all_of_it, all_of_it | dict.fromkeys(made_up, 0))
    done = run("demo", "demo", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == demo.first.out
    assert _differences(tmp_path / "demo", demo.folder) == {}


def _kill_at(folder: Path, files: int) -> None:
    """Start the demo and kill it once its archive has so many whole files."""
    with subprocess.Popen(
        arguments("demo", folder),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            while len(list(folder.glob("journal/*.parquet"))) < files:
                assert running.poll() is None, "the demo ended before it could be killed"
                time.sleep(0.002)
        finally:
            running.kill()


def _differences(one: Path, other: Path) -> dict[str, int]:
    """By table, how many rows only one of two workspaces has."""
    with duckdb.connect() as connection:
        for name, folder in (("one", one), ("other", other)):
            connection.execute(f"ATTACH '{folder / 'facts.duckdb'}' AS {name} (READ_ONLY)")
        counts = {table: _only_in_one(connection, table) for table in TABLES}
    return {table: count for table, count in counts.items() if count}


def _only_in_one(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    columns = ", ".join(f'"{each.name}"' for each in TABLES[table].columns)
    halves = (
        f"(SELECT {columns} FROM {this}.{table} EXCEPT ALL SELECT {columns} FROM {that}.{table})"
        for this, that in (("one", "other"), ("other", "one"))
    )
    rows = connection.execute(f"SELECT count(*) FROM ({' UNION ALL '.join(halves)})").fetchall()
    return int(rows[0][0])
