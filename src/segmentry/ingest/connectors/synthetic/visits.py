"""Visits to the store: some led to a real order, most to none, some to a checkout left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segmentry.facts.tables import CHECKOUT_LINES, CHECKOUTS, MOMENT
from segmentry.ingest.connectors.synthetic.happenings import SOURCE, Happenings
from segmentry.ingest.connectors.synthetic.shop import DAY, MINUTE, Shop, Texts, Whole

_ORDERS_WITH_A_VISIT = 0.1
_VISITS_A_CUSTOMER = 4
_LATELY, _LATE_SHARE = 45 * DAY, 0.1
_FADING = 150 * DAY
"""Visits fade after the last order, this long on average; but a share of them falls in the
store's last days, when it had never been so busy."""

_SEARCHED, _VIEWED, _ADDED, _STARTED = 0.3, 0.85, 0.3, 0.5
"""How many visits have a search and a view, and how many of the views lead to the cart and
how many carts to the checkout."""

_FROM = np.array(["search", "newsletter", "social", "direct"], dtype=object)
_SITE = "https://shop.example"


@dataclass(frozen=True, slots=True)
class Visits:
    """What was done, and the checkouts with their lines."""

    happenings: list[Happenings]
    checkouts: pa.Table
    checkout_lines: pa.Table


Which: TypeAlias = npt.NDArray[np.bool_]


def visits(shop: Shop, draw: np.random.Generator) -> Visits:
    """The visits of all customers."""
    bought, carts, cart_lines = _buying(shop, draw)
    browsed, left, left_lines = _browsing(shop, draw)
    return Visits(
        [*bought, *browsed],
        pa.concat_tables([carts, left]),
        pa.concat_tables([cart_lines, left_lines]),
    )


# -- that became real orders ------------------------------------------------------------


def _buying(shop: Shop, draw: np.random.Generator) -> tuple[list[Happenings], pa.Table, pa.Table]:
    has_lines = np.diff(shop.lines_from) > 0
    order = np.flatnonzero(has_lines & (draw.random(len(shop.orders)) < _ORDERS_WITH_A_VISIT))
    line = shop.lines_from[order] + _some(draw, np.diff(shop.lines_from)[order])
    buyer, at, product = shop.buyer[order], shop.ordered_at[order], shop.product[line]
    minutes = draw.integers(8, 50, len(order))
    happenings = [
        Happenings(
            "page_viewed", buyer, at - minutes * MINUTE, properties=_pages(draw, len(order))
        ),
        Happenings("product_viewed", buyer, at - 6 * MINUTE, product),
        Happenings("cart_added", buyer, at - 5 * MINUTE, product),
        Happenings("checkout_started", buyer, at - 3 * MINUTE, properties=_products(product)),
        Happenings("session_ended", buyer, at + 2 * MINUTE, properties=_lengths(minutes + 2)),
    ]
    ids = _checkout_ids(order, "order")
    begins = np.maximum(at - MINUTE, shop.begins)
    carts = _checkouts(ids, shop.customers[buyer], begins, shop.total[order], shop.orders[order])
    first, count = shop.lines_from[order], np.diff(shop.lines_from)[order]
    lines = np.concatenate([np.arange(a, a + n) for a, n in zip(first, count, strict=True)])
    numbers = np.concatenate([np.arange(1, n + 1) for n in count])
    return happenings, carts, _lines(shop, np.repeat(ids, count), numbers, lines)


# -- that did not -----------------------------------------------------------------------


def _browsing(shop: Shop, draw: np.random.Generator) -> tuple[list[Happenings], pa.Table, pa.Table]:
    who = draw.integers(0, len(shop.customers), _VISITS_A_CUSTOMER * len(shop.customers))
    at = _moments(shop, who, draw)
    minutes = np.minimum(draw.geometric(0.12, len(who)), 90)
    line = draw.integers(0, len(shop.product), len(who))
    viewing = draw.random(len(who)) < _VIEWED
    searching = draw.random(len(who)) < _SEARCHED
    adding = viewing & (draw.random(len(who)) < _ADDED)
    leaving = adding & (draw.random(len(who)) < _STARTED)
    product = shop.product[line]

    def those(wanted: Which, name: str, after: int) -> Happenings:
        return Happenings(name, who[wanted], at[wanted] + after * MINUTE, product[wanted])

    happenings = [
        Happenings("page_viewed", who, at, properties=_pages(draw, len(who))),
        Happenings(
            "searched",
            who[searching],
            at[searching] + MINUTE // 2,
            properties=_terms(shop, product[searching]),
        ),
        those(viewing, "product_viewed", 1),
        those(adding, "cart_added", 2),
        Happenings(
            "checkout_started",
            who[leaving],
            at[leaving] + 3 * MINUTE,
            properties=_products(product[leaving]),
        ),
        Happenings("session_ended", who, at + (3 + minutes) * MINUTE, properties=_lengths(minutes)),
    ]
    gone = np.flatnonzero(leaving & (at + 3 * MINUTE <= shop.ends))
    ids = _checkout_ids(np.arange(len(gone)), "cart")
    carts = _checkouts(
        ids,
        shop.customers[who[gone]],
        at[gone] + 3 * MINUTE,
        shop.amount[line[gone]],
        np.full(len(gone), None, dtype=object),
    )
    return happenings, carts, _lines(shop, ids, np.ones(len(gone), np.int64), line[gone])


def _moments(shop: Shop, who: Whole, draw: np.random.Generator) -> Whole:
    """Moments from the customers' first on, until they forget the store."""
    first = shop.first[who]
    last = shop.first.copy()
    np.maximum.at(last, shop.buyer, shop.ordered_at)
    fading = draw.exponential(_FADING, len(who)).astype(np.int64)
    late = draw.random(len(who)) < _LATE_SHARE
    begins = np.where(late, np.maximum(first, shop.ends - _LATELY), first)
    ends = np.where(late, shop.ends, np.minimum(last[who] + fading, shop.ends))
    found: Whole = begins + (draw.random(len(who)) * (ends - begins)).astype(np.int64)
    return found


def _some(draw: np.random.Generator, counts: Whole) -> Whole:
    """A number below each count."""
    found: Whole = (draw.random(len(counts)) * counts).astype(np.int64)
    return found


# -- what is said of it -----------------------------------------------------------------


def _pages(draw: np.random.Generator, count: int) -> Texts:
    came_from = _FROM[draw.choice(len(_FROM), count, p=(0.4, 0.25, 0.15, 0.2))]
    written = {
        each: json.dumps(
            {"synthetic": True, "url": f"{_SITE}/"}
            | ({} if each == "direct" else {"utm_source": each})
        )
        for each in _FROM
    }
    return np.array([written[each] for each in came_from], dtype=object)


def _terms(shop: Shop, product: Texts) -> Texts:
    """The last word of a product's title, as somebody would look for it."""
    titles = (shop.titles.get(each) or "gift" for each in product)
    terms = (title.split()[-1].lower() for title in titles)
    return np.array([json.dumps({"synthetic": True, "term": term}) for term in terms], object)


def _lengths(minutes: Whole) -> Texts:
    return np.array(
        [f'{{"duration_minutes": {each}, "synthetic": true}}' for each in minutes], object
    )


def _products(product: Texts) -> Texts:
    own = (each.partition(":")[2] for each in product)
    return np.array(
        [json.dumps({"products": [{"product_id": each}], "synthetic": True}) for each in own],
        object,
    )


# -- checkouts --------------------------------------------------------------------------


def _checkout_ids(numbers: Whole, kind: str) -> Texts:
    return np.array([f"{SOURCE}:{kind}-{number + 1}" for number in numbers], dtype=object)


def _checkouts(ids: Texts, customers: Texts, at: Whole, value: Whole, orders: Texts) -> pa.Table:
    return pa.table(
        {
            "checkout_id": pa.array(ids, pa.string()),
            "customer_id": pa.array(customers, pa.string()),
            "cart_id": pa.nulls(len(ids), pa.string()),
            "last_active_at": pa.array(at).cast(MOMENT),
            "value": pa.array(value),
            "order_id": pa.array(orders, pa.string()),
        },
        schema=CHECKOUTS.schema,
    )


def _lines(shop: Shop, checkouts: Texts, numbers: Whole, lines: Whole) -> pa.Table:
    return pa.table(
        {
            "checkout_id": pa.array(checkouts, pa.string()),
            "line_number": pa.array(numbers),
            "product_id": pa.array(shop.product[lines], pa.string()),
            "variant_id": pa.nulls(len(lines), pa.string()),
            "sku": pa.nulls(len(lines), pa.string()),
            "quantity": pa.array(shop.quantity[lines]),
            "amount": pa.array(shop.amount[lines]),
        },
        schema=CHECKOUT_LINES.schema,
    )
