"""The values that a store's facts hold, for completion: distinct, the most frequent first.

Read from the canonical tables once for each name and kept while the facts stay the same;
whoever changes the facts makes a new one. Names, addresses, numbers and notes of single
people are never offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from segmentry.base.quoting import name_parts
from segmentry.base.text import search_key
from segmentry.facts.catalogue import FUNCTIONS
from segmentry.facts.field import Function
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


def _customers(*columns: str) -> dict[str, str]:
    return {f"customer_{column}": _column("customers", column) for column in columns}


_PRODUCT_IDS = (
    f"{_column('order_lines', 'product_id', 'title')} UNION ALL "
    f"{_column('products', 'product_id', 'title')}"
)
_SOLD_OR_LISTED = f"{_column('order_lines', 'sku', 'title')} UNION ALL " + _column(
    "product_skus", "sku"
)
_VARIANTS = f"{_column('order_lines', 'variant_id', 'title')} UNION ALL " + _column(
    "product_skus", "variant_id"
)
_TITLES = f"{_column('order_lines', 'title')} UNION ALL {_column('products', 'title')}"
_COLLECTIONS = _column("collections", "collection_id", "title")

ATTRIBUTE_VALUES: dict[str, str] = {
    **_customers("language", "gender", "marital_status", "education", "occupation"),
    "customer_email_domain": _column("customers", "split_part(email_key, '@', -1)"),
    "created_by_app_id": _column("customers", "created_by_app_id"),
    "customer_source": _column("customers", "split_part(customer_id, ':', 1)"),
    "customer_countries": _column("addresses", "country"),
    "customer_regions": _column("addresses", "region"),
    "customer_cities": _column(
        "addresses", "region || '-' || translate(city, ' ' || chr(9) || chr(10) || chr(160), '')"
    ),
    "customer_postal_codes": _column("addresses", "postal_code"),
    "customer_tags": _column("customer_tags", "tag"),
    "companies": _column("companies", "company_id", "name"),
    "customer_interests": _elements(
        "value", "attributes", "namespace = 'profile' AND key = 'interests'"
    ),
    "customer_values": _elements("value", "attributes", "namespace = 'profile' AND key = 'values'"),
    "first_source": _property("utm_source"),
    "last_source": _property("utm_source"),
}
"""Where the values of an attribute are read: a statement with a value and a word on it."""

_OF_PRODUCTS = {
    "id": _PRODUCT_IDS,
    "in_same_order": _PRODUCT_IDS,
    "tag": _column("product_tags", "tag"),
    "category": _column("products", "category"),
    "vendor": _column("products", "vendor"),
    "type": _column("products", "type"),
    "collection_id": _COLLECTIONS,
    "variant_id": _VARIANTS,
    "sku": _SOLD_OR_LISTED,
    "title": _TITLES,
}
_OF_ORDERS = {
    **{
        column: _column("orders", column)
        for column in (
            *("channel", "currency", "location_id", "app_id"),
            *("shipping_country", "payment_method"),
        )
    },
    "company_id": _column("companies", "company_id", "name"),
    "tag": _column("order_tags", "tag"),
    "discount_code": _column("order_discounts", "code"),
}
_OF_EVENTS = ("activity_id", "url", "term")


def _parameter_values(function: Function) -> Iterator[tuple[str, str]]:
    names = [field.name for field in function.parameters]
    for name in names:
        if function.name == "orders_placed" and name in _OF_ORDERS:
            yield name, _OF_ORDERS[name]
        elif "collection_id" in names and name in _OF_PRODUCTS:
            yield name, _OF_PRODUCTS[name]
        elif function.event is not None and name in _OF_EVENTS:
            which = f"name = '{function.event}'"
            yield (
                name,
                (
                    f"{_column('events', name)} WHERE {which}"
                    if name == "activity_id"
                    else _property(name, which)
                ),
            )


VALUES: dict[str, str] = {
    **ATTRIBUTE_VALUES,
    **{
        f"{function.name}.{parameter}": statement
        for function in FUNCTIONS.values()
        for parameter, statement in _parameter_values(function)
    },
    "storefront.collection_viewed.id": _COLLECTIONS,
    "store_credit_accounts.currency": _column("credits", "currency"),
    "events.name": _column("events", "name"),
    f"events.{PROPERTY}": (
        "SELECT unnest(json_keys(properties)) AS value, NULL AS detail FROM "
        f"(SELECT properties FROM events WHERE json_valid(properties) LIMIT {_EVENTS_READ})"
    ),
}
"""The same for parameters of functions, and for the names of properties of events."""


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
