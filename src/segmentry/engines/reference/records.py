"""Records of a customer for the functions, and how each of their fields is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.belongings import STORE_CREDIT_ACCOUNTS
from segmentry.engines.reference.checkouts import CHECKOUTS_ABANDONED
from segmentry.engines.reference.events import EVENT_RECORDS, EVENTS
from segmentry.engines.reference.orders import Standing, is_effective, refunded
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.places import CUSTOMER_WITHIN_DISTANCE
from segmentry.engines.reference.purchases import Purchase, purchases
from segmentry.engines.reference.record import Records
from segmentry.engines.reference.rows import Refund
from segmentry.query.bound import RecordTest

# -- orders -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as it stands, with what was given back for it."""

    standing: Standing
    refunded: int


def _orders_placed(person: Person, test: RecordTest) -> list[PlacedOrder]:
    with_status = any(each.field.name == "status" for each in test.filters)
    orders = person.placed if with_status else person.counting
    return [PlacedOrder(each, refunded(each.order, person.moment.until)) for each in orders]


def _order_column(name: str) -> Callable[[PlacedOrder], CustomerValue]:
    def value(each: PlacedOrder) -> CustomerValue:
        found: CustomerValue = each.standing.order.row[name]
        return found

    return value


ORDERS_PLACED = Records(
    _orders_placed,
    {
        "date": lambda each: each.standing.ordered_at,
        "amount": lambda each: each.standing.money,
        "status": lambda each: each.standing.state,
        "tag": lambda each: each.standing.order.tags,
        "discount_code": lambda each: each.standing.order.discount_codes,
        "discounted": lambda each: each.standing.order.discounted,
        "refunded_amount": lambda each: each.refunded,
        **{
            name: _order_column(name)
            for name in (
                *("location_id", "app_id", "channel", "currency", "company_id", "renewal"),
                *("shipping_country", "payment_method"),
            )
        },
    },
)


# -- purchases --------------------------------------------------------------------------


def _product_column(name: str) -> Callable[[Purchase], CustomerValue]:
    def value(each: Purchase) -> CustomerValue:
        found: CustomerValue = each.product.row[name] if each.product else None
        return found

    return value


def _line_values(name: str) -> Callable[[Purchase], CustomerValue]:
    def value(each: Purchase) -> CustomerValue:
        found = (getattr(line, name) for line in each.lines)
        return frozenset(item for item in found if item)

    return value


PRODUCTS_PURCHASED = Records(
    lambda person, test: purchases(person),
    {
        "id": lambda each: each.product_id,
        "date": lambda each: each.order.ordered_at,
        "quantity": lambda each: each.quantity,
        "amount": lambda each: each.amount,
        "price": lambda each: each.price,
        "in_same_order": lambda each: each.together,
        "tag": lambda each: each.product.tags if each.product else None,
        "collection_id": lambda each: each.product.collections if each.product else None,
        "category": _product_column("category"),
        "vendor": _product_column("vendor"),
        "type": _product_column("type"),
        "variant_id": _line_values("variant_id"),
        "title": _line_values("title"),
        "sku": _line_values("sku"),
    },
    counted_as=lambda each: each.order.order.order_id,
)


# -- refunds ----------------------------------------------------------------------------


@dataclass(slots=True)
class GivenBack:
    """One refund, whatever number of lines it has."""

    date: datetime | None
    amount: int = 0


def _refunds(person: Person, test: RecordTest) -> list[GivenBack]:
    """Refunds of placed orders and of none."""
    until = person.moment.until
    found: dict[str, GivenBack] = {}
    for each in person.placed:
        for refund in each.order.refunds:
            if is_effective(each.order, refund, until):
                _add(found, refund, refund.refunded_at or each.ordered_at)
    for refund in person.customer.unlinked_refunds:
        if refund.refunded_at is None or refund.refunded_at <= until:
            _add(found, refund, refund.refunded_at)
    return list(found.values())


def _add(found: dict[str, GivenBack], refund: Refund, date: datetime | None) -> None:
    found.setdefault(refund.refund_id, GivenBack(date)).amount += refund.amount


REFUNDS = Records(_refunds, {"date": lambda each: each.date, "amount": lambda each: each.amount})

RECORDS: dict[str, Records] = {
    "orders_placed": ORDERS_PLACED,
    "products_purchased": PRODUCTS_PURCHASED,
    "refunds": REFUNDS,
    "checkouts_abandoned": CHECKOUTS_ABANDONED,
    **EVENT_RECORDS,
    "events": EVENTS,
    "store_credit_accounts": STORE_CREDIT_ACCOUNTS,
    "customer_within_distance": CUSTOMER_WITHIN_DISTANCE,
}
"""The records each function of the catalogue ranges over."""
