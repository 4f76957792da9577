"""The functions over a customer's records."""

from __future__ import annotations

from segmentry.facts.field import Field, Function
from segmentry.facts.operators import Type
from segmentry.facts.orders import STATES

_COUNT = Field(name="count", type=Type.INTEGER, label="count", rising=True)
_DATE = Field(name="date", type=Type.DATE, label="dated")


def _id(name: str, label: str, *, several: bool = False) -> Field:
    return Field(name=name, type=Type.ID, label=label, several=several)


def _text(name: str, label: str, *, folded: bool = False, several: bool = False) -> Field:
    return Field(name=name, type=Type.TEXT, label=label, folded=folded, several=several)


def _money(name: str, label: str, *, rising: bool = False) -> Field:
    return Field(name=name, type=Type.MONEY, label=label, rising=rising)


def _form(name: str, label: str, form: str) -> Field:
    return Field(name=name, type=Type.TEXT, label=label, folded=True, form=form)


def _boolean(name: str, label: str) -> Field:
    return Field(name=name, type=Type.BOOLEAN, label=label)


ORDERS_PLACED = Function(
    name="orders_placed",
    meaning="Orders of the customer that count; with `status`, all that were placed.",
    example="orders_placed MATCHES (date >= -90d, count > 3)",
    noun=("order", "orders"),
    verb="placed",
    parameters=(
        _DATE,
        _money("amount", "amount"),
        _id("location_id", "location"),
        _id("app_id", "app"),
        _text("channel", "channel"),
        Field(name="status", type=Type.ENUM, label="status", values=STATES),
        _text("tag", "tag", folded=True, several=True),
        _form("currency", "currency", "currency"),
        _text("discount_code", "discount code", folded=True, several=True),
        _boolean("discounted", "being discounted"),
        _id("company_id", "company"),
        _boolean("renewal", "being a subscription renewal"),
        _form("shipping_country", "shipping country", "country"),
        _text("payment_method", "payment method"),
        _money("refunded_amount", "refunded amount"),
    ),
    aggregates=(
        _COUNT,
        _money("sum_amount", "total", rising=True),
        _money("average_amount", "average"),
    ),
    needs=("orders", "refunds", "order_tags", "order_discounts"),
    shopify=True,
)

PRODUCTS_PURCHASED = Function(
    name="products_purchased",
    meaning="What the customer bought and kept: one product in one order that counts.",
    example="products_purchased MATCHES (tag = 'outdoor', date >= -1y)",
    noun=("purchase", "purchases"),
    verb="made",
    parameters=(
        _id("id", "product"),
        _text("tag", "product tag", folded=True, several=True),
        _text("category", "category", folded=True),
        _DATE,
        Field(name="quantity", type=Type.INTEGER, label="quantity"),
        _id("variant_id", "variant", several=True),
        _text("title", "title", several=True),
        _text("vendor", "vendor", folded=True),
        _text("type", "product type", folded=True),
        _id("collection_id", "collection", several=True),
        _text("sku", "SKU", several=True),
        _money("price", "unit price"),
        _id("in_same_order", "order's products", several=True),
    ),
    aggregates=(
        _COUNT,
        Field(name="sum_quantity", type=Type.INTEGER, label="total quantity", rising=True),
        _money("sum_amount", "total", rising=True),
    ),
    needs=("orders", "refunds", "order_lines", "products", "product_tags", "collections"),
    shopify=True,
)

REFUNDS = Function(
    name="refunds",
    meaning="Refunds to the customer, one for each time money was given back.",
    example="refunds MATCHES (date >= -90d, count >= 2)",
    noun=("refund", "refunds"),
    verb="got",
    parameters=(_DATE, _money("amount", "amount")),
    aggregates=(_COUNT, _money("sum_amount", "total")),
    needs=("orders", "refunds"),
)

FUNCTIONS = (ORDERS_PLACED, PRODUCTS_PURCHASED, REFUNDS)
