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
    """`quantity` and `amount` are net of returns; `price` is what a unit cost."""

    order: Standing
    product_id: str | None
    product: Product | None
    lines: tuple[Line, ...]
    quantity: int
    amount: int
    price: Fraction | None
    together: frozenset[str]
    """The products of the same order."""


def purchases(person: Person) -> list[Purchase]:
    """Everything a person bought and kept at least one unit of."""
    return [each for order in person.counting for each in _of_order(order, person)]


def _of_order(order: Standing, person: Person) -> list[Purchase]:
    by_product: dict[str, list[Line]] = defaultdict(list)
    for line in person.rows.lines.get(order.order.order_id, ()):
        if line.kind in GOODS:
            by_product[_key(line, person.rows)].append(line)
    back = [r for r in order.order.refunds if is_effective(order.order, r, person.moment.until)]
    kept = {key: _net(lines, back) for key, lines in by_product.items()}
    together = frozenset(key for key, (quantity, _) in kept.items() if quantity > 0)
    return [
        _purchase(order, key, by_product[key], kept[key], together, person.rows)
        for key in by_product
        if kept[key][0] > 0
    ]


def _key(line: Line, rows: StoreRows) -> str:
    """The product's id; for lines without one the product its stock unit belongs to, or
    else the stock unit or the title itself."""
    known = line.product_id or rows.product_of_sku.get(line.sku or "")
    return known or line.sku or line.title or ""


def _net(lines: list[Line], back: list[Refund]) -> tuple[int, int]:
    """Units and money of the lines, less what was given back for them."""
    numbers = {line.line_number for line in lines}
    products = {line.product_id for line in lines} - {None}
    quantity = sum(line.quantity for line in lines)
    amount = sum(line.amount or 0 for line in lines)
    for refund in back:
        if refund.line_number in numbers or (
            refund.line_number is None and refund.product_id in products
        ):
            quantity -= refund.quantity
            amount -= refund.amount
    return quantity, max(0, amount)


def _purchase(
    order: Standing,
    key: str,
    lines: list[Line],
    net: tuple[int, int],
    together: frozenset[str],
    rows: StoreRows,
) -> Purchase:
    amounts = [line.amount for line in lines if line.amount is not None]
    units = sum(line.quantity for line in lines)
    price = Fraction(sum(amounts), units) if len(amounts) == len(lines) and units else None
    known = lines[0].product_id or (key if key in rows.products else None)
    return Purchase(
        order, known, rows.products.get(key), tuple(lines), *net, price, together=together
    )
