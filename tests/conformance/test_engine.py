"""What an engine owes its callers, on every engine; what queries mean stands in tests/spec."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from segmentry.base.money import LARGEST
from segmentry.engines.base import AverageGap, EngineMaker
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.lifecycle import FEWEST_REPEAT_BUYERS
from segmentry.facts.metafields import TYPES

from .engines import ENGINES
from .stores import asked

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
FIELDS = {f"metafields.custom.{kind}": kind for kind in TYPES}
EXAMPLES = {name: each.example for name, each in ATTRIBUTES.items() if not each.predicted} | {
    name: each.example for name, each in FUNCTIONS.items()
}
NUMBER = "metafields.custom.number"


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> EngineMaker:
    """Each engine in turn."""
    return ENGINES[request.param]


def _order(customer: str, ordered_at: str, paid: str = "10.00", **more: Any) -> dict[str, Any]:
    order_id = f"{customer} {ordered_at} {paid}"
    return {
        "order_id": order_id,
        "customer_id": customer,
        "ordered_at": ordered_at,
        "paid": paid,
        **more,
    }


def _people(*names: str) -> list[dict[str, Any]]:
    return [{"customer_id": name, "created_at": "2000-01-01T00:00:00Z"} for name in names]


# -- everything is answered -------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_empty_store_has_no_members(make: EngineMaker, name: str) -> None:
    """Everything in the catalogue can be asked of a store without any facts."""
    store = asked(make, {})
    query = EXAMPLES[name] if name != "segments" else "segments IS NULL"
    assert store.live(NOW) == store.members(query, NOW) == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_condition_parts_the_customers(make: EngineMaker, name: str) -> None:
    """Of customers without any facts each is in a condition or in its complement, not both."""
    store = asked(make, {"customers": _people("ann", "ben")})
    query = EXAMPLES[name] if name != "segments" else "segments IS NULL"
    inside, outside = store.members(query, NOW), store.members(f"NOT ({query})", NOW)
    assert inside | outside == {"ann", "ben"}
    assert not inside & outside


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_metafield_is_answered(make: EngineMaker, kind: str) -> None:
    """A metafield that nobody has is missing, whatever its type."""
    store = asked(make, {"customers": _people("ann")}, metafields=FIELDS)
    assert store.members(f"metafields.custom.{kind} IS NULL", NOW) == {"ann"}
    assert store.values(f"metafields.custom.{kind}", NOW) == {"ann": None}


def test_values_have_their_types(make: EngineMaker) -> None:
    """Whole numbers and money are integers, ratios fractions, moments are in UTC, lists are
    sets, and what is missing is None."""
    rows = {
        "customers": [{"customer_id": "ann", "birth_date": "1990-05-01"}, *_people("ben")],
        "orders": [_order("ann", "2026-06-01T10:00:00", "1.50")],
        "customer_tags": [{"customer_id": "ann", "tag": "VIP"}],
    }
    store = asked(make, rows)
    expected: dict[str, tuple[object, object]] = {
        "number_of_orders": (1, 0),
        "amount_spent": (15_000, 0),
        "average_order_value": (Fraction(15_000), None),
        "last_order_date": (datetime(2026, 6, 1, 9, tzinfo=UTC), None),
        "days_since_last_order": (14, None),
        "customer_birth_date": (date(1990, 5, 1), None),
        "customer_tags": (frozenset({"VIP"}), None),
        "customer_email": (None, None),
        "lifecycle_stage": ("FIRST_TIME_BUYER", "NONE"),
    }
    for name, (ann, ben) in expected.items():
        found = store.values(name, NOW)
        assert found == {"ann": ann, "ben": ben}, name
        assert type(found["ann"]) is type(ann), name


# -- moments ----------------------------------------------------------------------------


def test_a_customer_is_there_from_the_first_fact_on(make: EngineMaker) -> None:
    """Somebody is live from their earliest fact on, to the microsecond."""
    rows = {
        "customers": [
            {"customer_id": "ann", "created_at": "2026-06-02T00:00:00Z"},
            {"customer_id": "ben"},
        ],
        "orders": [_order("ann", "2026-06-01T12:00:00Z")],
    }
    store = asked(make, rows)
    first = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert store.live(first - TICK) == {"ben"}
    assert store.live(first) == {"ann", "ben"}


@pytest.mark.parametrize("name", ["searched", "email.delivered", "loyalty joined"])
def test_any_event_is_a_fact(make: EngineMaker, name: str) -> None:
    """Somebody is live from their first event on, whatever it is called."""
    rows = {
        "customers": [{"customer_id": "ann", "created_at": "2026-06-02T00:00:00Z"}],
        "events": [
            {
                "event_id": "1",
                "customer_id": "ann",
                "name": name,
                "occurred_at": "2026-06-01T12:00:00Z",
            }
        ],
    }
    store = asked(make, rows)
    first = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert store.live(first - TICK) == set()
    assert store.live(first) == {"ann"}


def test_moments_do_not_disturb_each_other(make: EngineMaker) -> None:
    """A moment has the same answer whatever was asked before it."""
    rows = {
        "customers": _people("ann"),
        "orders": [_order("ann", f"2026-06-{day:02}T12:00:00Z") for day in range(1, 13)],
    }
    store = asked(make, rows)
    moments = [datetime(2026, 6, day, 12, tzinfo=UTC) for day in (12, 1, 9, 3, 7, 5, 11, 2)]
    for moment in [*moments, *reversed(moments)]:
        assert store.values("number_of_orders", moment) == {"ann": moment.day}
        assert store.members(f"number_of_orders = {moment.day}", moment) == {"ann"}


@pytest.mark.parametrize(
    ("year", "day", "age"), [(2026, 27, 25), (2026, 28, 26), (2028, 28, 27), (2028, 29, 28)]
)
def test_a_leap_day_birthday(make: EngineMaker, year: int, day: int, age: int) -> None:
    """TIM-04: somebody born on 29 February is a year older from 28 February on in common years, and
    from the 29th in leap years."""
    store = asked(make, {"customers": [{"customer_id": "ann", "birth_date": "2000-02-29"}]})
    assert store.values("customer_age", datetime(year, 2, day, 12, tzinfo=UTC)) == {"ann": age}


def test_a_clock_set_back_over_midnight(make: EngineMaker) -> None:
    """TIM-02: where a clock is set back over midnight it stays the day that began; every
    moment is in one day, and gaps are those between days."""
    rows = {
        "customers": _people("ann"),
        "orders": [
            _order("ann", "2010-11-07T02:30:30Z"),  # 7 November, 00:00:30
            _order("ann", "2010-11-07T03:00:00Z"),  # 23:30:00 again
            _order("ann", "2010-11-08T15:00:00Z"),
        ],
    }
    store = asked(make, rows, zone="America/St_Johns")
    assert store.members("first_order_date = 2010-11-07", NOW) == {"ann"}
    again = datetime(2010, 11, 7, 3, 15, tzinfo=UTC)
    assert store.members("last_order_date = today", again) == {"ann"}
    assert store.members("orders_placed MATCHES (date = yesterday)", again) == set()
    assert store.values("days_since_last_order", again) == {"ann": 0}
    assert store.values("average_days_between_orders", NOW) == {"ann": Fraction(1)}
    between = datetime(2010, 11, 7, 15, tzinfo=UTC)
    assert store.values("days_since_last_order", between) == {"ann": 0}


# -- exact numbers ----------------------------------------------------------------------


def test_sums_do_not_overflow(make: EngineMaker) -> None:
    """Amounts that add up to more than 64 bits hold are exact, and are compared exactly."""
    largest = "99999999999999.9999"
    rows = {
        "customers": _people("ann", "ben"),
        "orders": [_order("ann", f"2026-06-01T10:00:{n:02}Z", largest) for n in range(30)]
        + [_order("ben", "2026-06-01T10:00:00Z", "99999999999999.9998")],
    }
    store = asked(make, rows)
    assert store.values("amount_spent", NOW) == {"ann": 30 * LARGEST, "ben": LARGEST - 1}
    assert store.members(f"amount_spent > {largest}", NOW) == {"ann"}
    assert store.members(f"average_order_value >= {largest}", NOW) == {"ann"}
    assert store.members("amount_spent IN BOTTOM 1", NOW) == {"ben"}
    assert store.members("amount_spent >= 1.9 * STORE_AVERAGE", NOW) == {"ann"}
    total = f"orders_placed MATCHES (sum_amount > {largest})"
    assert store.members(total, NOW) == {"ann"}
    assert store.members("orders_placed MATCHES (average_amount < 99999999999999)", NOW) == set()


def test_averages_are_compared_exactly(make: EngineMaker) -> None:
    """An average that no decimal can hold lies between its neighbours."""
    amounts = ("10.00", "10.00", "10.0001")
    orders = [_order("ann", f"2026-06-0{n}T10:00:00Z", a) for n, a in enumerate(amounts, 1)]
    store = asked(make, {"customers": _people("ann"), "orders": orders})
    assert store.members("average_order_value > 10.0000", NOW) == {"ann"}
    assert store.members("average_order_value < 10.0001", NOW) == {"ann"}
    assert store.members("orders_placed MATCHES (average_amount > 10)", NOW) == {"ann"}
    assert store.values("average_order_value", NOW) == {"ann": Fraction(300_001, 3)}


def test_equal_ratios_are_one_rank(make: EngineMaker) -> None:
    """A half is a half, whatever it is made of: 2 of 4 orders rank with 1 of 2."""
    shares = {"ann": (1, 2), "ben": (2, 4), "cy": (1, 3), "dee": (2, 3)}
    orders = [
        _order(name, f"2026-06-01T10:00:0{n}Z", discount="1" if n < discounted else "0")
        for name, (discounted, number) in shares.items()
        for n in range(number)
    ]
    store = asked(make, {"customers": _people(*shares), "orders": orders})
    assert store.members("discounted_order_share IN TOP 2", NOW) == {"ann", "ben", "dee"}
    assert store.members("discounted_order_share IN BOTTOM 1", NOW) == {"cy"}
    assert store.members("discounted_order_share = STORE_MEDIAN", NOW) == {"ann", "ben"}
    assert store.members("discounted_order_share = STORE_AVERAGE", NOW) == {"ann", "ben"}


@pytest.mark.parametrize("small", ["0.1", "1e-30", "123456789012345678901234567890"])
def test_numbers_of_metafields_are_exact(make: EngineMaker, small: str) -> None:
    """Numbers with more digits than any machine number are told apart, ranked and averaged."""
    large = {"0.1": "0.10000000000000000001", "1e-30": "2e-30"}.get(small, small[:-1] + "1")
    rows = {
        "customers": _people("ann", "ben", "cy"),
        "attributes": [
            {
                "customer_id": name,
                "namespace": "custom",
                "key": "number",
                "type": "number",
                "value": value,
            }
            for name, value in (("ann", small), ("ben", large), ("cy", '"no number"'))
        ],
    }
    store = asked(make, rows, metafields=FIELDS)
    assert store.values(NUMBER, NOW) == {"ann": Fraction(small), "ben": Fraction(large), "cy": None}
    assert store.members(f"{NUMBER} IN TOP 1", NOW) == {"ben"}
    assert store.members(f"{NUMBER} < STORE_AVERAGE", NOW) == {"ann"}
    assert store.members(f"{NUMBER} > STORE_MEDIAN", NOW) == {"ben"}


# -- goods and money given back ---------------------------------------------------------


def _given_back(*refunds: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """An order of 3 + 2 units of one product and 1 of another, and refunds for it."""
    lines = [(1, "tea", 3), (1, "tea", 2), (2, "cup", 1)]
    return {
        "customers": _people("ann"),
        "orders": [_order("ann", "2026-06-01T10:00:00Z", "60.00", order_id="7")],
        "order_lines": [
            {
                "order_id": "7",
                "line_number": number,
                "product_id": product,
                "quantity": quantity,
                "amount": "10.00",
            }
            for number, product, quantity in lines
        ],
        "refunds": [
            {"refund_id": "r", "order_id": "7", "customer_id": "ann", "amount": "1.00"} | refund
            for refund in refunds
        ],
    }


@pytest.mark.parametrize(
    ("refund", "tea", "cup"),
    [
        ({"line_number": 1, "quantity": 1}, 4, 1),
        ({"line_number": 2, "product_id": "tea", "quantity": 1}, 5, 0),
        ({"product_id": "tea", "quantity": 2}, 3, 1),
        ({"quantity": 2}, 5, 1),
        ({"line_number": 1, "quantity": 9}, 0, 1),
    ],
)
def test_goods_given_back_leave_a_purchase_once(
    make: EngineMaker, refund: dict[str, Any], tea: int, cup: int
) -> None:
    """A refund is for the purchase of its line, once though two lines share the number; one
    that names no line is for its product, and one that names neither for none."""
    store = asked(make, _given_back(refund))
    for product, left in (("tea", tea), ("cup", cup)):
        kept = f"products_purchased MATCHES (id = '{product}', sum_quantity = {left})"
        assert store.members(kept, NOW) == {"ann"}, product
        some = f"products_purchased MATCHES (id = '{product}')"
        assert bool(store.members(some, NOW)) == (left > 0), product


def test_a_refund_of_several_lines_is_one_and_has_its_first_date(make: EngineMaker) -> None:
    """Lines of one refund are one refund with all their money, dated as the first of them
    that was effective."""
    rows = _given_back(
        {"refunded_at": "2026-06-05T10:00:00Z"},
        {"refunded_at": "2026-06-03T10:00:00Z"},
    )
    store = asked(make, rows)
    one = "refunds MATCHES (count = 1, sum_amount = 2, date = {day})"
    assert store.members(one.format(day="2026-06-05"), NOW) == {"ann"}
    assert store.members(one.format(day="2026-06-03"), NOW) == set()
    earlier = datetime(2026, 6, 4, tzinfo=UTC)
    assert store.members("refunds MATCHES (date = 2026-06-03, sum_amount = 1)", earlier) == {"ann"}


# -- the store's rhythm -----------------------------------------------------------------


def _twice(number: int) -> dict[str, list[dict[str, Any]]]:
    """So many customers who ordered twice, ten days apart."""
    names = [f"c{n}" for n in range(number)]
    days = ("2026-06-01T10:00:00Z", "2026-06-11T10:00:00Z")
    return {
        "customers": _people(*names),
        "orders": [_order(name, day) for name in names for day in days],
    }


def test_the_average_gap_is_measured_from_enough_buyers(make: EngineMaker) -> None:
    """The store's own rhythm holds from the midnight after enough customers ordered twice."""
    store = asked(make, _twice(FEWEST_REPEAT_BUYERS)).engine
    midnight = datetime(2026, 6, 11, 23, tzinfo=UTC)
    assert store.average_gap(midnight - TICK) == AverageGap(Fraction(60), measured=False)
    assert store.average_gap(midnight) == AverageGap(Fraction(10), measured=True)


def test_too_few_buyers_have_no_rhythm(make: EngineMaker) -> None:
    """With one repeat buyer fewer the gap is assumed."""
    store = asked(make, _twice(FEWEST_REPEAT_BUYERS - 1)).engine
    assert store.average_gap(NOW) == AverageGap(Fraction(60), measured=False)
