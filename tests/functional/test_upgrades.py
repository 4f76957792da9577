"""A workspace that an earlier version left is brought up to date, whatever ends it half-way."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import connect

import duckdb
import pytest

import segmentry as sg
from segmentry.backups.making import back_up
from segmentry.storage.app_db import schemas

from .golden import put_back, revision_of
from .killing import EARLY, FIRST, SEGMENTS, add_segments, create, load, opened_at
from .test_killed_import import Facts, clean, facts, killed

TODAY, *EARLIER = schemas()


@cache
def expected() -> Facts:
    """The facts of a workspace that was always of this version."""
    return clean(FIRST)


def check(folder: Path) -> None:
    """Everything is there, and what is known of members is what the facts give."""
    with opened_at(folder, EARLY) as store:
        assert facts(store) == expected()
        assert [each.name for each in store.segments] == list(SEGMENTS)
        store.refresh()
        assert store.drift() == []
        stored = {each.name: store.memberships.members(each.name) for each in store.segments}
    assert revision_of(folder) == TODAY
    assert stored == {
        "Recent": ["shop:bob", "shop:guest@shop.test"],
        "Others": ["shop:ann", "shop:cid"],
        "Tagged": ["shop:bob"],
    }


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with data, as this version makes it."""
    folder = tmp_path_factory.mktemp("today") / "shop"
    create(folder)
    load(folder, FIRST)
    add_segments(folder)
    return folder


@pytest.mark.parametrize("revision", EARLIER)
def test_every_earlier_schema_is_brought_up_to_date(today: Path, revision: str) -> None:
    """OPS-06: with the facts as they were left, before these said of which format they are."""
    put_back(today, revision)
    with duckdb.connect(str(today / "facts.duckdb")) as old:
        old.execute("DROP TABLE format")
    check(today)


def test_a_backup_of_an_earlier_schema_is_restored(today: Path, tmp_path: Path) -> None:
    """OPS-06: it has the schema of its time, and the workspace made of it that of today."""
    put_back(today, EARLIER[0])
    made = back_up(today, tmp_path / "shop.tar", EARLY)
    assert (made.manifest.schema, made.manifest.members) == (EARLIER[0], ())
    assert revision_of(today) == EARLIER[0], "a backup upgrades nothing"
    sg.Workspace.restore(tmp_path / "shop.tar", tmp_path / "again", clock=lambda: EARLY)
    check(tmp_path / "again")


def test_upgrade_killed_anywhere(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """OPS-06: there is the schema of before or that of today, and the next opening ends it."""
    long = request.config.getoption("--every-event")
    for revision in EARLIER if long else EARLIER[-1:]:
        place = tmp_path / revision
        place.mkdir()
        every = killed(f"upgrade-{revision}", place, *(["--every-event"] if long else []))
        assert {each.event.split()[1] for each in every} >= {"ALTER", "COMMIT"}
        for each in every:
            assert revision_of(each.folder) in (revision, TODAY), each
            check(each.folder)


def test_a_newer_workspace_is_refused_and_left_alone(today: Path) -> None:
    """OPS-07: not even its facts are touched, nor its files made private."""
    with closing(connect(today / "app.sqlite")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    before = {each: each.stat().st_mtime_ns for each in today.glob("facts*")}
    with pytest.raises(sg.WorkspaceError, match=r"newer Segmentry.*9999.*Upgrade"):
        sg.Workspace.open(today)
    assert {each: each.stat().st_mtime_ns for each in today.glob("facts*")} == before
