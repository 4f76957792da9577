"""Counts over many moments are those of the members at each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.engines.base import Engine
from segmentry.engines.live import LiveEngine
from segmentry.facts.orders import PROFILES
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.dates import local_day, local_instant

from . import queries
from .crowds import make_crowd
from .stores import SOURCE, MadeUpStore, opened, stores
from .test_engines_agree import OFFER, TakenFacts
from .test_facts_change import Changes

_TICK = timedelta(microseconds=1)
few = settings(max_examples=settings().max_examples // 8)
fewer = settings(max_examples=settings().max_examples // 20)


def days_before(as_of: datetime, workspace: sg.Workspace, number: int) -> list[datetime]:
    """The ends of so many local days, and last the moment itself."""
    zone = workspace.store.zone
    today = local_day(as_of, zone)
    days = (today - timedelta(days=n) for n in range(number, 0, -1))
    return [local_instant(datetime.combine(d, time()), zone) - _TICK for d in days] + [as_of]


def around_facts(store: MadeUpStore, random: Random, number: int) -> list[datetime]:
    """Moments of facts, and just before and after, in any order, some twice."""
    values = (v for rows in store.records.values() for row in rows for v in row.values())
    facts = [v for v in values if isinstance(v, datetime)] or [store.as_of]
    steps = [timedelta(), -_TICK, _TICK, timedelta(hours=1), timedelta(days=31)]
    return [random.choice(facts) + random.choice(steps) for _ in range(number)]


def assert_counts(
    engine: Engine, workspace: sg.Workspace, text: str, moments: Sequence[datetime]
) -> None:
    """What `sizes` says is the number of members at each moment."""
    wanted = plan(bind(text, workspace.names()))
    found = engine.sizes(wanted, moments)
    assert found == [len(engine.members(wanted, each)) for each in moments], text


@few
@given(stores(), st.lists(queries.valid(OFFER), min_size=3, max_size=6), st.integers(0, 2**32))
def test_sizes_are_those_of_the_members(store: MadeUpStore, asked: list[str], seed: int) -> None:
    """A query's size at each of many moments is the number of its members then, whatever it
    asks: on days around a clock change, and at the moments of facts."""
    with opened(store) as workspace:
        engine = LiveEngine(TakenFacts(workspace), workspace.store)
        days = days_before(store.as_of, workspace, 12)
        for text in asked:
            assert_counts(engine, workspace, text, days)
            assert_counts(engine, workspace, text, around_facts(store, Random(seed), 8))


@pytest.mark.parametrize("rules", sorted(PROFILES))
@fewer
@given(st.integers(0, 2), st.lists(queries.singles(OFFER), min_size=3, max_size=6))
def test_sizes_in_a_crowd(rules: str, seed: int, asked: list[str]) -> None:
    """The same for one condition in a larger store, under each of the order rules."""
    store = make_crowd(seed, 60)
    with opened(store) as workspace:
        workspace.set_order_rules(rules)
        engine = LiveEngine(TakenFacts(workspace), workspace.store)
        moments = days_before(store.as_of, workspace, 4) + around_facts(store, Random(seed), 12)
        for text in asked:
            assert_counts(engine, workspace, text, moments)


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=3, max_size=6))
def test_sizes_as_facts_change(seed: int, asked: list[str]) -> None:
    """The same after imports, when several layers hold the customers."""
    changes = Changes(seed)
    with opened(changes.store) as workspace:
        workspace.query("number_of_orders > 0")
        for records in changes:
            workspace.load(records, source=SOURCE)
        moments = around_facts(changes.store, changes.random, 5)
        for text in asked:
            assert_counts(workspace._engine, workspace, text, moments)
