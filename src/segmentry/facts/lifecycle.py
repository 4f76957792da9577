"""Lifecycle stages: where a customer stands, measured in the store's own rhythm."""

from __future__ import annotations

from fractions import Fraction

STAGES: dict[str, str] = {
    "POTENTIAL_BUYER": "no order yet, but subscribed or with an abandoned checkout",
    "FIRST_TIME_BUYER": "exactly one order",
    "ACTIVE_REPEAT": "several orders, the last within one average gap",
    "AT_RISK_REPEAT": "several orders, the last one to three average gaps ago",
    "INACTIVE_REPEAT": "several orders, the last three average gaps ago or more",
    "NONE": "no order, and no sign of interest",
}
"""The stages, each with who is in it; they part the customers without gap or overlap."""

FEWEST_REPEAT_BUYERS = 100
"""With fewer customers who ordered twice the store's own rhythm is not used."""

ASSUMED_GAP = Fraction(60)
"""Days between orders where the store's own rhythm cannot be told."""


AT_RISK_FROM, INACTIVE_FROM = 1, 3
"""Average gaps since the last order from which a repeat buyer is at risk, and inactive."""


def stage(orders: int, gap_ratio: Fraction | None, interested: bool) -> str:
    """The stage of a customer with so many counting orders.

    `gap_ratio`: days since the last order over the store's average gap; `interested`:
    subscribed, or with a checkout still abandoned.
    """
    if orders == 0 or gap_ratio is None:
        return "POTENTIAL_BUYER" if interested else "NONE"
    if orders == 1:
        return "FIRST_TIME_BUYER"
    if gap_ratio < AT_RISK_FROM:
        return "ACTIVE_REPEAT"
    return "AT_RISK_REPEAT" if gap_ratio < INACTIVE_FROM else "INACTIVE_REPEAT"
