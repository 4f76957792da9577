"""Checkouts still abandoned, as records."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.engines.reference.goods import known_products, of_products
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.record import Records
from segmentry.engines.reference.rows import Checkout, CheckoutLine, Product, StoreRows
from segmentry.query.bound import RecordTest


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A checkout with the lines of its cart."""

    checkout: Checkout
    lines: tuple[CheckoutLine, ...]
    products: frozenset[str]
    known: list[Product]


def _abandoned(person: Person, test: RecordTest) -> list[Abandoned]:
    return [_with_lines(each, person.rows) for each in person.abandoned]


def _with_lines(checkout: Checkout, rows: StoreRows) -> Abandoned:
    """A line without a product id is the product that its stock unit belongs to."""
    lines = tuple(rows.checkout_lines.get(checkout.checkout_id, ()))
    named = (line.product_id or rows.product_of_sku.get(line.sku or "") for line in lines)
    products = frozenset(product for product in named if product)
    return Abandoned(checkout, lines, products, known_products(products, rows))


def _texts(each: Abandoned, name: str) -> frozenset[str]:
    found = (getattr(line, name) for line in each.lines)
    return frozenset(text for text in found if text)


CHECKOUTS_ABANDONED = Records(
    _abandoned,
    {
        "date": lambda each: each.checkout.last_active_at,
        "value": lambda each: each.checkout.value,
        **of_products(lambda each: each.products, lambda each: each.known),
        "variant_id": lambda each: _texts(each, "variant_id"),
        "sku": lambda each: _texts(each, "sku"),
    },
)
