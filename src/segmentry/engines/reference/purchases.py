"""What a customer bought: one product in one order that counts, its lines added."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from segmentry.engines.reference.orders import Standing, is_effective
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.rows import Line, Product, Refund, StoreRows

GOODS = ("PRODUCT", "GIFT_CARD")
"""Kinds of line that are bought; shipping and discounts are not."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """`quantity` and `amount` are net of returns."""

    order: Standing
    product_id: str | None
    product: Product | None
    lines: tuple[Line, ...]
    quantity: int
    amount: int
    together: frozenset[str]
    """The products of the same order."""

    @property
    def price(self) -> Fraction | None:
        """What a unit cost after discounts, on average; missing where a line does not say."""
        costs = [_cost(line) for line in self.lines]
        units = sum(line.quantity for line in self.lines)
        known = [cost for cost in costs if cost is not None]
        return Fraction(sum(known), units) if len(known) == len(costs) and units else None


def _cost(line: Line) -> int | None:
    """What the line's units cost: by their price, or else as the line's money says."""
    return line.amount if line.unit_price is None else line.unit_price * line.quantity


def purchases(person: Person) -> list[Purchase]:
    """Everything a person bought and kept at least one unit of."""
    return [each for order in person.counting for each in _of_order(order, person)]


def _of_order(order: Standing, person: Person) -> list[Purchase]:
    by_product: dict[_Bought, list[Line]] = defaultdict(list)
    for line in person.rows.lines.get(order.order.order_id, ()):
        if line.kind in GOODS:
            by_product[_bought(line, person.rows)].append(line)
    back = [r for r in order.order.refunds if is_effective(order.order, r, person.moment.until)]
    kept = {what: _net(what, lines, back) for what, lines in by_product.items()}
    together = frozenset(
        what.product_id for what, (quantity, _) in kept.items() if quantity > 0 and what.product_id
    )
    return [
        Purchase(
            order,
            what.product_id,
            person.rows.products.get(what.product_id or ""),
            tuple(lines),
            *kept[what],
            together,
        )
        for what, lines in by_product.items()
        if kept[what][0] > 0
    ]


@dataclass(frozen=True, slots=True)
class _Bought:
    """What lines are added by: the product, or else the stock unit or title as written."""

    product_id: str | None
    otherwise: str | None


def _bought(line: Line, rows: StoreRows) -> _Bought:
    """A line without a product id is the product that its stock unit belongs to."""
    known = line.product_id or rows.product_of_sku.get(line.sku or "")
    return _Bought(known, None if known else line.sku or line.title)


def _net(what: _Bought, lines: list[Line], back: list[Refund]) -> tuple[int, int]:
    """Units and money of the lines, less what was given back for them."""
    numbers = {line.line_number for line in lines}
    quantity = sum(line.quantity for line in lines)
    amount = sum(line.amount or 0 for line in lines)
    for refund in back:
        of_product = refund.product_id is not None and refund.product_id == what.product_id
        if refund.line_number in numbers or (refund.line_number is None and of_product):
            quantity -= refund.quantity
            amount -= refund.amount
    return quantity, max(0, amount)
