"""When a customer next joins or leaves, by hand, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segmentry.engines.base import EngineMaker, NextChange

from .engines import ENGINES
from .stores import Asked, Rows, asked

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> EngineMaker:
    """Each engine in turn."""
    return ENGINES[request.param]


def _ann(make: EngineMaker, zone: str = "UTC", **more: Any) -> Asked:
    """Ann ordered on 1 and 11 June, and was born on 29 February."""
    orders = [
        {"order_id": str(day), "customer_id": "ann", "paid": "10.00"}
        | {"ordered_at": datetime(2026, 6, day, 10, tzinfo=UTC)}
        for day in (1, 11)
    ]
    ann = {"customer_id": "ann", "created_at": "2026-01-01T00:00:00Z", "birth_date": "2000-02-29"}
    return asked(make, {"customers": [ann | more], "orders": orders}, zone=zone)


def _day(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


_TICK = timedelta(microseconds=1)
CASES = {
    "last_order_date >= -30d": _day(7, 12),
    "last_order_date = -7d": _day(6, 18),
    "last_order_date < -1m": _day(7, 12),
    "orders_placed MATCHES (date >= -30d, count >= 2)": _day(7, 2),
    "orders_placed MATCHES (date BETWEEN -20d AND -10d)": _day(7, 2),
    "last_order_date >= -100h": _day(6, 15, 14) + _TICK,
    "last_order_date <= -100h": _day(6, 15, 14),
    "orders_placed MATCHES (date BETWEEN -7200min AND -90min, count = 1)": _day(6, 16, 10) + _TICK,
    "days_since_last_order > 90": _day(9, 10),
    "own_gap_ratio >= 1.55": _day(6, 27),
    "customer_age >= 27": _day(2, 28, year=2027),
    "anniversary('customer_birth_date') = today": _day(2, 28, year=2027),
    "anniversary('customer_birth_date') BETWEEN today AND +30d": _day(1, 29, year=2027),
    "anniversary('customer_birth_date') > today": _day(1, 1, year=2027),
    "last_order_date >= -30d AND NOT (orders_placed MATCHES (date >= -30d, count = 2))": _day(7, 2),
}


@pytest.mark.parametrize("query", CASES)
def test_time_alone_changes_it(make: EngineMaker, query: str) -> None:
    """The moment is exact, whatever kind of condition moves."""
    store = _ann(make)
    found = store.next_change(query, "ann", NOW)
    assert found == NextChange(inside=store.members(query, NOW) == {"ann"}, at=CASES[query])


def test_the_day_is_the_stores(make: EngineMaker) -> None:
    """Midnight is that of the store's zone, before and after its clock is changed."""
    assert _ann(make, zone="America/New_York").next_change(
        "last_order_date >= -30d", "ann", NOW
    ) == NextChange(inside=True, at=_day(7, 12, 4))
    assert _ann(make, zone="America/New_York").next_change(
        "last_order_date >= -160d", "ann", NOW
    ) == NextChange(inside=True, at=_day(11, 19, 5))


def test_a_clock_set_back_over_midnight(make: EngineMaker) -> None:
    """A day that has begun stays, though the clock shows the day before once more."""
    rows = {
        "customers": [{"customer_id": "ann", "created_at": "2010-01-01T00:00:00Z"}],
        "orders": [
            {"order_id": "1", "customer_id": "ann", "paid": "10.00"}
            | {"ordered_at": "2010-11-06T12:00:00Z"}
        ],
    }
    store = asked(make, rows, zone="America/St_Johns")
    before = datetime(2010, 11, 6, 18, tzinfo=UTC)
    begun = datetime(2010, 11, 7, 2, 30, tzinfo=UTC)
    wanted = "last_order_date = today"
    assert store.next_change(wanted, "ann", before) == NextChange(inside=True, at=begun)
    after = store.next_change(wanted, "ann", begun)
    assert (after.inside, after.at) == (False, None)


@pytest.mark.parametrize("query", ["number_of_orders >= 2", "NOT (last_order_date >= 2026-06-01)"])
def test_nothing_changes(make: EngineMaker, query: str) -> None:
    """Where no fact is to come and no condition moves, no change is found."""
    store = _ann(make)
    assert store.next_change(query, "ann", NOW).at is None
    assert store.next_change(query, "nobody", NOW).at is None
    assert not store.next_change(query, "nobody", NOW).inside


def test_somebody_appears(make: EngineMaker) -> None:
    """Someone who is not there yet joins with their first fact."""
    first = _day(6, 1, 10)
    store = _ann(make, created_at=None)
    found = store.next_change("number_of_orders < 2", "ann", first - timedelta(days=9))
    assert found == NextChange(inside=False, at=first)
    assert store.next_change("number_of_orders < 2", "ann", first).at == _day(6, 11, 10)


def test_preference_ends_with_the_year_of_its_messages(make: EngineMaker) -> None:
    """Messages of a year and a day ago prefer nothing any more."""
    sent = [
        {"event_id": f"{kind}{n}", "customer_id": "ann", "name": kind, "activity_id": f"m{n}"}
        | {"occurred_at": _day(6, 10, hour)}
        for hour, kind in ((9, "sms.delivered"), (10, "sms.clicked"))
        for n in range(5)
    ]
    people = [{"customer_id": "ann", "created_at": _day(1, 1), "phone": "+447946000001"}]
    act = {"customer_id": "ann", "channel": "SMS", "address_key": "+447946000001"}
    acts = [act | {"state": "SUBSCRIBED", "acted_at": _day(1, 2)}]
    rows: Rows = {"customers": people, "events": sent, "consents": acts}
    store = asked(make, rows, zone="UTC")
    found = store.next_change("preferred_channel = 'SMS'", "ann", NOW)
    assert found == NextChange(inside=True, at=_day(6, 11, year=2027))


def test_a_complement_of_what_is_not_known_is_not_known_either(make: EngineMaker) -> None:
    """Somebody may be among the first half tomorrow, and not among the first tenth."""
    store = _ann(make)
    query = "amount_spent IN TOP 50% AND NOT (amount_spent >= 1 * STORE_AVERAGE)"
    found = store.next_change(query, "ann", NOW)
    assert found.at is None
    assert found.unknown_from is not None


def test_the_store_is_known_until_midnight(make: EngineMaker) -> None:
    """What depends on other customers is never told beyond the day; what does not, is."""
    store = _ann(make)
    ranked = "amount_spent IN TOP 50%"
    found = store.next_change(ranked, "ann", NOW)
    assert found.at is None
    assert found.unknown_from is not None
    assert found.unknown_from >= _day(6, 16)
    sooner = f"{ranked} AND last_order_date >= -100h"
    assert store.next_change(sooner, "ann", NOW).at == _day(6, 15, 14) + _TICK
    without = f"{ranked} OR last_order_date >= -30d"
    later = store.next_change(without, "ann", NOW)
    assert later.at is None
    assert later.unknown_from is not None
    assert later.unknown_from >= _day(7, 12)
