"""What only the data of a store can tell of a query."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Field, Function
from segmentry.facts.kept import kept
from segmentry.facts.tables import TABLES
from segmentry.query.bind import bind
from segmentry.query.bound import Test as BoundTest
from segmentry.query.lint import lint

VALUES = {
    "customer_tags": {"VIP", "Wholesale"},
    "customer_countries": {"GB"},
    "tag": {"Outdoor"},
    "id": {"shop:1", "shop:2"},
}


@dataclass(frozen=True)
class Told:
    """A store in which so many customers fit any condition, and which has these values."""

    customers: int = 1_204

    def count(self, test: BoundTest) -> int:
        """How many customers fit."""
        return self.customers

    def carried(self, function: Function | None, field: Field) -> frozenset[str] | None:
        """The values of a field."""
        return frozenset(VALUES[field.name]) if field.name in VALUES else None


def _told(text: str, code: str, store: Told | None = None) -> list[str]:
    return [p.message for p in lint(bind(text), store or Told()) if p.code == code]


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        ("last_order_date < -90d", "left out"),
        ("last_order_date <= -90d", "left out"),
        ("customer_age < 30", "left out"),
        ("NOT last_order_date >= -90d", "included"),
        ("NOT last_order_date < -90d", "included"),
        ("last_order_date != today", "included"),
        ("customer_language NOT IN ('en')", "included"),
        ("customer_tags NOT CONTAINS 'VIP'", "included"),
        ("NOT anniversary('customer_birth_date') = today", "included"),
        ("amount_spent > 5 AND last_order_date < -90d", "left out"),
        ("amount_spent > 5 OR NOT (amount_spent > 3 AND last_order_date > -90d)", "included"),
    ],
)
def test_people_without_a_value(text: str, fate: str) -> None:
    """Those whom a condition takes in or leaves out on the quiet are counted."""
    (message,) = _told(text, "without_value")
    assert "1,204 customers have no " in message
    assert f"are {fate}" in message


@pytest.mark.parametrize(
    "text",
    [
        "last_order_date > -90d",
        "last_order_date = today",
        "number_of_orders < 3",  # never missing
        "email_subscription_status != 'SUBSCRIBED'",
        "last_order_date < -90d OR last_order_date IS NULL",
        "last_order_date < -90d AND last_order_date IS NOT NULL",
        "customer_age >= 18 AND customer_age != 30",
        "customer_age >= 18 AND (customer_age != 30 OR amount_spent > 5)",
        "segments NOT CONTAINS 'VIP'",
    ],
)
def test_nothing_is_counted_where_all_is_clear(text: str) -> None:
    """Where everybody has a value, or the query says itself what becomes of the others."""
    assert _told(text, "without_value") == []


def test_one_and_none() -> None:
    """One customer is told of as one, and nobody not at all."""
    text = "last_order_date < -90d"
    assert _told(text, "without_value", Told(1)) == [
        "`last_order_date < -90d`: 1 customer has no last order and is left out. "
        "To change that, add OR last_order_date IS NULL."
    ]
    assert _told(text, "without_value", Told(0)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("orders_placed MATCHES (count < 3)", "no order at all and are included"),
        ("orders_placed MATCHES (amount > 5, count <= 3)", "no such order at all"),
        ("orders_placed MATCHES (sum_amount < 50)", "no order at all and are included"),
        ("orders_placed NOT MATCHES (count >= 3)", "no order at all and are included"),
        ("NOT orders_placed MATCHES (count >= 3)", "no order at all and are included"),
        ("orders_placed MATCHES (count BETWEEN 0 AND 2)", "no order at all and are included"),
    ],
)
def test_people_without_records(text: str, told: str) -> None:
    """At most so many is also none at all."""
    (message,) = _told(text, "without_records")
    assert f"1,204 customers have {told}" in message


@pytest.mark.parametrize(
    "text",
    [
        "orders_placed MATCHES (count = 0)",
        "orders_placed MATCHES (count < 1)",
        "orders_placed NOT MATCHES (count > 0)",
        "orders_placed MATCHES (count BETWEEN 1 AND 2)",
        "orders_placed MATCHES (count >= 3)",
        "orders_placed MATCHES (count >= 0)",
        "orders_placed NOT MATCHES ()",
        "orders_placed MATCHES (average_amount < 5)",
    ],
)
def test_none_alone_is_meant(text: str) -> None:
    """Nothing is said where nobody without records fits, or nobody else."""
    assert _told(text, "without_records") == []


@pytest.mark.parametrize(
    ("text", "place", "close"),
    [
        ("customer_tags CONTAINS 'vpi'", "'vpi'", "'VIP'"),
        ("customer_tags NOT CONTAINS 'wholesael'", "'wholesael'", "'Wholesale'"),
        ("customer_tags CONTAINS ANY ('vip', 'xyzzy')", "'xyzzy'", None),
        ("customer_countries CONTAINS 'DE'", "'DE'", None),
        ("products_purchased MATCHES (tag = 'outdor')", "'outdor'", "'Outdoor'"),
        ("products_purchased MATCHES (id = 3)", "3", None),
        ("products_purchased MATCHES (id IN (1, 'shop:3'))", "'shop:3'", "'shop:2'"),
    ],
)
def test_values_that_nothing_carries(text: str, place: str, close: str | None) -> None:
    """Each unknown value with its place, and the one that is spelt most alike."""
    (found,) = [p for p in lint(bind(text), Told()) if p.code == "unknown_to_store"]
    assert text[found.start : found.end] == place
    assert found.severity == "warning"
    if close is None or place != "'shop:3'":
        assert found.suggestion == close


@pytest.mark.parametrize(
    "text",
    [
        "customer_tags CONTAINS 'vip'",
        "products_purchased MATCHES (id IN (1, 'shop:2'), tag = 'OUTDOOR')",
        "customer_language STARTS WITH 'xx'",
        "customer_name = 'nobody'",  # not looked up
    ],
)
def test_known_values(text: str) -> None:
    """Nothing is said of what is there, in any case, or is not looked up."""
    assert _told(text, "unknown_to_store") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("products_purchased MATCHES (id NOT IN (1))", True),
        ("products_purchased MATCHES (tag != 'a', date >= -30d)", True),
        ("NOT products_purchased NOT MATCHES (id != 1)", True),
        ("products_purchased NOT MATCHES (id NOT IN (1))", False),
        ("products_purchased MATCHES (id IN (1))", False),
        ("orders_placed MATCHES (status != 'CANCELLED')", False),
    ],
)
def test_another_is_not_never(text: str, told: bool) -> None:
    """A denied id asks for another record; those who never had one are asked for otherwise."""
    assert bool(_told(text, "other_records")) == told


@pytest.mark.parametrize(
    ("denied", "meant"), [("id NOT IN (1, 'a')", "id IN (1, 'a')"), ("tag != 'a'", "tag = 'a'")]
)
def test_never_is_written_out(denied: str, meant: str) -> None:
    """What those write who mean "never" is told, and runs."""
    (note,) = lint(bind(f"products_purchased MATCHES ({denied}, date >= -30d)"))
    assert (note.code, note.severity) == ("other_records", "note")
    assert note.suggestion == f"products_purchased NOT MATCHES ({meant})"
    assert lint(bind(note.suggestion)) == ()


def test_values_are_kept_where_they_are_looked_up() -> None:
    """Every place is a column of a table, of something that can be asked about."""
    places = [place for each in ATTRIBUTES.values() for place in kept(None, each)]
    for function in FUNCTIONS.values():
        places += [place for each in function.parameters for place in kept(function, each)]
    assert len(places) > 30
    for place in places:
        columns = {column.name for column in TABLES[place.table].columns}
        assert {place.column, place.also or place.column} <= columns
