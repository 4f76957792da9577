"""Properties that the store gives its own events: filtered by their type, or added up."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.base.quoting import name_parts
from segmentry.facts.field import Field
from segmentry.facts.operators import Type

PREFIX = "property."
SUM = "sum_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property(Field):
    """A property of an event, of the type that a condition on it takes.

    `path` leads to it from the object of all properties. `typed`: values of other types
    are missing; without, any value will do. `added_up`: it is the sum of a property.
    """

    path: tuple[str, ...]
    typed: bool = True
    added_up: bool = False

    __hash__ = Field.__hash__


def property_named(name: str, type: Type | None) -> Property | None:
    """The property (or sum) that a parameter's name means, if it means one; a type of None
    takes any value."""
    if name.startswith(PREFIX):
        path = name_parts(name.removeprefix(PREFIX))
        return Property(
            name=name,
            type=type or Type.TEXT,
            label=f"property {'.'.join(path)}",
            folded=type is Type.LIST,
            path=path,
            typed=type is not None,
        )
    if name.startswith(SUM) and name != SUM:
        path = name_parts(name.removeprefix(SUM))
        label = f"total of {'.'.join(path)}"
        return Property(name=name, type=Type.DECIMAL, label=label, path=path, added_up=True)
    return None
