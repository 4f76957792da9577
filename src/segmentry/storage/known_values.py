"""The values that a store's facts hold, for completion: distinct, the most frequent first.

Read from the canonical tables once for each name and kept while the facts stay the same;
whoever changes the facts makes a new one. Names, addresses, numbers and notes of single
people are never offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from segmentry.base.quoting import name_parts
from segmentry.base.text import search_key
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.kept import Kept, kept
from segmentry.facts.metafields import PREFIX as METAFIELDS
from segmentry.facts.properties import PREFIX as PROPERTY
from segmentry.query.completion import KnownValue, begins_a_word
from segmentry.storage.connecting import connect

Rows = Callable[[str, Sequence[str]], list[tuple[Any, ...]]]
"""Runs a statement with values for its parameters; gives all its rows."""

SOURCES = "SELECT DISTINCT split_part(customer_id, ':', 1) FROM customers"
"""The names of the sources that customers come from."""

LIMIT = 10_000
"""So many values of a name are kept, the most frequent of them."""
_EVENTS_READ = 100_000
"""In so many events the names of properties are looked for: they repeat."""

PERSONAL = frozenset({"customer_email", "customer_phone", "customer_name", "customer_note"})
"""Attributes whose values are each about one person; nobody needs to see them to ask."""


def _column(table: str, column: str, detail: str = "NULL") -> str:
    return f'SELECT {column} AS value, {detail} AS detail FROM "{table}"'


def _elements(path: str, table: str, where: str) -> str:
    """Texts in a column of JSON, those of lists one by one."""
    return (
        f"SELECT unnest(CASE json_type({path}) WHEN 'ARRAY' "
        f"THEN json_extract_string({path}, '$[*]') ELSE [json_extract_string({path}, '$')] END) "
        f'AS value, NULL AS detail FROM "{table}" WHERE json_valid({path}) AND {where}'
    )


def _property(key: str, where: str = "true") -> str:
    return (
        f"SELECT json_extract_string(properties, '$.{key}') AS value, NULL AS detail "
        f"FROM events WHERE json_valid(properties) AND {where}"
    )


_DETAILS = {
    Kept("companies", "company_id"): "name",
    Kept("order_lines", "product_id"): "title",
    Kept("order_lines", "variant_id"): "title",
    Kept("order_lines", "sku"): "title",
    Kept("products", "product_id"): "title",
    Kept("collections", "collection_id"): "title",
}
"""The column beside some ids that says what they are of."""

_PRODUCTS = (Kept("order_lines", "product_id"), Kept("products", "product_id"))
_SPACES = "' ' || chr(9) || chr(10) || chr(160)"


def _as_kept(places: Iterable[Kept]) -> str:
    return " UNION ALL ".join(
        _column(each.table, _expression(each), _DETAILS.get(each, "NULL")) for each in places
    )


def _expression(place: Kept) -> str:
    if place.also is None:
        return place.column
    return f"{place.column} || '-' || translate({place.also}, {_SPACES}, '')"


def _kept_values() -> Iterator[tuple[str, str]]:
    for attribute in ATTRIBUTES.values():
        if places := kept(None, attribute):
            yield attribute.name, _as_kept(places)
    for function in FUNCTIONS.values():
        for field in function.parameters:
            if places := kept(function, field):
                yield f"{function.name}.{field.name}", _as_kept(places)


_OF_EVENTS: dict[str, Callable[[str], str]] = {
    "activity_id": lambda which: f"{_column('events', 'activity_id')} WHERE {which}",
    "url": lambda which: _property("url", which),
    "term": lambda which: _property("term", which),
}


def _event_values() -> Iterator[tuple[str, str]]:
    """Of events of one name alone."""
    for function in FUNCTIONS.values():
        for field in function.parameters:
            if function.event is not None and field.name in _OF_EVENTS:
                which = f"name = '{function.event}'"
                yield f"{function.name}.{field.name}", _OF_EVENTS[field.name](which)


VALUES: dict[str, str] = {
    **dict(_kept_values()),
    **dict(_event_values()),
    "customer_email_domain": _column("customers", "split_part(email_key, '@', -1)"),
    "customer_source": _column("customers", "split_part(customer_id, ':', 1)"),
    "customer_interests": _elements(
        "value", "attributes", "namespace = 'profile' AND key = 'interests'"
    ),
    "customer_values": _elements("value", "attributes", "namespace = 'profile' AND key = 'values'"),
    "first_source": _property("utm_source"),
    "last_source": _property("utm_source"),
    # Products that events list are not looked for in the events; any can be one.
    "storefront.cart_added.id": _as_kept(_PRODUCTS),
    "storefront.checkout_started.id": _as_kept(_PRODUCTS),
    f"events.{PROPERTY}": (
        "SELECT unnest(json_keys(properties)) AS value, NULL AS detail FROM "
        f"(SELECT properties FROM events WHERE json_valid(properties) LIMIT {_EVENTS_READ})"
    ),
}
"""Where the values of an attribute or a parameter are read, and the names of properties of
events: a statement with a value and a word on it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The values of one name, the most frequent first, each with the key it is found by.

    Ten thousand keys are looked through in two milliseconds; an index of their words
    took longer to make than anybody types.
    """

    values: tuple[KnownValue, ...]
    keys: tuple[str, ...]

    def starting(self, prefix: str, most: int) -> tuple[KnownValue, ...]:
        key = search_key(prefix)
        pairs = zip(self.values, self.keys, strict=True)
        return tuple(islice((value for value, known in pairs if begins_a_word(known, key)), most))


def read_values(path: Path, name: str, prefix: str) -> tuple[KnownValue, ...]:
    """Values straight from a file of facts, for a process that asks once and ends."""
    with closing(connect(path, read_only=True)) as connection:

        def rows(statement: str, given: Sequence[str] = ()) -> list[tuple[Any, ...]]:
            return connection.execute(statement, given).fetchall()

        sources = frozenset(row[0] for row in rows(SOURCES))
        return KnownValues(rows, sources).starting(name, prefix)


class KnownValues:
    """What the facts of one moment hold. `sources` are the names of where ids come from."""

    def __init__(self, rows: Rows, sources: frozenset[str]) -> None:
        self._rows = rows
        self._source = f"{next(iter(sources))}:" if len(sources) == 1 else ""
        self._found: dict[tuple[str, tuple[str, ...]], _Found] = {}

    def starting(self, name: str, prefix: str = "", most: int = 50) -> tuple[KnownValue, ...]:
        """Values of an attribute (`customer_tags`) or parameter (`orders_placed.tag`) one of
        whose words begins with a text in any case, at most so many, the most frequent first.
        None for a name without values to choose from."""
        statement, given = _statement(name)
        if statement is None:
            return ()
        asked = (statement, given)
        if asked not in self._found:
            self._found[asked] = self._read(statement, given)
        return self._found[asked].starting(prefix, most)

    def _read(self, statement: str, given: tuple[str, ...]) -> _Found:
        rows = self._rows(
            "SELECT value, max(detail) AS detail, count(*) AS often "
            f"FROM ({statement}) WHERE trim(value) <> '' "
            f"GROUP BY value ORDER BY often DESC, value LIMIT {LIMIT}",
            given,
        )
        values = tuple(
            KnownValue(value.removeprefix(self._source), detail or "") for value, detail, _ in rows
        )
        return _Found(values, tuple(search_key(f"{v.text}\n{v.detail}") for v in values))


def _statement(name: str) -> tuple[str | None, tuple[str, ...]]:
    parts = name_parts(name)
    if name.startswith(METAFIELDS) and len(parts) == 3:
        return _elements("value", "attributes", "namespace = ? AND key = ?"), parts[1:]
    return VALUES.get(name), ()
