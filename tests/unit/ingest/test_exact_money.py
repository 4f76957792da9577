"""Money through the front door: exact whatever the number of orders and the order they come in."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pyarrow as pa
import pytest

import segmentry as sg
from segmentry.base.money import format_money, parse_money
from segmentry.facts.tables import TABLES
from segmentry.ingest.records import Records

MANY = 1_000_000


def tenths(number: int) -> pa.Table:
    """So many orders of 0.10 of one customer, as a canonical table."""
    columns = {column.name: pa.nulls(number, column.type) for column in TABLES["orders"].columns}
    columns |= {
        "order_id": pa.array([f"shop:{n}" for n in range(number)]),
        "customer_id": pa.repeat("shop:ann", number),
        "ordered_at": pa.repeat(pa.scalar(datetime(2026, 1, 1, tzinfo=UTC)), number),
        "state": pa.repeat("PAID", number),
        "placed": pa.repeat(pa.scalar(True), number),
        "paid": pa.repeat(1_000, number),
    }
    return pa.table(columns)


def test_many_small_amounts() -> None:
    """MON-01: a million orders of 0.10 are exactly as much as they are, where floats are not."""
    assert sum([0.1] * MANY) != MANY / 10
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as workspace:
        workspace.load(
            {"customers": [{"customer_id": "ann"}], "orders": tenths(MANY)}, source="shop"
        )
        moment = datetime(2026, 6, 1, tzinfo=UTC)
        for query in ("amount_spent = 100000.00", "average_order_value = 0.1"):
            assert workspace.query(query, as_of=moment).count == 1
        assert workspace.query("amount_spent = 100000.0001", as_of=moment).count == 0


@pytest.mark.parametrize(
    "text",
    [
        *(
            "NaN",
            "sNaN",
            "Infinity",
            "1e400",
            "1e5000000",
            "1_000",
            "\uff11\uff12",
            " 12 ",
            "",
            "-",
        ),
        *(
            "1,000.00",
            "0x10",
            "+1",
            "1.",
            ".5",
            "1.23456",
            "123456789012345",
            "--1",
            "\u0661",
            "1\n",
        ),
        "9" * 1_000_000,
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_texts_that_are_no_amount(text: str) -> None:
    """MON-03: only a minus, up to 14 digits and up to 4 decimals are an amount."""
    with pytest.raises(ValueError, match="an amount is up to 14 digits"):
        parse_money(text)


@pytest.mark.parametrize(
    ("text", "ten_thousandths"),
    [("-0", 0), ("0.10", 1_000), ("-12.3456", -123_456), ("99999999999999.9999", 10**18 - 1)],
)
def test_texts_that_are_an_amount(text: str, ten_thousandths: int) -> None:
    """MON-03: what is one is exact to the ten-thousandth."""
    assert parse_money(text) == ten_thousandths


@pytest.mark.parametrize(
    ("text", "currency", "shown"),
    [
        ("1000", "JPY", "1,000"),
        ("1.234", "KWD", "1.234"),
        ("1.234", "BHD", "1.234"),
        ("0.0001", "CLF", "0.0001"),
        ("1234.5", "HUF", "1,234.50"),
        ("0.125", "GBP", "0.12"),
    ],
)
def test_amounts_are_shown_with_their_currency_s_decimals(
    text: str, currency: str, shown: str
) -> None:
    """MON-04: how many decimals are shown is the currency's; what is kept is not rounded."""
    assert format_money(parse_money(text), currency) == shown


ARRIVALS: tuple[Records, ...] = (
    {"customers": [{"customer_id": "ann", "created_at": "2026-01-01"}]},
    {
        "orders": [
            {"order_id": 1, "customer_id": "ann", "ordered_at": "2026-05-01", "paid": "100"},
            {"order_id": 2, "customer_id": "ann", "ordered_at": "2026-05-02", "paid": "50"},
        ]
    },
    {"refunds": [{"refund_id": 1, "order_id": 1, "refunded_at": "2026-05-03", "amount": "130"}]},
    {"refunds": [{"refund_id": 2, "order_id": 2, "refunded_at": "2026-05-04", "amount": "20"}]},
)
"""One store in four parts; the first refund is more than its order."""


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_arrival(order: tuple[int, ...]) -> None:
    """MON-05: whatever comes first, and though a refund comes twice, the order refunded too
    far is worth nothing and the other what is left of it."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as workspace:
        for number in (*order, 3):
            workspace.load(ARRIVALS[number], source="shop")
        moment = datetime(2026, 6, 1, tzinfo=UTC)
        assert workspace.spend(as_of=moment) == {"ann": 300_000}
        assert workspace.values("refunded_amount", as_of=moment) == {"ann": 1_500_000}
