"""Records of a customer for the functions, each as its fields by name."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from segmentry.base.text import text_key
from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.people import Person
from segmentry.query.bound import RecordTest

Record = dict[str, CustomerValue]


def _orders_placed(person: Person, test: RecordTest) -> list[Record]:
    with_status = any(each.field.name == "status" for each in test.filters)
    return [
        {
            "date": each.ordered_at,
            "amount": each.money,
            "channel": each.order.channel,
            "status": each.state,
            "currency": text_key(each.order.currency) if each.order.currency else None,
        }
        for each in (person.placed if with_status else person.counting)
    ]


RECORDS: dict[str, Callable[[Person, RecordTest], list[Record]]] = {
    "orders_placed": _orders_placed,
}
"""The records each function of the catalogue ranges over."""


def aggregate(name: str, records: list[Record]) -> CustomerValue:
    """`count`, `sum_<field>` or `average_<field>` of records; an average of none is missing."""
    if name == "count":
        return len(records)
    kind, _, field = name.partition("_")
    numbers = [value for record in records if isinstance(value := record[field], int | Fraction)]
    if kind == "sum":
        return sum(numbers)
    return Fraction(sum(numbers), len(numbers)) if numbers else None
