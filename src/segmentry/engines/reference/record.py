"""What a function ranges over, and what is made of its records together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.people import Person
from segmentry.facts.field import Field
from segmentry.facts.properties import Property
from segmentry.query.bound import RecordTest


@dataclass(frozen=True, slots=True)
class Records:
    """What a function ranges over: a person's records, and their fields by name.

    `of_property` reads those fields whose names only the records know. `counted_as` is what
    `count` counts: records with one value are one.
    """

    of: Callable[[Person, RecordTest], list[Any]]
    fields: Mapping[str, Callable[[Any], CustomerValue]]
    counted_as: Callable[[Any], object] = id
    of_property: Callable[[Property], Callable[[Any], CustomerValue]] | None = None

    def reader(self, field: Field) -> Callable[[Any], CustomerValue]:
        """How a field is read of a record, a property that was given at will included."""
        if isinstance(field, Property):
            assert self.of_property is not None, "only these records have properties"
            return self.of_property(field)
        return self.fields[field.name]


def aggregate(records: Records, field: Field, left: Iterable[Any]) -> CustomerValue:
    """`count`, `sum_<field>` or `average_<field>` of records; an average of none is missing."""
    if field.name == "count":
        return len({records.counted_as(each) for each in left})
    kind, _, added = field.name.partition("_")
    read = records.reader(field) if isinstance(field, Property) else records.fields[added]
    values = (read(each) for each in left)
    numbers = [value for value in values if isinstance(value, int | Fraction)]
    if kind == "sum":
        return sum(numbers)
    return Fraction(sum(numbers), len(numbers)) if numbers else None
