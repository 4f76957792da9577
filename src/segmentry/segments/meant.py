"""What saved segments mean, worked out once while none of them changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segmentry.base.errors import QueryError
from segmentry.facts.field import Attribute
from segmentry.query.bind import bind
from segmentry.query.bound import NO_LISTS, BoundQuery
from segmentry.query.names import Names
from segmentry.segments.index import Index


class Meant:
    """The meanings of the segments of an index, with the metafields that a store declares.

    Where people are listed by hand it is asked anew each time: who they are follows from
    merges too.
    """

    def __init__(self, index: Index, metafields: Mapping[str, Attribute]) -> None:
        self._index = index
        self._metafields = metafields
        self._known: dict[str, BoundQuery | QueryError] = {}

    def holds(self, index: Index, metafields: Mapping[str, Attribute]) -> bool:
        """Whether these are the segments and metafields that it is of."""
        return index is self._index and metafields == self._metafields

    def by_key(self, key: str) -> BoundQuery | QueryError:
        """What the segment of a name key means; if it cannot be answered, why not."""
        found = self._known.get(key)
        if found is None:
            found = self._made(key)
            if isinstance(found, QueryError) or not any(_lists(found)):
                self._known[key] = found
        return found

    def _made(self, key: str) -> BoundQuery | QueryError:
        names = Names(self._metafields, self._index.queries)
        try:
            return bind(names.segments[key].text, names, (key,))
        except QueryError as error:
            return error


def _lists(query: BoundQuery) -> Iterator[bool]:
    """Whether a query, or one that it refers to, lists people by hand."""
    yield query.lists is not NO_LISTS
    for _, other in query.segments:
        yield from _lists(other)
