"""Values that a customer's orders give."""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.columns import Column, Numbers, whole
from segmentry.engines.live.exact import times
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store_day import StoreDay


def number_of_orders(now: Snapshot, day: StoreDay) -> Column:
    return whole(now.number_of_orders)


def amount_spent(now: Snapshot, day: StoreDay) -> Column:
    return whole(now.amount_spent)


def gross_spent(now: Snapshot, day: StoreDay) -> Column:
    paid = now.columns.orders.paid
    return whole(now.total(np.where(paid.known, paid.top, 0)))


def refunded_amount(now: Snapshot, day: StoreDay) -> Column:
    return whole(now.refunded)


def product_revenue(now: Snapshot, day: StoreDay) -> Column:
    """Of lines of products, before refunds."""
    return whole(now.total(now.columns.lines.revenue))


def average_order_value(now: Snapshot, day: StoreDay) -> Column:
    return Numbers(now.amount_spent, now.bought, np.maximum(1, now.number_of_orders))


def discounted_order_share(now: Snapshot, day: StoreDay) -> Column:
    discounted = now.total(now.columns.orders.discounted.astype(np.int64))
    return Numbers(discounted, now.bought, np.maximum(1, now.number_of_orders))


def first_order_date(now: Snapshot, day: StoreDay) -> Column:
    return now.first_order


def last_order_date(now: Snapshot, day: StoreDay) -> Column:
    return now.last_order


def last_active_date(now: Snapshot, day: StoreDay) -> Column:
    return now.last_active


def days_since_last_order(now: Snapshot, day: StoreDay) -> Column:
    return Numbers(day.days_since_last_order(now), now.bought)


def average_days_between_orders(now: Snapshot, day: StoreDay) -> Column:
    number, days = now.gaps
    return Numbers(days, number > 0, np.maximum(1, number))


def order_gap_ratio(now: Snapshot, day: StoreDay) -> Numbers:
    """Days since the last order over the store's average gap."""
    gap = day.gap.days
    return Numbers(
        times(day.days_since_last_order(now), gap.denominator), now.bought, gap.numerator
    )


def own_gap_ratio(now: Snapshot, day: StoreDay) -> Column:
    """Days since the last order over the customer's own average gap."""
    number, days = now.gaps
    return Numbers(times(day.days_since_last_order(now), number), number > 0, np.maximum(1, days))
