"""Functions over orders, what was bought with them, and refunds."""

from __future__ import annotations

from segmentry.facts.field import Field, Function
from segmentry.facts.functions.parameters import (
    COUNT,
    DATE,
    boolean,
    form,
    identifier,
    money,
    text,
)
from segmentry.facts.operators import Type
from segmentry.facts.orders import STATES

ORDERS_PLACED = Function(
    name="orders_placed",
    meaning="Orders of the customer that count; with `status`, all that were placed.",
    example="orders_placed MATCHES (date >= -90d, count > 3)",
    noun=("order", "orders"),
    verb="placed",
    parameters=(
        DATE,
        money("amount", "amount"),
        identifier("location_id", "location"),
        identifier("app_id", "app"),
        text("channel", "channel"),
        Field(name="status", type=Type.ENUM, label="status", values=STATES),
        text("tag", "tag", folded=True, several=True),
        form("currency", "currency", "currency"),
        text("discount_code", "discount code", folded=True, several=True),
        boolean("discounted", "being discounted"),
        identifier("company_id", "company"),
        boolean("renewal", "being a subscription renewal"),
        form("shipping_country", "shipping country", "country"),
        text("payment_method", "payment method"),
        money("refunded_amount", "refunded amount"),
    ),
    aggregates=(
        COUNT,
        money("sum_amount", "total", rising=True),
        money("average_amount", "average"),
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
        identifier("id", "product"),
        text("tag", "product tag", folded=True, several=True),
        text("category", "category", folded=True),
        DATE,
        Field(name="quantity", type=Type.INTEGER, label="quantity"),
        identifier("variant_id", "variant", several=True),
        text("title", "title", several=True),
        text("vendor", "vendor", folded=True),
        text("type", "product type", folded=True),
        identifier("collection_id", "collection", several=True),
        text("sku", "SKU", several=True),
        money("price", "unit price"),
        identifier("in_same_order", "order's products", several=True),
    ),
    aggregates=(
        COUNT,
        Field(name="sum_quantity", type=Type.INTEGER, label="total quantity", rising=True),
        money("sum_amount", "total", rising=True),
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
    parameters=(DATE, money("amount", "amount")),
    aggregates=(COUNT, money("sum_amount", "total")),
    needs=("orders", "refunds"),
)

FUNCTIONS = (ORDERS_PLACED, PRODUCTS_PURCHASED, REFUNDS)
