"""The functions over a customer's records."""

from __future__ import annotations

from segmentry.facts.field import Field, Function
from segmentry.facts.operators import Type
from segmentry.facts.orders import STATES

_COUNT = Field(name="count", type=Type.INTEGER, label="count")

FUNCTIONS = (
    Function(
        name="orders_placed",
        meaning="Orders of the customer that count; with `status`, all that were placed.",
        example="orders_placed MATCHES (date >= -90d, count > 3)",
        noun=("order", "orders"),
        verb="placed",
        parameters=(
            Field(name="date", type=Type.DATE, label="dated"),
            Field(name="amount", type=Type.MONEY, label="amount"),
            Field(name="channel", type=Type.TEXT, label="channel"),
            Field(name="status", type=Type.ENUM, label="status", values=STATES),
            Field(name="currency", type=Type.TEXT, label="currency", folded=True, form="currency"),
        ),
        aggregates=(
            _COUNT,
            Field(name="sum_amount", type=Type.MONEY, label="total"),
            Field(name="average_amount", type=Type.MONEY, label="average"),
        ),
        needs=("orders", "refunds"),
        shopify=True,
    ),
)
