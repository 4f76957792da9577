"""Rows as a program has them become canonical tables, or are refused by row and column."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from segmentry.base.errors import DataError
from segmentry.facts.orders import STATES
from segmentry.facts.tables import ORDERS, TABLES
from segmentry.ingest.records import canonical

LONDON = ZoneInfo("Europe/London")
ORDER = {"order_id": "1", "ordered_at": "2024-07-01T12:00:00Z"}
"""The least that an order needs."""


def rows(table: str, *given: dict[str, Any], source: str = "s") -> list[dict[str, Any]]:
    """The canonical rows made of the given ones."""
    made: list[dict[str, Any]] = canonical({table: given}, source, LONDON)[table].to_pylist()
    return made


def order(**values: Any) -> dict[str, Any]:
    """The canonical row of one order."""
    (row,) = rows("orders", ORDER | values)
    return row


def customer(**values: Any) -> dict[str, Any]:
    """The canonical row of one customer."""
    (row,) = rows("customers", {"customer_id": "ann"} | values)
    return row


# -- tables and columns -----------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_no_rows_make_an_empty_table(name: str) -> None:
    """With all its columns and their types."""
    table = canonical({name: []}, "s", LONDON)[name]
    assert table.num_rows == 0
    assert table.schema.equals(TABLES[name].schema)


def test_rows_may_come_from_anything_that_gives_them_one_by_one() -> None:
    """A generator is read once."""
    made = canonical({"customers": ({"customer_id": each} for each in "abc")}, "s", LONDON)
    assert made["customers"].column("customer_id").to_pylist() == ["s:a", "s:b", "s:c"]


def test_unknown_table_is_refused() -> None:
    """The message lists the tables there are."""
    with pytest.raises(DataError, match=r"no table 'order'\. Tables: .*customers.*orders"):
        canonical({"order": []}, "s", LONDON)


def test_unknown_column_is_refused() -> None:
    """The message names the row and lists the columns there are."""
    with pytest.raises(DataError, match=r"orders row 2: .*no column 'price'.*Columns: .*paid"):
        rows("orders", ORDER, ORDER | {"price": 1})


@pytest.mark.parametrize("value", [None, "", "  "])
def test_required_value_that_is_missing_is_refused(value: str | None) -> None:
    """Nothing, an empty text and blanks are all nothing."""
    with pytest.raises(DataError, match=r"customers row 1, customer_id: is required"):
        rows("customers", {"customer_id": value})


def test_required_column_that_is_missing_is_refused() -> None:
    """An order without its moment is none."""
    with pytest.raises(DataError, match=r"orders row 1, ordered_at: is required"):
        rows("orders", {"order_id": "1"})


def test_column_that_is_missing_or_blank_is_empty() -> None:
    """Not a text without letters, which would be a value."""
    assert customer() == customer(name="", note=None, phone="  ")
    assert customer()["name"] is None


# -- defaults ---------------------------------------------------------------------------


def test_order_is_paid_and_placed_unless_it_says_otherwise() -> None:
    """What it says holds."""
    assert (order()["state"], order()["placed"]) == ("PAID", True)
    said = order(state="CANCELLED", placed=False)
    assert (said["state"], said["placed"]) == ("CANCELLED", False)


def test_line_is_one_unit_of_a_product_unless_it_says_otherwise() -> None:
    """What it says holds."""
    line = {"order_id": "1", "line_number": 1}
    first, second = rows("order_lines", line, line | {"kind": "SHIPPING", "quantity": 2})
    assert (first["kind"], first["quantity"]) == ("PRODUCT", 1)
    assert (second["kind"], second["quantity"]) == ("SHIPPING", 2)


def test_address_gives_its_key() -> None:
    """For comparing; a key that is given holds."""
    assert customer(email="Ann@Shop.Test")["email_key"] == "ann@shop.test"
    assert customer(email="Ann@Shop.Test")["email"] == "Ann@Shop.Test"
    assert customer(email="Ann@Shop.Test", email_key="a@b")["email_key"] == "a@b"
    assert customer(email="")["email_key"] is None


# -- ids --------------------------------------------------------------------------------


def test_ids_get_the_sources_name() -> None:
    """Every one in a row, numbers too; other texts do not."""
    (line,) = rows(
        "order_lines",
        {"order_id": 7, "line_number": 1, "product_id": "cup", "variant_id": "red", "sku": "C-R"},
        source="shop",
    )
    assert (line["order_id"], line["product_id"], line["variant_id"], line["sku"]) == (
        "shop:7",
        "shop:cup",
        "shop:red",
        "C-R",
    )


def test_ids_that_are_not_called_ids_get_it_too() -> None:
    """The survivor of a merge, the record that was deleted."""
    (merge,) = rows("customer_merges", {"customer_id": "a", "merged_into": "b"})
    (deletion,) = rows("deletions", {"kind": "order", "record_id": "1"})
    assert (merge["customer_id"], merge["merged_into"]) == ("s:a", "s:b")
    assert (deletion["kind"], deletion["record_id"]) == ("order", "s:1")


def test_id_zero_is_an_id() -> None:
    """Only nothing is nothing."""
    assert customer(customer_id=0)["customer_id"] == "s:0"


# -- money ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("50.00", 500_000),
        ("0.0001", 1),
        ("-3.5", -35_000),
        (50, 500_000),
        (0, 0),
        (Decimal("12.3400000"), 123_400),
        (Decimal("1E+3"), 10_000_000),
        (None, None),
        ("", None),
    ],
)
def test_money_is_exact(given: Any, kept: int | None) -> None:
    """Kept as ten-thousandths; no amount is not an amount of nothing."""
    assert order(paid=given)["paid"] == kept


@pytest.mark.parametrize(
    "given",
    [
        *(1.5, 50.0, float("nan"), True),
        *("1,000.00", "1e5", "£5", "1.23456", "nan", "٣"),
        *(Decimal("1.23456"), Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 14),
    ],
)
def test_money_that_is_not_exact_is_refused(given: Any) -> None:
    """A float never, whatever its value; nothing is rounded or guessed."""
    with pytest.raises(DataError, match=r"orders row 1, paid: "):
        order(paid=given)


def test_refusal_of_a_float_says_what_money_may_be() -> None:
    """So that the program can be mended."""
    with pytest.raises(DataError, match="a text, an integer or a Decimal, never a float"):
        order(paid=1.5)


# -- moments and days -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2024-07-01T12:00:00", datetime(2024, 7, 1, 11)),
        ("2024-01-01T12:00:00", datetime(2024, 1, 1, 12)),
        ("2024-07-01 12:00", datetime(2024, 7, 1, 11)),
        ("2024-07-01", datetime(2024, 6, 30, 23)),
        ("2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12)),
        ("2024-07-01T12:00:00+09:00", datetime(2024, 7, 1, 3)),
        ("2024-07-01T12:00:00.123456Z", datetime(2024, 7, 1, 12, 0, 0, 123456)),
        (datetime(2024, 7, 1, 12), datetime(2024, 7, 1, 11)),
        (datetime(2024, 7, 1, 12, tzinfo=UTC), datetime(2024, 7, 1, 12)),
        (datetime(2024, 7, 1, tzinfo=timezone(timedelta(hours=9))), datetime(2024, 6, 30, 15)),
        (date(2024, 7, 1), datetime(2024, 6, 30, 23)),
    ],
)
def test_moment_without_a_zone_is_on_the_stores_clock(given: Any, kept: datetime) -> None:
    """One with a zone is what it says; a day begins at the store's midnight."""
    assert order(ordered_at=given)["ordered_at"] == kept.replace(tzinfo=UTC)


@pytest.mark.parametrize("given", ["soon", "01/07/2024", "2024-13-01", 1719835200, "1719835200"])
def test_moment_that_is_none_is_refused(given: Any) -> None:
    """Numbers too: seconds or milliseconds, nobody can tell."""
    with pytest.raises(DataError, match=r"orders row 1, ordered_at: "):
        order(ordered_at=given)


@pytest.mark.parametrize("given", ["2000-02-29", date(2000, 2, 29)])
def test_day_is_a_day(given: Any) -> None:
    """As a text or a date."""
    assert customer(birth_date=given)["birth_date"] == date(2000, 2, 29)


@pytest.mark.parametrize("given", ["1999-02-29", "29.02.2000", 20000229, datetime(2000, 2, 29)])
def test_day_that_is_none_is_refused(given: Any) -> None:
    """By row and column."""
    with pytest.raises(DataError, match=r"customers row 1, birth_date: "):
        customer(birth_date=given)


# -- other types ------------------------------------------------------------------------


@pytest.mark.parametrize("given", [30, "30"])
def test_whole_number(given: Any) -> None:
    """As a number or a text."""
    assert customer(age=given)["age"] == 30


@pytest.mark.parametrize("given", [30.0, "30.5", "old", True])
def test_number_that_is_not_whole_is_refused(given: Any) -> None:
    """A float is, even where it happens to be whole."""
    with pytest.raises(DataError, match=r"customers row 1, age: "):
        customer(age=given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(True, True), (False, False), ("true", True), ("False", False), (None, None), ("", None)],
)
def test_truth(given: Any, kept: bool | None) -> None:
    """Unknown is neither."""
    assert customer(internal=given)["internal"] is kept


@pytest.mark.parametrize("given", [1, 0, "yes", "1"])
def test_truth_that_is_neither_is_refused(given: Any) -> None:
    """Nothing is guessed."""
    with pytest.raises(DataError, match=r"customers row 1, internal: .*neither true nor false"):
        customer(internal=given)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_taken(state: str) -> None:
    """As it is written."""
    assert order(state=state)["state"] == state


@pytest.mark.parametrize("given", ["paid", "SHIPPED", 1])
def test_other_states_are_refused(given: Any) -> None:
    """The message lists the states there are."""
    with pytest.raises(DataError, match=r"orders row 1, state: .* is not one of .*PAID"):
        order(state=given)


@pytest.mark.parametrize("given", [1.5, 1])
def test_degrees(given: float) -> None:
    """The one kind of number that may be a float."""
    (row,) = rows("addresses", {"customer_id": "ann", "latitude": given})
    assert row["latitude"] == given


# -- of several the last ----------------------------------------------------------------


def test_later_of_two_with_one_key_wins() -> None:
    """Wholly; the others keep their order."""
    made = rows(
        "orders",
        ORDER | {"paid": 1, "channel": "web"},
        ORDER | {"order_id": "2"},
        ORDER | {"paid": 2},
        ORDER | {"order_id": "3"},
    )
    assert [(row["order_id"], row["paid"], row["channel"]) for row in made] == [
        ("s:2", None, None),
        ("s:1", 20_000, None),
        ("s:3", None, None),
    ]


def test_every_part_of_a_key_counts() -> None:
    """Two metafields of one customer are two."""
    value = {"customer_id": "ann", "namespace": "custom", "type": "boolean", "value": "true"}
    made = rows("attributes", *(value | {"key": key} for key in ("a", "b", "a")))
    assert sorted(row["key"] for row in made) == ["a", "b"]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("customer_tags", {"customer_id": "ann", "tag": "vip"}),
        ("order_lines", {"order_id": "1", "line_number": 1}),
        ("refunds", {"refund_id": "r", "order_id": "1", "amount": 1}),
    ],
)
def test_tables_with_several_rows_a_key_keep_all(table: str, row: dict[str, Any]) -> None:
    """Parts of an owner, and a refund's lines."""
    assert len(rows(table, row, row)) == 2


# -- Arrow tables -----------------------------------------------------------------------


def arrow(**columns: pa.Array) -> pa.Table:
    """A canonical table of one order with some columns in place of its own."""
    table = canonical({"orders": [ORDER]}, "s", LONDON)["orders"]
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    return table


def test_canonical_table_is_taken_as_it_is() -> None:
    """Its ids have their source already."""
    table = arrow()
    assert canonical({"orders": table}, "other", LONDON)["orders"].equals(table)


def test_of_an_arrow_table_too_the_later_wins() -> None:
    """The rule does not depend on how records arrive."""
    both = pa.concat_tables([arrow(paid=pa.array([paid])) for paid in (1, 2)])
    made = canonical({"orders": both}, "s", LONDON)["orders"]
    assert made.column("paid").to_pylist() == [2]


def test_table_with_other_columns_is_refused() -> None:
    """The message lists those it must have."""
    with pytest.raises(DataError, match=r"columns of 'orders' are order_id, customer_id"):
        canonical({"orders": arrow().drop_columns(["paid"])}, "s", LONDON)


@pytest.mark.parametrize("name", [column.name for column in ORDERS.columns if column.required])
def test_table_with_an_empty_required_value_is_refused(name: str) -> None:
    """By table and column."""
    empty = pa.nulls(1, ORDERS.schema.field(name).type)
    with pytest.raises(DataError, match=rf"orders\.{name} is empty.*required"):
        canonical({"orders": arrow(**{name: empty})}, "s", LONDON)


# -- known gaps -------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["north", "51.5 N"])
def test_degrees_that_are_none_are_refused(given: str) -> None:
    """By row and column, as everything else."""
    with pytest.raises(DataError, match=r"addresses row 1, latitude: "):
        rows("addresses", {"customer_id": "ann", "latitude": given})


def test_number_that_is_too_large_is_refused() -> None:
    """By row and column, as everything else."""
    with pytest.raises(DataError, match=r"customers row 1, age: "):
        customer(age=10**30)


def test_moment_before_the_first_day_there_is_is_refused() -> None:
    """Its zone shifts it out of the calendar."""
    with pytest.raises(DataError, match=r"orders row 1, ordered_at: "):
        order(ordered_at="0001-01-01T00:00:00+05:00")


def test_row_that_is_none_is_refused() -> None:
    """By its number."""
    with pytest.raises(DataError, match=r"customers row 1"):
        canonical({"customers": [None]}, "s", LONDON)


@pytest.mark.parametrize(
    "values",
    [pa.array([5.0]), pa.array([5.5]), pa.array(["abc"])],
    ids=["whole float", "float", "text"],
)
def test_arrow_money_that_is_no_integer_is_refused(values: pa.Array) -> None:
    """A float is refused however it arrives: 5.0 would become 0.0005."""
    with pytest.raises(DataError, match="paid"):
        canonical({"orders": arrow(paid=values)}, "s", LONDON)


def test_arrow_state_that_is_none_is_refused() -> None:
    """Such an order would never count, and nobody would be told."""
    with pytest.raises(DataError, match=r"orders\.state row 1: the value is not one of PENDING"):
        canonical({"orders": arrow(state=pa.array(["SHIPPED"]))}, "s", LONDON)
