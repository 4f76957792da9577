"""What a query asks about that is known only as it is today, whatever the moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from segmentry.query.bound import (
    NO_LISTS,
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    RecordTest,
)

BY_HAND = "customers listed by hand"


def undated(query: BoundQuery) -> tuple[str, ...]:
    """The names of attributes, of functions and of their parameters without a date, in the
    order in which the query has them, then those of the segments it refers to; lists made by
    hand are of today too."""
    return tuple(dict.fromkeys(_names(query)))


def _names(query: BoundQuery) -> Iterator[str]:
    if not query.lists.fixed:
        yield from _of(query.root)
    if query.lists != NO_LISTS:
        yield BY_HAND
    for _, other in query.segments:
        yield from _names(other)


def _of(node: Bound) -> Iterator[str]:
    match node:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _of(part)
        case Complement(part):
            yield from _of(part)
        case AttributeTest(field) | AnniversaryTest(field):
            if field.undated:
                yield field.name
        case RecordTest(function, filters):
            if function.undated:
                yield function.name
                return
            for each in filters:
                if each.field.undated:
                    yield f"{function.name}.{each.field.name}"
        case _:
            assert_never(node)
