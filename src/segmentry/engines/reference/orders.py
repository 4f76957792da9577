"""What an order is worth at a moment: whether it counts, in which state, for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segmentry.engines.reference.rows import Order, Refund
from segmentry.facts.orders import OrderRules


@dataclass(frozen=True, slots=True)
class Standing:
    """An order that was placed, as it stands at a moment.

    `money` is what it brings to the amount spent: captured less refunded, not below
    zero, nothing where it does not count, None where the amount is not known.
    """

    order: Order
    state: str
    counts: bool
    money: int | None

    @property
    def ordered_at(self) -> datetime:
        """When it was placed."""
        return self.order.ordered_at


def standing(order: Order, until: datetime, rules: OrderRules) -> Standing | None:
    """The order as of `until`, or None where it is not placed (yet)."""
    if not order.placed or order.ordered_at > until:
        return None
    state = state_at(order, until)
    counts = _counts(order, state, rules)
    return Standing(order, state, counts, _money(order, until, rules) if counts else 0)


def state_at(order: Order, until: datetime) -> str:
    """The order's state as of `until`: what happened later has not happened yet."""
    if _happened(order.cancelled_at, until) or _always("CANCELLED", order, order.cancelled_at):
        return "CANCELLED"
    match order.state:
        case "REFUNDED" if _fully_refunded_at(order) <= until:
            return "REFUNDED"
        case "REFUNDED" | "PARTIALLY_REFUNDED":
            undated = order.state == "PARTIALLY_REFUNDED" and not order.refunds
            return "PARTIALLY_REFUNDED" if undated or refunded(order, until) else "PAID"
        case "CANCELLED":
            return "PAID"
    return order.state


def _happened(moment: datetime | None, until: datetime) -> bool:
    return moment is not None and moment <= until


def _always(state: str, order: Order, moment: datetime | None) -> bool:
    return order.state == state and moment is None


def _fully_refunded_at(order: Order) -> datetime:
    """When the last of the money went back: as the source says, else the last refund."""
    if order.refunded_at is not None:
        return order.refunded_at
    return max((_effective(order, at) for at in _refund_times(order)), default=order.ordered_at)


def _refund_times(order: Order) -> list[datetime | None]:
    return [refund.refunded_at for refund in order.refunds]


def _effective(order: Order, refunded_at: datetime | None) -> datetime:
    """A refund counts from its own moment, but never before its order."""
    return order.ordered_at if refunded_at is None else max(refunded_at, order.ordered_at)


def refunded(order: Order, until: datetime) -> int:
    """Money given back for the order up to `until`."""
    return sum(refund.amount for refund in order.refunds if is_effective(order, refund, until))


def is_effective(order: Order, refund: Refund, until: datetime) -> bool:
    """Whether a refund of the order happened by `until`."""
    return _effective(order, refund.refunded_at) <= until


def _counts(order: Order, state: str, rules: OrderRules) -> bool:
    if order.paid is not None and order.paid < rules.ignore_below:
        return False
    if state == "CANCELLED":
        return rules.cancelled
    if state == "REFUNDED":
        return rules.refunded
    return state in rules.states


def _money(order: Order, until: datetime, rules: OrderRules) -> int | None:
    if order.paid is None:
        return None
    back = refunded(order, until) if rules.money == "NET" else 0
    return max(0, order.paid - back)
