"""A process killed at any moment of a refresh leaves whole memberships, and loses no change."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import segmentry as sg
from segmentry.membership.stored import StoredMembers

from .killing import (
    EARLY,
    FIRST,
    LATE,
    SOURCE,
    add_segments,
    arrive,
    create,
    edit,
    load,
    opened_at,
    refresh,
)
from .test_killed_import import killed

Change = tuple[Any, ...]


@pytest.fixture
def options(request: pytest.FixtureRequest) -> list[str]:
    """Which events to kill at."""
    return ["--every-event"] if request.config.getoption("--every-event") else []


def _stored(store: sg.Workspace) -> dict[str, set[str]]:
    return {each.name: set(store.memberships.members(each.name)) for each in store.segments}


def _fresh(store: sg.Workspace) -> dict[str, set[str]]:
    return {each.name: {f"{SOURCE}:{id}" for id in each.result().ids} for each in store.segments}


def _told(store: sg.Workspace) -> dict[str, set[str]]:
    """The members by the sequence of changes alone."""
    members: dict[str, set[str]] = {each.name: set() for each in store.segments}
    for each in store.memberships.history.after(0, 1_000):
        assert each.customer is not None
        known = members[each.segment]
        assert (each.customer in known) == (each.change == "left"), "once each"
        (known.add if each.change == "joined" else known.remove)(each.customer)
    return members


def _changes(store: sg.Workspace) -> list[Change]:
    return [
        (each.segment, each.customer, each.change, each.at, each.cause)
        for each in store.memberships.history.after(0, 1_000)
    ]


@pytest.mark.parametrize(("step", "now"), [("refresh", LATE), ("arrive", EARLY), ("edit", EARLY)])
def test_refresh_killed_anywhere(
    tmp_path: Path, options: list[str], step: str, now: datetime
) -> None:
    """Stored members are those of before or of after, never between; the next refresh makes
    them what they are, and notes what it would have noted."""
    again = {"refresh": refresh, "arrive": arrive, "edit": edit}[step]
    every = killed(step, tmp_path, *options)
    with opened_at(tmp_path / "start", now) as store:
        before = _stored(store)
    with opened_at(tmp_path / "whole", now) as store:
        after, noted = _stored(store), _changes(store)
        assert after == _fresh(store)
    assert before != after, "the step moves somebody"
    assert {each.event for each in every} >= {"journal: COMMIT"}
    for each in every:
        with opened_at(each.folder, now) as store:
            assert _told(store) == _stored(store), each
            assert _stored(store) in (before, after), each
            store.refresh()
            assert _stored(store) == _fresh(store), each
        again(each.folder)
        with opened_at(each.folder, now) as store:
            assert _stored(store) == after == _fresh(store), each
            assert sorted(_changes(store)) == sorted(noted), each


def test_a_reader_sees_whole_versions_only(tmp_path: Path) -> None:
    """While memberships change, whoever reads one finds as many members as it says it has, and
    never goes back to an older version."""
    folder = tmp_path / "shop"
    create(folder)
    load(folder, FIRST)
    add_segments(folder)
    with opened_at(folder, EARLY) as first:
        ids = [first.memberships.segment_id(each.name) for each in first.segments]
        app = first._stores.app
        done, seen = threading.Event(), []

        def read() -> None:
            versions = dict.fromkeys(ids, 0)
            while not done.is_set():
                for segment_id in ids:
                    found = StoredMembers(app).both(segment_id)
                    assert found is not None
                    header, members = found
                    assert header.count == len(members)
                    assert header.version >= versions[segment_id]
                    versions[segment_id] = header.version
                seen.append(sum(versions.values()))

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(40):
            few = number % 3 + 1
            first.segments.edit("Recent", f"amount_spent > {few * 5} OR number_of_orders = 0")
        done.set()
        reader.join()
    assert len(set(seen)) > 3, "it read while they changed"
