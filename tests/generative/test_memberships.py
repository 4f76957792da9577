"""Stored members are those of a fresh evaluation, whatever happened and in which order.

Facts arrive late, again, for others; people are merged, deleted and erased; segments are given
other queries; the clock goes on by minutes and by weeks. And who is told of every change, and
of nothing else, has the members too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.base.text import text_key
from segmentry.engines.reference import ReferenceEngine
from segmentry.plan.planner import plan
from segmentry.query.bind import bind

from . import queries
from .crowds import make_crowd
from .stores import METAFIELDS, SEGMENTS, SOURCE, MadeUpStore
from .test_engines_agree import OFFER, TakenFacts
from .test_facts_change import PASSING, SIZE, Changes

fewer = settings(max_examples=settings().max_examples // 12)
Told = dict[str, set[str | None]]


class Clock:
    """Stands where it is put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment it stands at."""
        return self.now


@contextmanager
def kept(store: MadeUpStore, asked: list[str]) -> Iterator[tuple[sg.Workspace, Clock]]:
    """A workspace with the store's records, the queries as segments, and its clock."""
    clock = Clock(store.as_of)
    with sg.Workspace.create(
        None, timezone=store.zone, currency=store.currency, clock=clock
    ) as workspace:
        for name, kind in METAFIELDS.items():
            workspace.metafields.add(name, kind)
        for name, query in SEGMENTS.items():
            workspace.segments.add(name, query)
        workspace.load(store.records, source=SOURCE)
        for number, query in enumerate(asked):
            workspace.segments.add(f"asked {number}", query)
        yield workspace, clock


def expected(workspace: sg.Workspace) -> dict[str, set[str]]:
    """The members of every segment as the reference finds them in all the facts."""
    reference = ReferenceEngine(TakenFacts(workspace), workspace.store)
    now, names = workspace.moment(), workspace.names()
    return {
        each.name: set(
            reference.members(plan(bind(each.query, names, (text_key(each.name),))), now)
        )
        for each in workspace.segments
    }


def stored(workspace: sg.Workspace) -> dict[str, set[str]]:
    return {each.name: set(workspace.memberships.members(each.name)) for each in workspace.segments}


def _told(workspace: sg.Workspace) -> Told:
    """Whom somebody takes for members who reads the sequence of changes from its beginning."""
    members: Told = {each.name: set() for each in workspace.segments}
    place = 0
    for each in workspace.memberships.history.after(0, 1_000_000):
        assert each.place == place + 1, "no place is left out"
        place = each.place
        if each.change == "joined":
            assert each.customer is None or each.customer not in members[each.segment]
            members[each.segment].add(each.customer)
        else:
            assert each.customer in members[each.segment]
            members[each.segment].discard(each.customer)
    return members


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=3, max_size=6))
def test_stored_is_fresh(seed: int, asked: list[str]) -> None:
    """After every step stored members are those of the reference (ENG-01)."""
    changes, random = Changes(seed), Random(seed)
    with kept(changes.store, asked) as (workspace, clock):
        for records in changes:
            clock.now += random.choice(PASSING)
            if random.random() < 0.3:
                workspace.segments.edit("asked 0", random.choice(asked))
            elif random.random() < 0.7:
                workspace.load(records, source=SOURCE, live=random.random() < 0.5)
            else:
                workspace.refresh()
            assert stored(workspace) == expected(workspace), records


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=3, max_size=6))
def test_changes_add_up(seed: int, asked: list[str]) -> None:
    """Whoever reads every change, in order, has the members; nobody joins or leaves twice."""
    changes, random = Changes(seed), Random(seed)
    with kept(changes.store, asked) as (workspace, clock):
        for records in changes:
            clock.now += random.choice(PASSING)
            workspace.load(records, source=SOURCE)
            erased = "deletions" in records
            if not erased:
                assert _told(workspace) == stored(workspace), records


@fewer
@given(
    st.integers(0, 2**32),
    st.lists(queries.singles(OFFER), min_size=3, max_size=6),
    st.lists(st.integers(1, 40 * 24 * 60), min_size=1, max_size=5),
)
def test_whoever_looks_seldom_finds_the_same(
    seed: int, asked: list[str], minutes: list[int]
) -> None:
    """As time alone passes, one late refresh notes what many on the way note, and each moment
    is one at which the answer changes."""
    store = make_crowd(seed % 20, SIZE)
    rows = []
    for steps in ([sum(minutes)], minutes):
        with kept(store, asked) as (workspace, clock):
            begun = len(workspace.changes(limit=1_000_000))
            for each in steps:
                clock.now += timedelta(minutes=each)
                workspace.refresh()
            found = workspace.changes(after=begun, limit=1_000_000).to_pylist()
            assert {row["cause"] for row in found} <= {"time"}
            rows.append({(r["segment"], r["customer_id"], r["change"], r["at"]) for r in found})
            for row in found:
                _assert_changes_then(workspace, row)
    assert rows[0] == rows[1]


def _assert_changes_then(workspace: sg.Workspace, row: dict[str, object]) -> None:
    at = row["at"]
    assert isinstance(at, datetime)
    at = at.astimezone(UTC)
    segment, customer = workspace.segments[str(row["segment"])], str(row["customer_id"])
    before, after = (
        customer in segment.result(as_of=when, among=[customer]).ids
        for when in (at - timedelta(microseconds=1), at)
    )
    assert (before, after) == ((False, True) if row["change"] == "joined" else (True, False))
