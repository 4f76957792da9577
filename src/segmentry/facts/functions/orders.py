"""Functions over orders, what was bought with them, and refunds."""

from __future__ import annotations

from dataclasses import replace

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
        money("amount", "amount", "What was paid for the order, less refunds."),
        identifier("location_id", "location", "The location that it was placed at."),
        identifier("app_id", "app", "The app that it was placed through."),
        text("channel", "channel", "Where it was placed, in the words of the source."),
        Field(
            name="status",
            type=Type.ENUM,
            label="status",
            meaning="How far it has come. With it all orders placed are looked at.",
            values=STATES,
            undated=True,
        ),
        text("tag", "tag", "A tag of the order.", folded=True, several=True, undated=True),
        form("currency", "currency", "The currency that the customer paid in.", "currency"),
        text(
            "discount_code",
            "discount code",
            "A discount code used with it.",
            folded=True,
            several=True,
        ),
        boolean("discounted", "being discounted", "Whether something was taken off."),
        identifier("company_id", "company", "The company it was placed for."),
        boolean("renewal", "being a subscription renewal", "Whether a subscription placed it."),
        form("shipping_country", "shipping country", "The country it was sent to.", "country"),
        text("payment_method", "payment method", "How it was paid, in the words of the source."),
        money("refunded_amount", "refunded amount", "What was given back of it."),
    ),
    aggregates=(
        COUNT,
        money(
            "sum_amount", "total", "The amounts of all orders that passed, added up.", rising=True
        ),
        money("average_amount", "average", "Their average amount; missing where none passed."),
    ),
    needs=("orders", "refunds", "order_tags", "order_discounts"),
    shopify=True,
    shopify_takes=("date", "amount", "location_id", "app_id", "count", "sum_amount"),
)

PRODUCTS_PURCHASED = Function(
    name="products_purchased",
    meaning="What the customer bought and kept: one product in one order that counts.",
    example="products_purchased MATCHES (tag = 'outdoor', date >= -1y)",
    noun=("purchase", "purchases"),
    verb="made",
    parameters=(
        identifier("id", "product", "The product."),
        text(
            "tag", "product tag", "A tag of the product.", folded=True, several=True, undated=True
        ),
        text(
            "category",
            "category",
            "The category of the product, in the terms of its source.",
            folded=True,
            undated=True,
        ),
        DATE,
        Field(
            name="quantity",
            type=Type.INTEGER,
            label="quantity",
            meaning="Units in the order, less those given back.",
        ),
        identifier(
            "variant_id", "variant", "A variant of the product that was bought.", several=True
        ),
        text("title", "title", "What the product was called when it was sold.", several=True),
        text("vendor", "vendor", "The brand or maker of the product.", folded=True, undated=True),
        text(
            "type",
            "product type",
            "The kind of product, in the store's own words.",
            folded=True,
            undated=True,
        ),
        identifier(
            "collection_id",
            "collection",
            "A collection that the product is in.",
            several=True,
            undated=True,
        ),
        text("sku", "SKU", "A stock-keeping unit that was bought.", several=True),
        money("price", "unit price", "What one unit cost, after discounts."),
        identifier(
            "in_same_order",
            "order's products",
            "A product that was in the same order.",
            several=True,
        ),
    ),
    aggregates=(
        replace(COUNT, meaning="In how many orders such products were bought."),
        Field(
            name="sum_quantity",
            type=Type.INTEGER,
            label="total quantity",
            meaning="The units of all that passed, added up.",
            rising=True,
        ),
        money(
            "sum_amount",
            "total",
            "Their money after discounts and refunds, without tax and shipping.",
            rising=True,
        ),
    ),
    needs=("orders", "refunds", "order_lines", "products", "product_tags", "collections"),
    shopify=True,
    shopify_takes=("id", "tag", "category", "date", "quantity", "count", "sum_quantity"),
)

REFUNDS = Function(
    name="refunds",
    meaning="Refunds to the customer, one for each time money was given back.",
    example="refunds MATCHES (date >= -90d, count >= 2)",
    noun=("refund", "refunds"),
    verb="got",
    parameters=(DATE, money("amount", "amount", "What was given back.")),
    aggregates=(COUNT, money("sum_amount", "total", "All that was given back, added up.")),
    needs=("orders", "refunds"),
)

FUNCTIONS = (ORDERS_PLACED, PRODUCTS_PURCHASED, REFUNDS)
