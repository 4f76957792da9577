"""The sample store: what its lines become, rule by rule, and that nothing gets lost."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from segmentry.base.errors import DataError
from segmentry.facts.tables import TABLES
from segmentry.ingest.connectors.online_retail import (
    RAW_SCHEMA,
    ImportReport,
    Mapped,
    ReportRow,
    map_lines,
    read,
)
from segmentry.ingest.connectors.online_retail.countries import NO_COUNTRY, country_code

if TYPE_CHECKING:
    from pathlib import Path

    Row = dict[str, Any]

POUND = 10_000


def line(
    invoice: str = "1",
    code: str = "20001",
    quantity: int = 1,
    price: str = "2.00",
    at: str = "2010-01-05 10:00",
    customer: int | None = 7,
    **others: Any,
) -> Row:
    """One raw line; what a test does not name is ordinary."""
    return {
        "sheet": 1,
        "Invoice": invoice,
        "StockCode": code,
        "Description": "MUG",
        "Quantity": quantity,
        "InvoiceDate": datetime.fromisoformat(at),
        "Price": Decimal(price),
        "Customer ID": customer,
        "Country": "United Kingdom",
    } | others


def back(code: str = "20001", units: int = 1, at: str = "2010-02-01 10:00", **others: Any) -> Row:
    """One line of a cancellation."""
    return line(others.pop("invoice", "C9"), code, -units, at=at, **others)


def mapped(*lines: Row) -> Mapped:
    return map_lines(pa.Table.from_pylist(list(lines), RAW_SCHEMA))


def rows(store: Mapped, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """The table's rows as tuples of the named columns, ids without the source."""
    found = store.tables[table].select(columns).to_pylist()
    return [tuple(_bare(row[column]) for column in columns) for row in found]


def _bare(value: object) -> object:
    return value.removeprefix("online_retail:") if isinstance(value, str) else value


def numbers(found: tuple[ReportRow, ...]) -> dict[str, tuple[int, int, int]]:
    return {row.what: (row.lines, row.invoices, row.money) for row in found}


# Orders


def test_an_invoice_is_a_paid_order() -> None:
    """Its total is the sum of its lines, its moment that of its earliest line, in UTC."""
    store = mapped(
        line("1", "20001", 3, "1.25", at="2010-07-01 10:02"),
        line("1", "20002", 1, "0.001", at="2010-07-01 10:00"),
    )
    total = 37_510
    assert store.tables["orders"].to_pylist() == [
        dict.fromkeys(TABLES["orders"].schema.names)
        | {
            "order_id": "online_retail:1",
            "customer_id": "online_retail:7",
            "ordered_at": datetime(2010, 7, 1, 9, 0, tzinfo=UTC),
            "state": "PAID",
            "placed": True,
            "paid": total,
            "total": total,
            "shipping": 0,
            "discount": 0,
            "currency": "GBP",
            "shipping_country": "GB",
        }
    ]


def test_lines_are_numbered_in_the_order_of_the_file() -> None:
    """Numbers start at 1 in each order, also where lines of two invoices alternate,
    and a line left out takes none."""
    store = mapped(
        line("2", "B"), line("2", "20001"), line("1", "20003"), line("2", "20002", 2, "0.50")
    )
    assert rows(store, "order_lines", "order_id", "line_number", "sku", "quantity", "amount") == [
        ("2", 1, "20001", 1, 2 * POUND),
        ("1", 1, "20003", 1, 2 * POUND),
        ("2", 2, "20002", 2, 1 * POUND),
    ]


def test_an_invoice_in_both_sheets_is_taken_once() -> None:
    """The copy of the second sheet is left out; lines repeated inside a sheet stay."""
    copies = [line("1", sheet=sheet) for sheet in (1, 1, 2, 2)]
    store = mapped(*copies, line("2", sheet=2))
    assert rows(store, "orders", "order_id", "paid") == [("1", 4 * POUND), ("2", 2 * POUND)]
    assert numbers(store.report.left_out) == {"invoices in both sheets": (2, 1, 4 * POUND)}
    assert (store.report.lines_read, store.report.lines_kept) == (5, 3)


@pytest.mark.parametrize(
    ("code", "kind", "product"),
    [
        (" 85123a ", "PRODUCT", "85123A"),
        ("m", "PRODUCT", "M"),
        ("gift_0001_30", "GIFT_CARD", "GIFT_0001_30"),
        ("POST", "SHIPPING", None),
        ("DOT", "SHIPPING", None),
        ("C2", "SHIPPING", None),
        ("D", "DISCOUNT", None),
    ],
)
def test_the_stock_code_says_what_a_line_is(code: str, kind: str, product: str | None) -> None:
    """Codes are compared without blanks and case; only goods and gift cards are products."""
    store = mapped(line(code=code))
    assert rows(store, "order_lines", "kind", "product_id", "sku") == [
        (kind, product, code.strip().upper())
    ]
    assert rows(store, "products", "product_id") == ([(product,)] if product else [])


def test_shipping_and_discounts_are_part_of_the_total() -> None:
    """Both enter it with the sign they are written with."""
    store = mapped(line(), line(code="POST", price="18.00"), line(code="D", price="0.75"))
    assert rows(store, "orders", "paid", "shipping", "discount") == [(207_500, 180_000, -7_500)]


def test_free_lines_are_kept() -> None:
    """A price of 0 is a sale of 0."""
    assert rows(mapped(line(price="0")), "orders", "paid") == [(0,)]


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (line("2", price="-3"), "negative prices"),
        (line("2", "b"), "bad debt"),
        (line("2", "S"), "samples"),
        (line("2", "CRUK"), "charity commission"),
        (line("2", "AMAZONFEE"), "Amazon fees"),
        (line("2", "BANK CHARGES"), "bank charges"),
        (line("2", "ADJUST2"), "adjustments"),
        (line("2", "TEST001"), "test products"),
        (line("C2", "M"), "cancellations without returned units"),
        (line("2", quantity=-4, price="0"), "stock written off"),
    ],
)
def test_what_is_no_sale_is_left_out(found: Row, what: str) -> None:
    """It makes no order, no refund and no product, and the report tells its sum."""
    store = mapped(line("1", "20002"), found)
    money = int(found["Quantity"] * found["Price"] * POUND)
    assert numbers(store.report.left_out) == {what: (1, 1, money)}
    assert rows(store, "orders", "order_id") == [("1",)]
    assert rows(store, "products", "product_id") == [("20002",)]
    assert store.tables["refunds"].num_rows == 0


def test_orders_without_a_customer_belong_to_nobody() -> None:
    """They are kept and reported."""
    store = mapped(line(customer=None))
    assert rows(store, "orders", "order_id", "customer_id") == [("1", None)]
    assert numbers(store.report.noted) == {"orders without a customer": (1, 1, 2 * POUND)}


# Refunds


def refunds(store: Mapped) -> list[tuple[Any, ...]]:
    return rows(store, "refunds", "order_id", "line_number", "quantity", "amount")


def test_a_refund_tells_its_line() -> None:
    """It has the cancellation's number and moment, the order's line, a positive amount.
    20001A fits 20001a."""
    store = mapped(line(code="20001a", quantity=5), back(code="20001A", units=2))
    assert store.tables["refunds"].to_pylist() == [
        {
            "refund_id": "online_retail:C9",
            "order_id": "online_retail:1",
            "customer_id": "online_retail:7",
            "refunded_at": datetime(2010, 2, 1, 10, 0, tzinfo=UTC),
            "line_number": 1,
            "product_id": "online_retail:20001A",
            "quantity": 2,
            "amount": 4 * POUND,
        }
    ]
    assert rows(store, "orders", "state", "refunded_at", "paid") == [
        ("PARTIALLY_REFUNDED", None, 10 * POUND)
    ]


def test_units_come_from_the_latest_earlier_order() -> None:
    """A later order, and one of the same moment, cannot be what came back."""
    store = mapped(
        line("1", at="2010-01-01 10:00"),
        line("2", at="2010-01-31 10:00"),
        line("3", at="2010-02-01 10:00"),
        line("4", at="2010-02-01 10:01"),
        back(at="2010-02-01 10:00"),
    )
    assert refunds(store) == [("2", 1, 1, 2 * POUND)]


def test_of_one_moment_the_line_further_down_is_the_latest() -> None:
    """Orders of one minute follow each other in the file."""
    store = mapped(line("1"), line("2"), line("2"), back(units=2))
    assert refunds(store) == [("2", 2, 1, 2 * POUND), ("2", 1, 1, 2 * POUND)]


def test_the_same_price_comes_before_the_latest_order() -> None:
    """Only when no units at that price are left do other prices count; the money given
    back is the refund's own."""
    store = mapped(
        line("1", at="2010-01-01 10:00", price="2.00"),
        line("2", at="2010-01-02 10:00", price="3.00", quantity=9),
        back(units=3),
    )
    assert refunds(store) == [("1", 1, 1, 2 * POUND), ("2", 1, 2, 4 * POUND)]


def test_units_come_back_once() -> None:
    """What an earlier refund used up is not there for the next; the rest fits no order."""
    store = mapped(
        line(quantity=3),
        back(units=2, invoice="C8", at="2010-02-02 10:00"),
        back(units=2, invoice="C9", at="2010-02-01 10:00"),
    )
    assert rows(store, "refunds", "refund_id", "order_id", "line_number", "quantity") == [
        ("C9", "1", 1, 2),
        ("C8", "1", 1, 1),
        ("C8", None, None, 1),
    ]
    assert numbers(store.report.noted) == {"refunds that fit no order": (1, 1, -2 * POUND)}


def test_refunds_of_one_moment_go_by_invoice_then_file() -> None:
    """The order of claims is written down, so that every run gives the same refunds."""
    store = mapped(
        line(quantity=2),
        back(invoice="C9", price="1.00"),
        back(invoice="C8", price="4.00"),
        back(invoice="C8", price="5.00"),
    )
    assert rows(store, "refunds", "refund_id", "order_id", "amount") == [
        ("C8", "1", 4 * POUND),
        ("C8", "1", 5 * POUND),
        ("C9", None, 1 * POUND),
    ]


@pytest.mark.parametrize(
    ("refund", "what"),
    [
        (back(code="20009"), "refunds that fit no order"),
        (back(customer=8), "refunds that fit no order"),
        (back(customer=None), "refunds without a customer"),
    ],
)
def test_a_refund_that_fits_no_order_lowers_none(refund: Row, what: str) -> None:
    """Its row names no order. A line without a customer fits none, not even an order
    that belongs to nobody."""
    store = mapped(line("1"), line("2", customer=None), refund)
    assert refunds(store) == [(None, None, 1, 2 * POUND)]
    assert rows(store, "orders", "state") == [("PAID",), ("PAID",)]
    assert numbers(store.report.noted)[what] == (1, 1, -2 * POUND)


def test_an_order_is_refunded_when_all_its_units_are_back() -> None:
    """At the moment of the last refund; shipping must have come back too."""
    order = [line(quantity=2), line(code="POST", price="5.00")]
    goods = [back(invoice="C8"), back(invoice="C9", at="2010-02-02 10:00")]
    shipping = back(code="POST", price="5.00", at="2010-02-02 10:05")
    assert rows(mapped(*order, *goods), "orders", "state", "refunded_at") == [
        ("PARTIALLY_REFUNDED", None)
    ]
    assert rows(mapped(*order, *goods, shipping), "orders", "state", "refunded_at") == [
        ("REFUNDED", datetime(2010, 2, 2, 10, 5, tzinfo=UTC))
    ]


# Customers, addresses, products


def test_customers_are_known_from_their_first_line() -> None:
    """Any line counts: here a cancellation and one that is left out."""
    store = mapped(
        line(customer=7, at="2010-01-05 10:00"),
        back(customer=7, at="2010-01-03 10:00"),
        line("2", "TEST001", customer=8, at="2010-01-01 10:00"),
        line("3", customer=None),
    )
    assert rows(store, "customers", "customer_id", "created_at") == [
        ("7", datetime(2010, 1, 3, 10, 0, tzinfo=UTC)),
        ("8", datetime(2010, 1, 1, 10, 0, tzinfo=UTC)),
    ]


def test_a_customer_has_an_address_in_every_country() -> None:
    """The last one is the default. A name that is no country gives no address."""
    store = mapped(
        line("1", Country="EIRE", at="2010-01-02 10:00"),
        line("2", Country="RSA", at="2010-01-01 10:00"),
        line("3", Country="RSA", at="2010-01-01 10:00"),
        line("4", Country="Channel Islands", customer=8),
    )
    assert rows(store, "addresses", "customer_id", "country", "is_default") == [
        ("7", "IE", True),
        ("7", "ZA", False),
    ]
    assert rows(store, "orders", "shipping_country") == [("IE",), ("ZA",), ("ZA",), (None,)]


def test_a_product_has_its_last_title() -> None:
    """The latest description that is not empty, without blanks around it; a line keeps
    the one it was sold under."""
    store = mapped(
        line("1", Description=" OLD MUG", at="2010-01-01 10:00"),
        line("3", Description=" ", at="2010-01-03 10:00"),
        line("2", Description="NEW MUG ", at="2010-01-02 10:00"),
        line("4", Description=None, at="2010-01-04 10:00"),
        line("5", "20002", Description=None),
    )
    assert rows(store, "products", "product_id", "title") == [
        ("20001", "NEW MUG"),
        ("20002", None),
    ]
    assert rows(store, "order_lines", "title")[:3] == [("OLD MUG",), (None,), ("NEW MUG",)]


def test_no_lines_make_an_empty_store() -> None:
    """Every table is there, without rows."""
    store = mapped()
    assert {name: table.num_rows for name, table in store.tables.items()} == dict.fromkeys(
        ("customers", "addresses", "orders", "order_lines", "products", "refunds"), 0
    )
    assert store.report == ImportReport(0, 0, (), ())


# The file that ships


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error says which file and what to do."""
    with pytest.raises(DataError, match=r"store\.parquet cannot be read .* reinstall segmentry"):
        read(tmp_path / "store.parquet")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """Even if only one byte is different from what was shipped."""
    file = tmp_path / "store.parquet"
    file.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"store\.parquet is damaged: expected SHA-256 2e98"):
        read(file)


@pytest.fixture(scope="session")
def raw() -> pa.Table:
    return read()


@pytest.fixture(scope="session")
def store(raw: pa.Table) -> Mapped:
    return map_lines(raw)


def total(values: pa.ChunkedArray) -> int:
    found = pc.sum(values).as_py()
    return int(found)


def raw_money(raw: pa.Table) -> int:
    """Quantity times price over all lines, in ten-thousandths, by decimal arithmetic."""
    amounts = pc.multiply(raw["Price"], raw["Quantity"].cast(pa.decimal128(10, 0)))
    return int(pc.sum(amounts).as_py() * POUND)


def test_the_file_holds_what_was_published(raw: pa.Table) -> None:
    """Counts and totals of the publisher's two sheets."""
    sheets = {row["values"]: row["counts"] for row in raw["sheet"].value_counts().to_pylist()}
    assert sheets == {1: 525_461, 2: 541_910}
    assert raw.num_rows == 1_067_371
    assert total(raw["Quantity"]) == 10_608_492
    assert raw_money(raw) == 192_872_505_680
    assert raw["Country"][-1].as_py() == "France"


def test_every_country_name_is_known(raw: pa.Table) -> None:
    """A name is a country or known to be none; nothing is passed over silently."""
    names = set(raw["Country"].unique().to_pylist())
    assert {name for name in names if country_code(name) is None} == NO_COUNTRY


def test_tables_have_the_canonical_columns(store: Mapped) -> None:
    """So that storage can take them as they are."""
    for name, table in store.tables.items():
        assert table.schema == TABLES[name].schema
        for field in table.schema:
            assert field.nullable or table[field.name].null_count == 0


def test_every_line_is_kept_or_reported(raw: pa.Table, store: Mapped) -> None:
    """Lines kept and left out add up to the file; kept ones are order lines or refunds."""
    report = store.report
    assert report.lines_read == raw.num_rows
    assert report.lines_kept + sum(row.lines for row in report.left_out) == raw.num_rows
    refund_lines = report.lines_kept - store.tables["order_lines"].num_rows
    assert refund_lines == 18_915
    assert store.tables["refunds"].num_rows >= refund_lines


def test_money_is_conserved(raw: pa.Table, store: Mapped) -> None:
    """Orders less refunds, with and without an order, and what was left out make exactly
    the file's total."""
    orders, refunds = store.tables["orders"], store.tables["refunds"]
    left_out = sum(row.money for row in store.report.left_out)
    kept = total(orders["paid"]) - total(refunds["amount"])
    assert kept + left_out == raw_money(raw)
    assert total(orders["paid"]) == total(store.tables["order_lines"]["amount"])


def test_the_store_as_a_whole(store: Mapped) -> None:
    """The numbers that the rules above give on the full file."""
    assert {name: table.num_rows for name, table in store.tables.items()} == {
        "customers": 5_942,
        "addresses": 5_932,
        "orders": 41_846,
        "order_lines": 1_022_192,
        "products": 4_812,
        "refunds": 19_414,
    }
    left_out = numbers(store.report.left_out)
    assert left_out["invoices in both sheets"][:2] == (22_523, 1_088)
    assert left_out["cancellations without returned units"][:2] == (1, 1)
    assert left_out["stock written off"] == (3_393, 3_393, 0)
    assert numbers(store.report.noted) == {
        "orders without a customer": (231_155, 4_948, 30_650_953_800),
        "refunds without a customer": (524, 267, -932_253_100),
        "refunds that fit no order": (2_253, 1_368, -2_955_893_300),
    }
    states = store.tables["orders"]["state"].value_counts().to_pylist()
    assert {row["values"]: row["counts"] for row in states} == {
        "PAID": 34_671,
        "PARTIALLY_REFUNDED": 6_818,
        "REFUNDED": 357,
    }
