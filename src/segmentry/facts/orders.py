"""Which orders count, and how much money they bring.

An order has the state its source last reported and the moments at which it was
placed, cancelled and refunded in full. Whether it counts is asked at a moment:
a refund of May leaves the answer for April as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segmentry.base.errors import WorkspaceError

STATES = (
    "PENDING",
    "AUTHORIZED",
    "PARTIALLY_PAID",
    "PAID",
    "PARTIALLY_REFUNDED",
    "REFUNDED",
    "CANCELLED",
    "VOIDED",
    "UNKNOWN",
)
"""Every order state; connectors map their platform's words to these."""

OPEN_STATES = frozenset({"PENDING", "AUTHORIZED", "PARTIALLY_PAID", "PAID", "PARTIALLY_REFUNDED"})


@dataclass(frozen=True, slots=True)
class OrderRules:
    """What counts as an order in one store; `meaning` says it to a person.

    `states`: states that count while nothing else speaks against it.
    `cancelled`, `refunded`: whether an order goes on counting after it was
    cancelled, or refunded in full.
    `money`: NET takes refunds off, GROSS does not.
    `ignore_below`: orders that brought less (in ten-thousandths) do not count.
    """

    name: str
    meaning: str
    states: frozenset[str] = OPEN_STATES
    cancelled: bool = False
    refunded: bool = False
    money: Literal["NET", "GROSS"] = "NET"
    ignore_below: int = 0


NET = OrderRules(
    "net",
    "Open orders count, cancelled and fully refunded ones do not; refunds are taken off.",
)
AS_SHOPIFY = OrderRules(
    "shopify",
    "Every order placed counts, whatever became of it; refunds are taken off.",
    frozenset(STATES),
    cancelled=True,
    refunded=True,
)
"""As Shopify's own counters."""

AS_WOOCOMMERCE = OrderRules(
    "woocommerce",
    "Every order placed counts, whatever became of it; refunds are not taken off.",
    frozenset(STATES),
    cancelled=True,
    refunded=True,
    money="GROSS",
)
"""As WooCommerce's own counters."""

PROFILES: dict[str, OrderRules] = {rules.name: rules for rules in (NET, AS_SHOPIFY, AS_WOOCOMMERCE)}
"""The rules a store can choose, by name."""


def order_rules(name: str) -> OrderRules:
    """The rules of that name. Refuses an unknown one, naming those there are."""
    if name not in PROFILES:
        raise WorkspaceError(
            f"There are no order rules '{name}'. There are: {', '.join(PROFILES)}."
        )
    return PROFILES[name]
