"""What orders are worth at a moment: whether they count, in which state, for how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Mask, Whole, total_by
from segmentry.engines.live.orders import Orders
from segmentry.facts.orders import STATES, OrderRules

PAID, PARTIALLY_REFUNDED, REFUNDED, CANCELLED = map(
    STATES.index, ("PAID", "PARTIALLY_REFUNDED", "REFUNDED", "CANCELLED")
)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Every order as of a moment, one place an order row.

    `money` is what it brings to the amount spent: captured less refunded, not below zero,
    nothing where it does not count, missing where the amount is not known. `refunded` is
    what was given back. Where an order is not placed (yet), only `placed` means something.
    """

    placed: Mask
    state: Whole
    counts: Mask
    money: Numbers
    refunded: Whole


def standing(orders: Orders, until: int | Whole, rules: OrderRules) -> Standing:
    """The orders as of `until`, a moment or one for each: what happened later has not
    happened yet."""
    placed = orders.placed & (orders.ordered_at <= until)
    refunded = _refunded(orders, until)
    state = _state(orders, refunded, until)
    counts = placed & _counting(orders, state, rules)
    back = refunded if rules.money == "NET" else 0
    money = np.where(counts, np.maximum(0, orders.paid.top - back), 0)
    return Standing(placed, state, counts, Numbers(money, ~counts | orders.paid.known), refunded)


def _refunded(orders: Orders, until: int | Whole) -> Whole:
    rows = orders.refunds.linked
    by_then = until if isinstance(until, int) else until[orders.refunds.orders[rows]]
    rows = rows[orders.refunds.effective_at[rows] <= by_then]
    return total_by(orders.refunds.orders[rows], orders.refunds.amount[rows], orders.size)


def _state(orders: Orders, refunded: Whole, until: int | Whole) -> Whole:
    """States as of `until`, from the last ones reported and the moments that are known."""
    last, cancelled = orders.state, orders.cancelled_at
    # A part can be refunded without a refund on record; then it always was.
    undated = (last == PARTIALLY_REFUNDED) & ~orders.has_refunds
    partly = np.where(undated | (refunded != 0), PARTIALLY_REFUNDED, PAID)
    state = np.where((last == REFUNDED) | (last == PARTIALLY_REFUNDED), partly, last)
    state[(last == REFUNDED) & (orders.refunded_from <= until)] = REFUNDED
    state[last == CANCELLED] = PAID
    dated = cancelled.known & (cancelled.at <= until)
    state[dated | ((last == CANCELLED) & ~cancelled.known)] = CANCELLED
    return state


def _counting(orders: Orders, state: Whole, rules: OrderRules) -> Mask:
    """Whether orders in these states count, and bring enough."""
    kept = {"CANCELLED": rules.cancelled, "REFUNDED": rules.refunded}
    counts = np.array([kept.get(name, name in rules.states) for name in STATES])
    too_small = orders.paid.known & (orders.paid.top < rules.ignore_below)
    return np.asarray(counts[state] & ~too_small)
