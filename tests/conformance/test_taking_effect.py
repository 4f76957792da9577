"""A fact takes effect at its own moment, on an engine that answered just before it did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentry.engines.base import EngineMaker, NextChange

from .engines import ENGINES
from .stores import Rows, asked

MOMENT = datetime(2026, 6, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_AT = "2026-06-15T12:00:00Z"
_EARLIER = "2026-06-01T12:00:00Z"
_PEOPLE = [
    {"customer_id": name, "created_at": _EARLIER, "email_key": f"{name}@example.com"}
    | {"email": f"{name}@example.com", "phone": phone}
    for name, phone in (("ann", "+447946000001"), ("ben", "+447946000002"))
]


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> EngineMaker:
    """Each engine in turn."""
    return ENGINES[request.param]


def _orders(**more: Any) -> list[dict[str, Any]]:
    """An order of each of the two; Ann's has more said of it."""
    return [
        {"order_id": name, "customer_id": name, "ordered_at": _EARLIER, "paid": "10.00"}
        | (more if name == "ann" else {})
        for name in ("ann", "ben")
    ]


def _act(channel: str, address: str) -> dict[str, list[dict[str, Any]]]:
    act = {"customer_id": "ann", "channel": channel, "address_key": address}
    return {"consents": [act | {"state": "SUBSCRIBED", "acted_at": _AT}]}


_LINES = [
    {"order_id": name, "line_number": 1, "kind": "PRODUCT", "product_id": "tea", "quantity": 1}
    for name in ("ann", "ben")
]
_REFUND = {"refund_id": "r", "customer_id": "ann", "refunded_at": _AT, "amount": "1.00"}
_OF_ORDER = _REFUND | {"order_id": "ann", "line_number": 1, "quantity": 1}
_VISIT = {"event_id": "1", "customer_id": "ann", "name": "product_viewed", "occurred_at": _AT}
_CART = {"checkout_id": "1", "customer_id": "ann", "last_active_at": _AT}
_OLD_CART = _CART | {"last_active_at": _EARLIER, "cart_id": "c", "value": "10.00"}
_BENS = {"order_id": "ben", "customer_id": "ben", "paid": "10.00"}


def _events(*names: str, **more: Any) -> dict[str, list[dict[str, Any]]]:
    """Events of Ann about one message, of which the last is that of the moment."""
    return {
        "events": [
            {"event_id": name, "customer_id": "ann", "name": name, "activity_id": "m"}
            | {"occurred_at": _AT if name == names[-1] else _EARLIER}
            | more
            for name in names
        ]
    }


def _closed(order: dict[str, Any], *, own: bool) -> dict[str, list[dict[str, Any]]]:
    """Two checkouts of Ann: one became an order of Ben, its `own` or that of nobody's checkout
    with the same cart; the other became nothing. Ben had an order that does not count."""
    before = _BENS | {"order_id": "old", "ordered_at": "2026-05-01", "state": "CANCELLED"}
    became = {"cart_id": None, "order_id": "ben"} if own else {}
    nobodys = {"checkout_id": "2", "last_active_at": _EARLIER, "cart_id": "c", "order_id": "ben"}
    carts = [_OLD_CART | became, _OLD_CART | {"checkout_id": "3", "cart_id": None}]
    return {
        "orders": [before, _BENS | order],
        "checkouts": carts if own else [*carts, nobodys],
    }


def _subscribed(**more: Any) -> dict[str, list[dict[str, Any]]]:
    return {"subscriptions": [{"subscription_id": "1", "customer_id": "ann", **more}]}


_TODAY = "date >= 2026-06-15"

TAKING_EFFECT: dict[str, tuple[Rows, str]] = {
    "an order": ({"orders": _orders(ordered_at=_AT)}, "number_of_orders = 1"),
    "an order, in a window": (
        {"orders": _orders(ordered_at=_AT)},
        f"orders_placed MATCHES ({_TODAY}, count = 1, sum_amount = 10)",
    ),
    "a cancellation": (
        {"orders": _orders(state="CANCELLED", cancelled_at=_AT)},
        "number_of_orders = 0",
    ),
    "a full refund of a stated moment": (
        {"orders": _orders(state="REFUNDED", refunded_at=_AT)},
        "number_of_orders = 0",
    ),
    "a refund of an order": (
        {"orders": _orders(), "refunds": [_OF_ORDER]},
        "orders_placed MATCHES (date < 2026-06-10, sum_amount < 10)",
    ),
    "a refund of goods": (
        {"orders": _orders(), "order_lines": _LINES, "refunds": [_OF_ORDER]},
        "products_purchased NOT MATCHES (id = 'tea')",
    ),
    "a refund without an order": ({"refunds": [_REFUND]}, f"refunds MATCHES ({_TODAY})"),
    "a visit": ({"events": [_VISIT]}, "last_active_date >= 2026-06-15"),
    "a checkout": ({"checkouts": [_CART]}, "last_active_date >= 2026-06-15"),
    "an event": (
        _events("quiz", properties={"score": 8}),
        "events MATCHES (name = 'quiz', property.score >= 8, date >= 2026-06-15)",
    ),
    "an event, whenever it was": (_events("quiz"), "events MATCHES (count >= 1)"),
    "a view": (
        _events("product_viewed", product_id="tea"),
        f"storefront.product_viewed MATCHES (id = 'tea', {_TODAY}, count = 1)",
    ),
    "where a visit came from": (
        _events("page_viewed", properties={"utm_source": "news"}),
        "last_source = 'news'",
    ),
    "a purchase of what was viewed": (
        {"orders": _orders(ordered_at=_AT), "order_lines": _LINES}
        | {"events": [_VISIT | {"product_id": "tea", "occurred_at": _EARLIER}]},
        "storefront.product_viewed MATCHES (purchased_after = true)",
    ),
    "a delivery": (_events("email.delivered"), f"email.delivered MATCHES ({_TODAY})"),
    "a bounce of what was delivered": (
        _events("email.delivered", "email.bounced"),
        "email.delivered NOT MATCHES (date >= 2026-06-01)",
    ),
    "a click": (
        _events("sms.delivered", "sms.clicked"),
        f"sms.clicked MATCHES ({_TODAY}) AND last_active_date >= 2026-06-15",
    ),
    "an order of the cart's own customer": (
        {"orders": _orders(ordered_at=_AT), "checkouts": [_OLD_CART]},
        "checkouts_abandoned NOT MATCHES (value >= 10)",
    ),
    "an order of somebody else that a checkout became": (
        _closed({"ordered_at": _AT}, own=True),
        "checkouts_abandoned MATCHES (count = 1)",
    ),
    "an order of somebody else from the same cart": (
        _closed({"ordered_at": _AT}, own=False),
        "checkouts_abandoned MATCHES (count = 1)",
    ),
    "the cancellation of such an order": (
        _closed({"ordered_at": _EARLIER, "state": "CANCELLED", "cancelled_at": _AT}, own=False),
        "checkouts_abandoned MATCHES (date < 2026-06-10, sum_value = 20)",
    ),
    "the refund of such an order": (
        _closed({"ordered_at": _EARLIER, "state": "REFUNDED", "refunded_at": _AT}, own=True),
        "checkouts_abandoned MATCHES (date < 2026-06-10, count = 2)",
    ),
    "the beginning of a subscription": (
        _subscribed(state="ACTIVE", started_at=_AT),
        "product_subscription_status = 'SUBSCRIBED'",
    ),
    "the end of a subscription": (
        _subscribed(state="CANCELED", started_at=_EARLIER, ended_at=_AT),
        "product_subscription_status = 'CANCELED'",
    ),
    "an act of consent that makes reachable": (
        _act("EMAIL", "ann@example.com"),
        "email_reachable = true",
    ),
    "an act of consent to e-mail": (
        _act("EMAIL", "ann@example.com"),
        "email_subscription_status = 'SUBSCRIBED'",
    ),
    "an act of consent to text messages": (
        _act("SMS", "+447946000001"),
        "sms_subscription_status = 'SUBSCRIBED'",
    ),
}


@pytest.mark.parametrize("what", TAKING_EFFECT)
def test_a_fact_takes_effect(make: EngineMaker, what: str) -> None:
    """Its customer joins at the moment of the fact, not before, and nobody else does."""
    rows, query = TAKING_EFFECT[what]
    store = asked(make, {"customers": _PEOPLE, "orders": []} | dict(rows))
    before = store.members(query, MOMENT - TICK)
    after = store.members(query, MOMENT)
    joined = {"ann"}
    assert "ann" not in before
    assert after == before | joined
    assert store.members(query, MOMENT - TICK) == before
    assert store.next_change(query, "ann", MOMENT - TICK) == NextChange(inside=False, at=MOMENT)


def test_a_checkout_is_abandoned(make: EngineMaker) -> None:
    """An hour of quiet is a fact of its own, for which nothing arrives."""
    store = asked(make, {"customers": _PEOPLE, "checkouts": [_CART]})
    hour = timedelta(hours=1)
    for query in ("lifecycle_stage = 'POTENTIAL_BUYER'", f"checkouts_abandoned MATCHES ({_TODAY})"):
        assert store.members(query, MOMENT) == set()
        assert store.members(query, MOMENT + hour - TICK) == set()
        assert store.members(query, MOMENT + hour) == {"ann"}


def test_an_anniversary_comes_with_its_day(make: EngineMaker) -> None:
    """No fact takes effect at a midnight, and yet it is another day's anniversary."""
    born = [_PEOPLE[0] | {"birth_date": "1990-06-16"}, _PEOPLE[1] | {"birth_date": "1990-06-15"}]
    store = asked(make, {"customers": born})
    query = "anniversary('customer_birth_date') = today"
    midnight = datetime(2026, 6, 16, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
    assert store.members(query, midnight - TICK) == {"ben"}
    assert store.members(query, midnight) == {"ann"}
    assert store.members(f"NOT ({query})", midnight) == {"ben"}


def test_preference_is_of_the_last_year(make: EngineMaker) -> None:
    """Clicks that are a year and a day old prefer nothing, though no fact took effect."""
    sent = [
        {"event_id": f"{kind}{n}", "customer_id": "ann", "name": kind, "activity_id": f"m{n}"}
        | {"occurred_at": _AT if kind == "sms.delivered" else "2026-06-15T13:00:00Z"}
        for kind in ("sms.delivered", "sms.clicked")
        for n in range(5)
    ]
    store = asked(make, {"customers": _PEOPLE, "events": sent} | _act("SMS", "+447946000001"))
    last = datetime(2027, 6, 16, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
    query = "preferred_channel = 'SMS'"
    assert store.members(query, last - TICK) == {"ann"}
    assert store.members(query, last) == set()


def test_credit_lapses_on_days_to_come(make: EngineMaker) -> None:
    """A date to come is compared with days to come, and no fact is needed to reach it."""
    credit = {"credit_id": "1", "customer_id": "ann", "balance": "5.00"}
    credits = [credit | {"next_expiry_at": "2026-06-25T12:00:00Z"}]
    store = asked(make, {"customers": _PEOPLE, "credits": credits})
    query = "store_credit_accounts MATCHES (next_expiry_date BETWEEN today AND +9d)"
    midnight = datetime(2026, 6, 16, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
    assert store.members(query, midnight - TICK) == set()
    assert store.members(query, midnight) == {"ann"}
    assert store.members(query, midnight + timedelta(days=9)) == {"ann"}
    assert store.members(query, midnight + timedelta(days=10)) == set()


def test_a_customer_appears(make: EngineMaker) -> None:
    """Somebody is in no answer before they are known, and in complements from then on."""
    people = [*_PEOPLE, {"customer_id": "cy", "created_at": _AT}]
    store = asked(make, {"customers": people})
    assert store.live(MOMENT - TICK) == {"ann", "ben"}
    assert store.members("NOT (number_of_orders > 0)", MOMENT) == {"ann", "ben", "cy"}
    assert store.live(MOMENT) == {"ann", "ben", "cy"}


def test_an_act_changes_everybody_with_its_address(make: EngineMaker) -> None:
    """Consent is that of an address, whoever acted and however many share it."""
    shared = [person | {"phone": "+447946000001"} for person in _PEOPLE]
    store = asked(make, {"customers": shared} | _act("SMS", "+447946000001"))
    query = "sms_subscription_status = 'SUBSCRIBED'"
    assert store.members(query, MOMENT - TICK) == set()
    assert store.members(query, MOMENT) == {"ann", "ben"}


@pytest.mark.parametrize("of", ["orders_placed", "products_purchased"])
def test_a_window_moves_with_the_days(make: EngineMaker, of: str) -> None:
    """Days forwards, backwards and by leaps, a window has the orders of its days and no more."""
    names = [f"c{number}" for number in range(60)]
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 31, 3)]
    buyers = dict(zip(days, names, strict=False))
    rows: Rows = {
        "customers": [{"customer_id": name, "created_at": days[0]} for name in names],
        "orders": [
            {"order_id": name, "customer_id": name, "ordered_at": day, "paid": "10.00"}
            for day, name in buyers.items()
        ],
        "order_lines": [line | {"order_id": name} for line in _LINES[:1] for name in names],
    }
    store = asked(make, rows, zone="UTC")
    query = f"{of} MATCHES (date BETWEEN -7d AND -2d)"
    for day in (0, 1, 2, 3, 9, 8, 7, 30, 29, 3):
        now = datetime(2026, 4, 2, 8, tzinfo=UTC) + timedelta(days=day)
        first, last = (now.date() - timedelta(days=ago) for ago in (7, 2))
        expected = {name for at, name in buyers.items() if first <= at.date() <= last}
        assert store.members(query, now) == expected, day
