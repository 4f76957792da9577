"""Records and segments that cannot be kept are refused by name, and nothing of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import segmentry as sg
from segmentry.facts.tables import TABLES


@pytest.fixture
def workspace() -> Iterator[sg.Workspace]:
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as made:
        yield made


@pytest.mark.parametrize("paid", ["sNaN", "NaN", "Infinity", "1e5000000", "1e-5000000", "1E14"])
def test_money_that_is_none(workspace: sg.Workspace, paid: str) -> None:
    """MON-03: a decimal that is no amount is refused with table, row and column."""
    order = {"order_id": 1, "ordered_at": "2026-01-01", "paid": Decimal(paid)}
    with pytest.raises(sg.DataError, match="orders row 1, paid: an amount has"):
        workspace.load({"orders": [order]}, source="shop")
    assert set(workspace.row_counts().values()) == {0}


@pytest.mark.parametrize("source", ["a:b", "", " shop", "shop/1"])
def test_source_that_would_break_ids(workspace: sg.Workspace, source: str) -> None:
    """Ids are taken apart at the colon, so a source has none."""
    with pytest.raises(sg.DataError, match="no name of a source"):
        workspace.load({"customers": [{"customer_id": "ann"}]}, source=source)


def test_segment_that_says_nothing(workspace: sg.Workspace) -> None:
    """A query that cannot be understood is not saved."""
    with pytest.raises(sg.QueryError):
        workspace.segments.add("X", "nonsense !!")
    assert not list(workspace.segments)


ORDER = {"order_id": 1, "ordered_at": "2026-01-01"}
CUSTOMER = {"customer_id": "ann"}
FAR_EAST = timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("orders", None, "orders row 2: a row is a dictionary of columns, this is NoneType"),
        ("orders", [1, "2026-01-01"], "orders row 2: a row is a dictionary"),
        ("orders", {**ORDER, "colour": 1}, "orders row 2: there is no column 'colour'"),
        ("orders", dict([*ORDER.items(), (5, 1)]), "orders row 2: there is no column '5'"),
        ("orders", {"order_id": 1}, "orders row 2, ordered_at: is required"),
        # Money: a text or a whole number, exact; MON-03.
        *(
            ("orders", {**ORDER, "paid": paid}, "orders row 2, paid: ")
            for paid in (
                *(49.9, float("nan"), True, b"5", [5], "NaN", "sNaN", "Infinity", "1e400"),
                *(
                    "1e5000000",
                    "1_000",
                    "\uff11\uff12",
                    " 12 ",
                    "1,000.00",
                    "0x10",
                    "+1",
                    "1.",
                    ".5",
                ),
                *("1.23456", "123456789012345", 10**14, 10**4000, Decimal("1e14")),
            )
        ),
        # Whole numbers: within 64 bits.
        *(
            ("customers", {**CUSTOMER, "age": age}, "customers row 2, age: ")
            for age in (
                2**63,
                -(2**63) - 1,
                "9223372036854775808",
                10**4000,
                3.0,
                "3.5",
                "1_0",
                True,
            )
        ),
        # Times: of the calendar, in a form that is one, where every zone has them.
        *(
            ("orders", {**ORDER, "ordered_at": at}, "orders row 2, ordered_at: ")
            for at in (
                *(
                    "0001-01-01T00:00:00+14:00",
                    "9999-12-31T23:59:59-12:00",
                    "0000-01-01",
                    "10000-01-01",
                ),
                *("2026-02-30", "20260101", "2026-W01-1", "yesterday", "2026-01-01T24:30:00"),
                *("1899-12-31", "2200-01-01", 20260101, 1.7e9, datetime.min, datetime.max),
                *(datetime(1, 1, 1, tzinfo=FAR_EAST), datetime.max.replace(tzinfo=UTC), date.min),
            )
        ),
        *(
            ("customers", {**CUSTOMER, "birth_date": day}, "customers row 2, birth_date: ")
            for day in ("1990-1-1", "19900101", "1990-13-01", datetime(1990, 1, 1), 1990, date.max)
        ),
        # Degrees: numbers on the globe, as text too.
        *(
            ("addresses", {**CUSTOMER, "latitude": at}, "addresses row 2, latitude: ")
            for at in ("north", "51,5", 90.1, "-91", float("nan"), float("inf"), True, [51.5])
        ),
        ("addresses", {**CUSTOMER, "longitude": 180.5}, "addresses row 2, longitude: degrees lie"),
        # Words, texts and keys.
        ("orders", {**ORDER, "state": "SHIPPED"}, "orders row 2, state: 'SHIPPED' is not one of"),
        ("orders", {**ORDER, "state": ["PAID"]}, "orders row 2, state: "),
        ("orders", {**ORDER, "placed": "maybe"}, "orders row 2, placed: "),
        ("orders", {**ORDER, "placed": 1}, "orders row 2, placed: "),
        ("orders", {**ORDER, "order_id": 1.5}, "orders row 2, order_id: a text is needed"),
        ("orders", {**ORDER, "customer_id": float("nan")}, "orders row 2, customer_id: a text"),
        ("orders", {**ORDER, "channel": {}}, "orders row 2, channel: a text is needed"),
        ("orders", {**ORDER, "channel": "\ud800"}, "orders row 2, channel: this text holds half"),
        ("orders", {**ORDER, "email_key": "a b@c"}, "orders row 2, email_key: this is no e-mail"),
    ],
    ids=lambda each: str(each)[:60].encode("ascii", "replace").decode(),
)
def test_a_row_that_cannot_be_kept(
    workspace: sg.Workspace, table: str, row: Any, said: str
) -> None:
    """A value that its column cannot hold is refused with table, row and column, and so is
    everything that came with it."""
    good = ORDER if table == "orders" else CUSTOMER
    with pytest.raises(sg.DataError) as caught:
        workspace.load({"products": [{"product_id": 1}], table: [good, row]}, source="shop")
    assert str(caught.value).startswith(said)
    assert set(workspace.row_counts().values()) == {0}
    assert not workspace.imports()


@pytest.mark.parametrize("rows", [None, 5, "order_id", {"order_id": 1}, b"x"])
def test_rows_that_are_none(workspace: sg.Workspace, rows: Any) -> None:
    """What is no list of rows is refused with what is one."""
    with pytest.raises(sg.DataError, match="orders: rows are a list"):
        workspace.load({"orders": rows}, source="shop")
    with pytest.raises(sg.DataError, match="Records are a dictionary"):
        workspace.load([rows], source="shop")  # type: ignore[arg-type]


def test_what_a_row_may_hold(workspace: sg.Workspace) -> None:
    """Numbers as text, days as dates and moments in any zone are kept exactly."""
    workspace.load(
        {
            "customers": [CUSTOMER | {"age": "41", "birth_date": date(1985, 1, 31)}],
            "addresses": [CUSTOMER | {"latitude": "51.5", "longitude": -180}],
            "orders": [ORDER | {"ordered_at": "2026-01-01 01:30+02:00", "paid": "-0.5"}],
            "credits": [{"credit_id": 1, "customer_id": "ann", "balance": 99_999_999_999_999}],
        },
        source="shop",
    )
    (address,) = workspace.facts("addresses").to_pylist()
    (order,) = workspace.facts("orders").to_pylist()
    (credit,) = workspace.facts("credits").to_pylist()
    assert (address["latitude"], address["longitude"]) == (51.5, -180.0)
    assert order["ordered_at"] == datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    assert (order["paid"], credit["balance"]) == (-5_000, 999_999_999_999_990_000)
    assert workspace.query("customer_age = 41 AND customer_birth_date = 1985-01-31").count == 1


# -- Arrow tables -----------------------------------------------------------------------


def orders(**columns: pa.Array) -> pa.Table:
    """Two good orders as a canonical table, but for some columns."""
    rows = [
        {"order_id": f"shop:{n}", "ordered_at": datetime(2026, 1, n, tzinfo=UTC), "state": "PAID"}
        for n in (1, 2)
    ]
    good = pa.Table.from_pylist(
        [row | {"placed": True} for row in rows], schema=TABLES["orders"].schema
    )
    for name, column in columns.items():
        good = good.set_column(good.column_names.index(name), name, column)
    return good


def test_the_arrow_table_is_good(workspace: sg.Workspace) -> None:
    """What the cases below spoil is taken, in other widths of its types as well."""
    workspace.load({"orders": orders(paid=pa.array([1, None], pa.int32()))}, source="shop")
    states = pa.array(["PAID", "VOIDED"]).dictionary_encode()
    times = pa.array([datetime(2026, 1, 1), None], pa.timestamp("ns", "Asia/Tokyo"))
    workspace.load({"orders": orders(state=states, cancelled_at=times)}, source="shop")
    workspace.load({"orders": orders(channel=pa.nulls(2))}, source="shop")
    assert workspace.row_counts()["orders"] == 2


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"paid": pa.array(["49", "50"])}, "orders.paid is string; it has to be int64, ten-thous"),
        ({"paid": pa.array([49.0, 50.0])}, "orders.paid is double"),
        ({"paid": pa.array([Decimal("49.9")] * 2)}, "orders.paid is decimal"),
        ({"paid": pa.array([1, 10**18])}, "orders.paid row 2: the value has more than 14 digits"),
        ({"paid": pa.array([1, 2**63], pa.uint64())}, "orders.paid cannot be read as int64"),
        ({"placed": pa.array([1, 0])}, "orders.placed is int64; it has to be bool"),
        ({"state": pa.array(["PAID", "SHIPPED"])}, "orders.state row 2: the value is not one of"),
        ({"state": pa.array(["PAID", None])}, "orders.state is empty in some rows"),
        ({"state": pa.nulls(2)}, "orders.state is empty in some rows"),
        ({"order_id": pa.array(["shop:1", "2"])}, "orders.order_id row 2: the value is not an id"),
        ({"order_id": pa.array([1, 2])}, "orders.order_id is int64; it has to be string"),
        ({"app_id": pa.array([None, "x"])}, "orders.app_id row 2: the value is not an id"),
        ({"ordered_at": pa.array(["2026-01-01"] * 2)}, "orders.ordered_at is string"),
        (
            {"ordered_at": pa.array([datetime(2026, 1, 1)] * 2)},
            r"orders.ordered_at is timestamp\[us\]; it has to be timestamp\[us, tz=UTC\]",
        ),
        (
            {"refunded_at": pa.array([0, -(2**62)], pa.timestamp("us", "UTC"))},
            "orders.refunded_at row 2: the value does not lie between 1900-01-01 and 2199-12-31",
        ),
        (
            {"refunded_at": pa.array([0, 2**62], pa.timestamp("s", "UTC"))},
            "orders.refunded_at cannot be read",
        ),
        (
            {"channel": pa.Array.from_buffers(pa.string(), 2, pa.array([b"a", b"\xff"]).buffers())},
            "orders.channel cannot be read as string",
        ),
    ],
    ids=lambda each: str(each)[:50] if isinstance(each, str) else next(iter(each)),
)
def test_an_arrow_table_that_cannot_be_kept(
    workspace: sg.Workspace, column: dict[str, pa.Array], said: str
) -> None:
    """An Arrow table is held to the same: types, words, ids and bounds, and nothing of it
    or of what came with it is taken."""
    with pytest.raises(sg.DataError, match=f"^{said}"):
        workspace.load({"customers": [CUSTOMER], "orders": orders(**column)}, source="shop")
    assert set(workspace.row_counts().values()) == {0}


def test_degrees_and_days_of_arrow_tables(workspace: sg.Workspace) -> None:
    """What is on no globe and in no calendar of a query is refused there too."""
    schema = TABLES["addresses"].schema
    row = {"customer_id": "shop:ann", "latitude": float("nan")}
    with pytest.raises(sg.DataError, match=r"addresses.latitude row 1: .* between -90 and 90"):
        workspace.load({"addresses": pa.Table.from_pylist([row], schema=schema)}, source="shop")
    schema = TABLES["customers"].schema
    person = {"customer_id": "shop:ann", "birth_date": date(1, 1, 1)}
    with pytest.raises(sg.DataError, match=r"customers.birth_date row 1: .* between 1900-01-01"):
        workspace.load({"customers": pa.Table.from_pylist([person], schema=schema)}, source="shop")
