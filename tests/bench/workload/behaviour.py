"""What customers did beside buying: checkouts, and storefront and e-mail events."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from segmentry.facts.tables import CHECKOUTS, EVENTS

from . import columns
from .columns import few_often, seconds_between, shares, words
from .people import People
from .sales import FIRST_PRODUCT, products_of

CHECKOUTS_EACH, EVENTS_EACH = 1.2, 20
_EVENTS = {
    "product_viewed": 35,
    "page_viewed": 20,
    "email.delivered": 20,
    "email.opened": 8,
    "email.clicked": 2,
    "cart_added": 6,
    "searched": 5,
    "session_ended": 4,
}


def checkouts(random: np.random.Generator, people: People) -> pa.Table:
    """Carts that reached the checkout, by time."""
    rows = int(people.size * CHECKOUTS_EACH)
    owners = random.integers(0, people.size, rows)
    at = seconds_between(random, people.created_at[owners], people.as_of)
    order = np.argsort(at, kind="stable")
    value = random.lognormal(8.5, 0.8, rows).astype(np.int64) * 100
    return columns.table(
        CHECKOUTS,
        {
            "checkout_id": columns.keys(7_000_000_000, rows),
            "customer_id": words(people.keys, owners[order]),
            "last_active_at": columns.moments(at[order]),
            "value": pa.array(value),
        },
        rows,
    )


def events(random: np.random.Generator, people: People) -> pa.Table:
    """Views, visits, opens and clicks, by time; few customers do most of it."""
    weight = random.lognormal(0, 1.2, people.size)
    each = random.poisson(weight * EVENTS_EACH / weight.mean())
    owners = np.repeat(np.arange(people.size), each)
    at = seconds_between(random, people.created_at[owners], people.as_of)
    order = np.argsort(at, kind="stable")
    rows = len(owners)
    kind = shares(random, tuple(_EVENTS.values()), rows)
    products = products_of(people.size)
    viewed = np.where(kind == 0, few_often(random, products, rows), -1)
    mailed = (kind >= 2) & (kind <= 4)
    activity = np.where(mailed, few_often(random, 100, rows), -1)
    return columns.table(
        EVENTS,
        {
            "event_id": columns.keys(1_000_000_000, rows),
            "customer_id": words(people.keys, owners[order]),
            "name": words(tuple(_EVENTS), kind),
            "occurred_at": columns.moments(at[order]),
            "product_id": words(columns.keys(FIRST_PRODUCT, products), viewed),
            "activity_id": words(columns.keys(300, 100), activity),
        },
        rows,
    )
