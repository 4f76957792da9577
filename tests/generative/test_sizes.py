"""Counts over many moments are those of the members at each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.base import Engine, FactSource
from segmentry.engines.live import LiveEngine
from segmentry.engines.live.past import counting
from segmentry.facts.orders import PROFILES
from segmentry.facts.store import Store
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.dates import local_day, local_instant
from segmentry.query.names import Names

from . import queries
from .crowds import make_crowd
from .stores import SOURCE, MadeUpStore, opened, stores
from .taken import Given, taken
from .test_engines_agree import OFFER, TakenFacts
from .test_facts_change import Changes

_TICK = timedelta(microseconds=1)
few = settings(max_examples=settings().max_examples // 12)
fewer = settings(max_examples=settings().max_examples // 20)


@contextmanager
def in_stretches_of(customers: int) -> Iterator[None]:
    """Have so few customers counted at once that it takes several stretches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "AT_ONCE", customers)
        yield


def days_before(as_of: datetime, given: Given, number: int) -> list[datetime]:
    """The ends of so many local days, and last the moment itself."""
    zone = given.store.zone
    today = local_day(as_of, zone)
    days = (today - timedelta(days=n) for n in range(number, 0, -1))
    return [local_instant(datetime.combine(d, time()), zone) - _TICK for d in days] + [as_of]


def around_facts(store: MadeUpStore, random: Random, number: int) -> list[datetime]:
    """Moments of facts, and just before and after, in any order, some twice."""
    values = (v for rows in store.records.values() for row in rows for v in row.values())
    facts = [v for v in values if isinstance(v, datetime)] or [store.as_of]
    steps = [timedelta(), -_TICK, _TICK, timedelta(hours=1), timedelta(days=31)]
    return [random.choice(facts) + random.choice(steps) for _ in range(number)]


def assert_counts(engine: Engine, given: Given, text: str, moments: Sequence[datetime]) -> None:
    """What `sizes` says is the number of members at each moment."""
    wanted = plan(bind(text, given.names()))
    found = engine.sizes(wanted, moments)
    assert found == [len(engine.members(wanted, each)) for each in moments], text


@few
@given(stores(), st.lists(queries.valid(OFFER), min_size=2, max_size=4), st.integers(0, 2**32))
def test_sizes_are_those_of_the_members(store: MadeUpStore, asked: list[str], seed: int) -> None:
    """A query's size at each of many moments is the number of its members then, whatever it
    asks: on days around a clock change, and at the moments of facts."""
    given = taken(store)
    engine = LiveEngine(TakenFacts(given), given.store)
    days = days_before(store.as_of, given, 12)
    with in_stretches_of(2):
        for text in asked:
            assert_counts(engine, given, text, days)
            assert_counts(engine, given, text, around_facts(store, Random(seed), 8))


# -- a larger store ---------------------------------------------------------------------

DATES = (
    *("first_order_date", "last_order_date", "last_active_date", "customer_added_date"),
    *("email_subscription_date", "sms_subscription_date"),
)
OF_DATES = (
    *(f"{sign} {day}" for sign in (">", ">=", "<", "<=", "=", "!=") for day in ("-9d", "-1m")),
    *("BETWEEN -20d AND -3d", "> -50h", "IS NULL", "IS NOT NULL"),
)
OF_NUMBERS = ("> 1", ">= 2", "= 1", "!= 1", "BETWEEN 1 AND 30", "< 2", "<= 1.5")
NUMBERS = (
    *("number_of_orders", "amount_spent", "average_order_value", "days_since_last_order"),
    *("gross_spent", "product_revenue", "refunded_amount", "discounted_order_share"),
)
WORDS = (
    "customer_tags IS NULL",
    "customer_tags CONTAINS 'red' AND customer_birth_date < -30y",
    "email_subscription_status = 'NOT_SUBSCRIBED'",
    "email_subscription_status = 'SUBSCRIBED' OR sms_reachable = true",
    "sms_subscription_status != 'UNSUBSCRIBED' AND NOT email_reachable = true",
    "first_source IS NULL OR last_source IS NOT NULL",
    "segments CONTAINS 'red' AND segments NOT CONTAINS 'Café'",
    "segments IS NULL AND amount_spent IN TOP 30%",
    "lifecycle_stage = 'AT_RISK_REPEAT' OR number_of_orders > 3",
)
RECORDS = tuple(
    f"{function} {sign} ({when}, {what})"
    for function, wanted in {
        "orders_placed": (
            *("count >= 2", "amount > 5, sum_amount > 40", "average_amount > 20"),
            *("status = 'PARTIALLY_REFUNDED'", "refunded_amount > 0", "discounted = true"),
        ),
        "products_purchased": ("count >= 2", "sum_quantity > 3", "quantity < 3, sum_amount > 30"),
        "refunds": ("count >= 1", "sum_amount > 10"),
        "email.delivered": ("count >= 1",),
        "events": ("count >= 2", "sum_any > 1"),
    }.items()
    for what in wanted
    for sign, when in (
        ("MATCHES", "date >= -25d"),
        ("NOT MATCHES", "date < -10d"),
        ("MATCHES", "date BETWEEN -40d AND -5d"),
        ("MATCHES", "date != -3d"),
    )
)
ASKED = (
    *(f"{name} {test}" for name in DATES for test in OF_DATES),
    *(f"{name} {test}" for name in NUMBERS for test in OF_NUMBERS),
    *WORDS,
    *RECORDS,
)


@cache
def crowd() -> tuple[FactSource, Store, Names, list[datetime]]:
    """The facts of a larger store, and moments: days in a row, and when something happened."""
    store = make_crowd(1, 90)
    with opened(store) as workspace:
        moments = days_before(store.as_of, workspace, 25) + around_facts(store, Random(1), 15)
        return TakenFacts(workspace), workspace.store, workspace.names(), moments


@pytest.mark.parametrize("rules", sorted(PROFILES))
def test_sizes_of_every_kind_of_condition(rules: str) -> None:
    """The same for each kind of condition in a larger store, under each of the order rules."""
    facts, store, names, moments = crowd()
    engine = LiveEngine(facts, replace(store, order_rules=PROFILES[rules]))
    plans = {text: plan(bind(text, names)) for text in ASKED}
    expected = [[engine.count(each, moment) for each in plans.values()] for moment in moments]
    with in_stretches_of(35):
        for (text, wanted), *counts in zip(plans.items(), *expected, strict=True):
            assert engine.sizes(wanted, moments) == counts, text


@few
@given(st.lists(queries.singles(OFFER), min_size=3, max_size=6))
def test_sizes_of_any_condition(asked: list[str]) -> None:
    """The same for any one condition."""
    facts, store, names, moments = crowd()
    engine = LiveEngine(facts, store)
    for text in asked:
        wanted = plan(bind(text, names))
        found = engine.sizes(wanted, moments[::5])
        assert found == [engine.count(wanted, each) for each in moments[::5]], text


# -- several layers ---------------------------------------------------------------------


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=3, max_size=6))
def test_sizes_as_facts_change(seed: int, asked: list[str]) -> None:
    """The same after imports, when several layers hold the customers."""
    changes = Changes(seed)
    with opened(changes.store) as workspace, in_stretches_of(3):
        workspace.query("number_of_orders > 0")
        for records in changes:
            workspace.load(records, source=SOURCE)
        moments = around_facts(changes.store, changes.random, 5)
        for text in asked:
            assert_counts(workspace._engine, workspace, text, moments)
