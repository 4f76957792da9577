"""What the store sold: products, orders with their lines, discounts, tags and refunds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np
import pyarrow as pa

from segmentry.facts.tables import (
    COLLECTIONS,
    ORDER_DISCOUNTS,
    ORDER_LINES,
    ORDER_TAGS,
    ORDERS,
    PRODUCT_TAGS,
    PRODUCTS,
    REFUNDS,
)

from . import columns
from .columns import DAY, Mask, Whole, few_often, seconds_between, shares, some, words
from .people import COUNTRIES, People

CHANNELS = ("web", "app", "pos", "marketplace", "b2b")
PRODUCT_TAG_NAMES = ("sale", "new", "organic", "outdoor", *(f"line-{n:02}" for n in range(76)))
CATEGORIES = tuple(f"Category {n:02}" for n in range(30))
VENDORS = tuple(f"Vendor {n:02}" for n in range(50))
CODES = ("WELCOME10", "SUMMER15", "BACK20", "FRIEND5", *(f"CODE{n:02}" for n in range(46)))
FIRST_PRODUCT = 8_100_000_000_000
_FIRST_ORDER = 5_000_000_000_000
_STATES = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED", "CANCELLED", "PENDING", "AUTHORIZED", "VOIDED")
_STATE_SHARES = (900, 30, 20, 25, 10, 10, 5)
_PAYMENTS = ("card", "wallet", "invoice", "transfer")
_ORDERS_MEDIAN, _ORDERS_SPREAD, _MOST_ORDERS = 3, 1.366, 2_000
"""Orders of a buyer: half have 3 or fewer, one in a hundred 72 or more."""
_CENT = 100
"""In ten-thousandths."""


def products_of(customers: int) -> int:
    """How many products a store of so many customers has."""
    return max(200, customers // 200)


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """Orders as they came in, and their lines. Money is in ten-thousandths."""

    keys: pa.Array
    owners: Whole
    ordered_at: Whole
    state: Whole
    lines: Whole
    first_line: Whole
    order_of_line: Whole
    product: Whole
    quantity: Whole
    price: Whole
    subtotal: Whole

    @property
    def size(self) -> int:
        """How many orders there are."""
        return len(self.owners)


def draw_sales(random: np.random.Generator, people: People) -> Sales:
    """Half of the customers buy, a few of them very often, for some time and then no more."""
    owners, ordered_at = _purchasing(random, people)
    size = len(owners)
    lines = 1 + random.poisson(1.5, size)
    first_line = np.cumsum(lines) - lines
    order_of_line = np.repeat(np.arange(size), lines)
    rows = len(order_of_line)
    products = products_of(people.size)
    price = np.maximum(1, random.lognormal(log(2_500), 0.8, products)).astype(np.int64) * _CENT
    product = few_often(random, products, rows)
    quantity = 1 + some(random, 0.2, rows) + some(random, 0.05, rows)
    return Sales(
        keys=columns.keys(_FIRST_ORDER, size),
        owners=owners,
        ordered_at=ordered_at,
        state=shares(random, _STATE_SHARES, size),
        lines=lines,
        first_line=first_line,
        order_of_line=order_of_line,
        product=product,
        quantity=quantity,
        price=price[product],
        subtotal=np.add.reduceat(price[product] * quantity, first_line),
    )


def _purchasing(random: np.random.Generator, people: People) -> tuple[Whole, Whole]:
    """Whose each order is and when it came, by time."""
    often = random.lognormal(log(_ORDERS_MEDIAN), _ORDERS_SPREAD, people.size)
    count = np.clip(np.rint(often), 1, _MOST_ORDERS).astype(np.int64)
    owners = np.repeat(np.arange(people.size), count * some(random, 0.5, people.size))
    begin = people.created_at
    stop = seconds_between(random, begin, people.as_of)
    stop = np.where(some(random, 0.4, people.size), people.as_of, stop)
    ordered_at = seconds_between(random, begin[owners], stop[owners])
    by_time = np.argsort(ordered_at, kind="stable")
    return owners[by_time], ordered_at[by_time]


def tables(random: np.random.Generator, people: People, sales: Sales) -> Mapping[str, pa.Table]:
    """The tables of products and orders."""
    later = np.minimum(
        sales.ordered_at + random.integers(1, 30 * 86_400, sales.size) * columns.SECOND,
        people.as_of,
    )
    return {
        **_catalogue(random, products_of(people.size)),
        "orders": _orders(random, people, sales, later),
        "order_lines": _lines(random, sales),
        "order_discounts": _discounts(random, sales),
        "order_tags": _order_tags(random, sales),
        "refunds": _refunds(people, sales, later),
    }


def _state(sales: Sales, *names: str) -> Mask:
    return np.isin(sales.state, [_STATES.index(name) for name in names])


def _orders(random: np.random.Generator, people: People, sales: Sales, later: Whole) -> pa.Table:
    size = sales.size
    shipping = np.where(sales.subtotal < 50 * 10_000, 49_000, 0)
    total = sales.subtotal + shipping
    discounted = some(random, 0.25, size)
    off = sales.subtotal * random.integers(5, 30, size) // 100 // _CENT * _CENT
    unpaid = _state(sales, "PENDING", "AUTHORIZED", "VOIDED")
    soon = np.minimum(later, sales.ordered_at + 2 * DAY)
    country = people.country[sales.owners]
    return columns.table(
        ORDERS,
        {
            "order_id": sales.keys,
            "customer_id": words(people.keys, sales.owners),
            "guest": pa.array(np.zeros(size, np.bool_)),
            "ordered_at": columns.moments(sales.ordered_at),
            "state": words(_STATES, sales.state),
            "placed": pa.array(~some(random, 0.003, size)),
            "cancelled_at": columns.moments(soon, _state(sales, "CANCELLED")),
            "refunded_at": columns.moments(later, _state(sales, "REFUNDED")),
            "paid": columns.numbers(np.where(unpaid, 0, total), ~some(random, 0.0005, size)),
            "total": pa.array(total),
            "shipping": pa.array(shipping),
            "tax": pa.array(sales.subtotal // 6),
            "discount": pa.array(np.where(discounted, off, 0)),
            "currency": words(["GBP"], np.zeros(size, np.int64)),
            "channel": words(CHANNELS, shares(random, (60, 15, 12, 10, 3), size)),
            "location_id": words(
                columns.keys(100, 20),
                np.where(some(random, 0.12, size), random.integers(0, 20, size), -1),
            ),
            "renewal": pa.array(some(random, 0.05, size)),
            "shipping_country": words(COUNTRIES, country),
            "payment_method": words(_PAYMENTS, shares(random, (60, 25, 10, 5), size)),
        },
        size,
    )


def _lines(random: np.random.Generator, sales: Sales) -> pa.Table:
    rows = len(sales.order_of_line)
    number = np.arange(rows) - sales.first_line[sales.order_of_line] + 1
    products = columns.keys(FIRST_PRODUCT, int(sales.product.max(initial=0)) + 1)
    return columns.table(
        ORDER_LINES,
        {
            "order_id": words(sales.keys, sales.order_of_line),
            "line_number": pa.array(number),
            "kind": words(("PRODUCT", "GIFT_CARD"), shares(random, (995, 5), rows)),
            "product_id": words(products, sales.product),
            "quantity": pa.array(sales.quantity),
            "unit_price": pa.array(sales.price),
            "amount": pa.array(sales.price * sales.quantity),
        },
        rows,
    )


def _discounts(random: np.random.Generator, sales: Sales) -> pa.Table:
    orders = np.flatnonzero(some(random, 0.15, sales.size))
    return columns.table(
        ORDER_DISCOUNTS,
        {
            "order_id": words(sales.keys, orders),
            "code": words(CODES, few_often(random, len(CODES), len(orders))),
            "amount": pa.array(sales.subtotal[orders] // 10),
        },
        len(orders),
    )


def _order_tags(random: np.random.Generator, sales: Sales) -> pa.Table:
    orders = np.flatnonzero(some(random, 0.1, sales.size))
    names = [f"order-{n:02}" for n in range(20)]
    return columns.table(
        ORDER_TAGS,
        {
            "order_id": words(sales.keys, orders),
            "tag": words(names, few_often(random, 20, len(orders))),
        },
        len(orders),
    )


def _refunds(people: People, sales: Sales, later: Whole) -> pa.Table:
    """In part: the first of several lines, or half of the only one. In full: the money."""
    orders = np.flatnonzero(_state(sales, "PARTIALLY_REFUNDED", "REFUNDED"))
    whole = _state(sales, "REFUNDED")[orders]
    line = sales.first_line[orders]
    cost = sales.price[line] * sales.quantity[line]
    returned = ~whole & (sales.lines[orders] > 1)
    amount = np.where(whole, sales.subtotal[orders], np.where(returned, cost, cost // 2))
    rows = len(orders)
    return columns.table(
        REFUNDS,
        {
            "refund_id": columns.keys(9_000_000_000, rows),
            "order_id": words(sales.keys, orders),
            "customer_id": words(people.keys, sales.owners[orders]),
            "refunded_at": columns.moments(later[orders]),
            "line_number": columns.numbers(np.ones(rows, np.int64), returned),
            "quantity": pa.array(np.where(returned, sales.quantity[line], 0)),
            "amount": pa.array(amount),
        },
        rows,
    )


# -- products ---------------------------------------------------------------------------


def _catalogue(random: np.random.Generator, size: int) -> Mapping[str, pa.Table]:
    every = np.arange(size)
    names = columns.keys(FIRST_PRODUCT, size)
    tag = np.unique(np.repeat(every, 2) * 80 + few_often(random, 80, size * 2, 1.5))
    collection = np.repeat(every, 2) * 20 + few_often(random, 20, size * 2)
    owners, number = np.divmod(np.unique(collection), 20)
    return {
        "products": columns.table(
            PRODUCTS,
            {
                "product_id": names,
                "title": words([f"Product {n}" for n in range(size)], every),
                "vendor": words(VENDORS, few_often(random, len(VENDORS), size)),
                "category": words(CATEGORIES, few_often(random, len(CATEGORIES), size, 1.5)),
                "type": words([f"Type {n:02}" for n in range(40)], few_often(random, 40, size)),
            },
            size,
        ),
        "product_tags": columns.table(
            PRODUCT_TAGS,
            {"product_id": words(names, tag // 80), "tag": words(PRODUCT_TAG_NAMES, tag % 80)},
            len(tag),
        ),
        "collections": columns.table(
            COLLECTIONS,
            {
                "collection_id": words(columns.keys(400, 20), number),
                "product_id": words(names, owners),
            },
            len(owners),
        ),
    }
