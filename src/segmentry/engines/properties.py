"""The properties of events, which sources give as JSON objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo

from segmentry.engines.base import CustomerValue
from segmentry.engines.metafields import parsed, typed
from segmentry.facts.properties import Property

Properties = Mapping[str, Any]


def properties_of(raw: str | None) -> Properties:
    """The properties in a JSON text; none where it is no object."""
    found = parsed(raw)
    return found if isinstance(found, dict) else {}


def value_at(properties: Properties, path: tuple[str, ...]) -> Any:
    """What stands at the end of a way through objects; None where it leads nowhere."""
    found: Any = properties
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def property_of(properties: Properties, field: Property, zone: ZoneInfo) -> CustomerValue:
    """A property as a condition takes it: of its type or, where any will do, true."""
    found = value_at(properties, field.path)
    if field.typed:
        return typed(found, field.type, zone)
    blank = isinstance(found, str) and not found.strip()
    return None if found is None or found == [] or blank else True


def text_of(value: Any) -> str | None:
    """A text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


def id_of(value: Any) -> str | None:
    """An id, which is a text or a whole number; that of records has their source before it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value)


def collection_of(properties: Properties) -> str | None:
    """The id of the collection that was viewed."""
    return id_of(properties.get("collection_id"))


def products_listed(properties: Properties) -> frozenset[str]:
    """The ids of the products that an event lists."""
    listed = properties.get("products")
    items = listed if isinstance(listed, list) else []
    found = (id_of(item.get("product_id")) for item in items if isinstance(item, dict))
    return frozenset(product for product in found if product)


def came_from(properties: Properties) -> str | None:
    """Where a visit came from: the source its link was tagged with, or else the host that led
    to it, unless that is the page's own."""
    page, before = (_address(properties.get(name)) for name in ("url", "referrer"))
    tagged = text_of(properties.get("utm_source")) or _tag(page)
    if tagged is not None:
        return tagged
    return before.hostname if before and not (page and page.hostname == before.hostname) else None


def _tag(page: SplitResult | None) -> str | None:
    found = parse_qs(page.query).get("utm_source") if page else None
    return text_of(found[0]) if found else None


def _address(value: Any) -> SplitResult | None:
    """The parts of an address; None for what is none."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        return parts if parts and parts.hostname else None
    except ValueError:
        return None
