"""Whoever asks again whenever something is due, and only then, misses no change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.base import Engine
from segmentry.plan.nodes import Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind

from . import queries
from .crowds import make_crowd
from .stores import MadeUpStore, stores
from .taken import taken
from .test_engines_agree import OFFER, Both
from .test_next_change import several_moving

_TICK = timedelta(microseconds=1)
_LONG = timedelta(days=12)
few = settings(max_examples=max(3, settings().max_examples // 13))


def due_moments(engine: Engine, wanted: Plan, start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which something is due, from one on until another."""
    at = engine.next_due(wanted, start)
    while at is not None and at < end:
        yield at
        later = engine.next_due(wanted, at)
        assert later is None or later > at
        at = later


@few
@given(
    stores(),
    st.lists(queries.valid(OFFER, most=3), min_size=1, max_size=2),
    st.lists(several_moving(), min_size=2, max_size=3),
    st.integers(0, 400),
)
def test_no_change_is_missed(
    store: MadeUpStore, some: list[str], moving: list[str], days: int
) -> None:
    """At each moment at which the reference sees somebody join or leave, something was due, by
    either engine."""
    both = Both.over(taken(store), store.as_of)
    start = store.as_of - timedelta(days=days)
    end = start + _LONG
    for text in (*some, *moving):
        wanted = plan(bind(text, both.names))
        for engine in (both.live, both.reference):
            known = both.reference.members(wanted, start)
            for at in due_moments(engine, wanted, start, end):
                assert both.reference.members(wanted, at - _TICK) == known, f"{text} before {at}"
                known = both.reference.members(wanted, at)
            assert both.reference.members(wanted, end - _TICK) == known, f"{text} before {end}"


@few
@given(st.integers(0, 50), st.lists(several_moving(), min_size=2, max_size=4))
def test_nobody_changes_before(seed: int, asked: list[str]) -> None:
    """Of many customers the first one's next change does not come before what is due."""
    store = make_crowd(seed, 12)
    both = Both.over(taken(store), store.as_of)
    for text in asked:
        wanted = plan(bind(text, both.names))
        due = both.live.next_due(wanted, store.as_of)
        everybody = both.live.live(store.as_of + timedelta(days=999))
        found = both.live.next_changes(wanted, everybody, store.as_of)
        for change in found.values():
            assert change.at is None or (due is not None and due <= change.at), f"{text}: {change}"
