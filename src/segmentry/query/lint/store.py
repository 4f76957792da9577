"""What rules ask of a store: how many customers there are of whom a condition holds, and which
values anything in it carries. Whoever has the data answers."""

from __future__ import annotations

from typing import Protocol

from segmentry.facts.field import Field, Function
from segmentry.query.bound import Test


class StoreFacts(Protocol):
    """The data of one store, asked at one moment."""

    def count(self, test: Test) -> int:
        """How many customers a condition holds of."""
        ...

    def carried(self, function: Function | None, field: Field) -> frozenset[str] | None:
        """All values, as written, that an attribute has, or a parameter of a function; None
        where they are not looked up."""
        ...
