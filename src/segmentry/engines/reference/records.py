"""Records of a customer for the functions, each as its fields by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction

from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.orders import Standing, is_effective, refunded
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.purchases import Purchase, purchases
from segmentry.engines.reference.rows import Refund
from segmentry.query.bound import RecordTest

Record = dict[str, CustomerValue]


def _orders_placed(person: Person, test: RecordTest) -> list[Record]:
    with_status = any(each.field.name == "status" for each in test.filters)
    orders = person.placed if with_status else person.counting
    return [_order(each, person) for each in orders]


def _order(each: Standing, person: Person) -> Record:
    order, row = each.order, each.order.row
    return {
        "date": each.ordered_at,
        "amount": each.money,
        "location_id": row["location_id"],
        "app_id": row["app_id"],
        "channel": row["channel"],
        "status": each.state,
        "tag": order.tags,
        "currency": row["currency"],
        "discount_code": order.discount_codes,
        "discounted": order.discounted,
        "company_id": row["company_id"],
        "renewal": row["renewal"],
        "shipping_country": row["shipping_country"],
        "payment_method": row["payment_method"],
        "refunded_amount": refunded(order, person.moment.until),
    }


def _products_purchased(person: Person, test: RecordTest) -> list[Record]:
    return [_purchase(each) for each in purchases(person)]


def _purchase(each: Purchase) -> Record:
    product = each.product
    row = product.row if product else defaultdict(lambda: None)
    return {
        "order": each.order.order.order_id,
        "id": each.product_id,
        "tag": product.tags if product else frozenset(),
        "category": row["category"],
        "date": each.order.ordered_at,
        "quantity": each.quantity,
        "variant_id": frozenset(line.variant_id for line in each.lines if line.variant_id),
        "title": frozenset(line.title for line in each.lines if line.title),
        "vendor": row["vendor"],
        "type": row["type"],
        "collection_id": product.collections if product else frozenset(),
        "sku": frozenset(line.sku for line in each.lines if line.sku),
        "price": each.price,
        "in_same_order": each.together,
        "amount": each.amount,
    }


def _refunds(person: Person, test: RecordTest) -> list[Record]:
    """Refunds of placed orders and of none; what one refund gave back is one record."""
    until = person.moment.until
    found: dict[str, Record] = {}
    for each in person.placed:
        for refund in each.order.refunds:
            if is_effective(each.order, refund, until):
                _add(found, refund, refund.refunded_at or each.ordered_at)
    for refund in person.customer.unlinked_refunds:
        if refund.refunded_at is None or refund.refunded_at <= until:
            _add(found, refund, refund.refunded_at)
    return list(found.values())


def _add(found: dict[str, Record], refund: Refund, date: CustomerValue) -> None:
    record = found.setdefault(refund.refund_id, {"date": date, "amount": 0})
    before = record["amount"]
    assert isinstance(before, int)
    record["amount"] = before + refund.amount


RECORDS: dict[str, Callable[[Person, RecordTest], list[Record]]] = {
    "orders_placed": _orders_placed,
    "products_purchased": _products_purchased,
    "refunds": _refunds,
}
"""The records each function of the catalogue ranges over."""


def aggregate(name: str, records: list[Record]) -> CustomerValue:
    """`count`, `sum_<field>` or `average_<field>` of records; an average of none is missing.

    Records that are parts of one order are counted as one.
    """
    if name == "count":
        return len({record.get("order", number) for number, record in enumerate(records)})
    kind, _, field = name.partition("_")
    numbers = [value for record in records if isinstance(value := record[field], int | Fraction)]
    if kind == "sum":
        return sum(numbers)
    return Fraction(sum(numbers), len(numbers)) if numbers else None
