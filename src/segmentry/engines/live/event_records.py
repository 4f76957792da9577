"""Events as records."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import Coded, Column, Lists, Words, dated, listed_by
from segmentry.engines.live.events import Events
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.goods import of_products
from segmentry.engines.live.json_columns import lists_of, typed_column
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.record import Field, Filters, Records, lasting
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.metafields import typed
from segmentry.engines.properties import collection_of, products_listed, property_of
from segmentry.facts.catalogue import FUNCTIONS
from segmentry.facts.field import Function
from segmentry.facts.operators import Type
from segmentry.facts.properties import Property


def _fields(event: str) -> Mapping[str, Field]:
    """The fields that events of a name can have."""
    of = (event,)

    def products(columns: StoreColumns) -> Lists:
        found = columns.kept(f"{of}.products", lambda c: _products(c.events.named(event)), of)
        assert isinstance(found, Lists)
        return found

    return {
        "date": lambda now: dated(now.columns.events.named(event).at),
        **of_products(of, products),
        "purchased_after": lambda now: _purchased_after(
            now, now.columns.events.named(event), products(now.columns)
        ),
        "activity_id": lasting(
            of,
            "activity_id",
            lambda columns: reading.coded(columns.events.named(event).column("activity_id")),
        ),
        "machine": lambda now: _truths(now.columns.events.by_machine(event)),
        "url": _property(event, "url", Type.TEXT),
        "term": _property(event, "term", Type.TEXT),
        "duration_minutes": _property(event, "duration_minutes", Type.DECIMAL),
    }


def _property(event: str, name: str, type: Type) -> Field:
    """A property of the events of a name."""

    def read(columns: StoreColumns) -> Column:
        raw, values = columns.events.named(event).told(
            lambda properties: typed(properties.get(name), type, columns.zone)
        )
        return typed_column(raw, values, type)

    return lasting((event,), name, read)


def _products(events: Events) -> Lists:
    """The product that each event names, and those that it lists."""
    named = events.column("product_id")
    listed = lists_of(*events.told(products_listed))
    items = [listed.words.values[code] for code in listed.codes.tolist()]
    known = np.flatnonzero(np.asarray(reading.not_empty(named).is_valid()))
    owners = np.concatenate([known, listed.owners])
    ids = pa.chunked_array(
        [
            *named.take(pa.array(known)).chunks,
            *events.with_source(listed.owners, items).chunks,
        ],
        pa.string(),
    )
    return listed_by(owners, reading.coded(ids), events.size)


def _collection(columns: StoreColumns) -> Column:
    """The collection that each event is about."""
    events = columns.events.named("collection_viewed")
    raw, ids = events.told(collection_of)
    told = (*ids, None)  # NONE is the last place
    each = [told[code] for code in raw.codes.tolist()]
    return reading.coded(events.with_source(np.arange(events.size), each))


def _purchased_after(now: Snapshot, events: Events, products: Lists) -> Column:
    """Whether one of an event's products was bought then or later, in an order that counts."""
    bought, at = _last_bought(now, products.words)
    width = len(products.words.values)
    wanted = events.owners[products.owners] * width + products.codes
    place = np.searchsorted(bought, wanted, "right") - 1
    last = np.append(at, np.iinfo(np.int64).min)[place]
    same = np.append(bought, -1)[place] == wanted
    after = np.zeros(events.size, np.bool_)
    after[products.owners[same & (last >= events.at[products.owners])]] = True
    return _truths(after)


def _truths(rows: Mask) -> Coded:
    return Coded(rows.astype(np.int64), Words((False, True)))


def _last_bought(now: Snapshot, words: Words) -> tuple[Whole, Whole]:
    """Customer and product as one number, sorted, and when each was bought; the last of a
    number's comes last."""
    purchases = now.columns.lines.purchases
    names = pa.chunked_array([pa.array(purchases.product.words.values, pa.string())])
    known = Keys(pa.array(words.values, pa.string())).rows_of(names)
    product = np.append(known, -1)[purchases.product.codes]
    rows = np.flatnonzero(now.purchased & (product >= 0))
    orders = purchases.orders[rows]
    numbers = now.columns.orders.owners[orders] * len(words.values) + product[rows]
    at = now.columns.orders.ordered_at[orders]
    order = np.lexsort((at, numbers))
    return numbers[order], at[order]


def there_at(now: Snapshot, event: str, *, machines_too: bool = False) -> Mask:
    """The events of a name that happened and hold."""
    events = now.columns.events.named(event)
    found = (events.at <= now.until) & (now.columns.events.ends(event) > now.until)
    return found if machines_too else found & ~now.columns.events.by_machine(event)


def _records(function: Function, event: str) -> Records:
    """The events that are the records of a function."""

    def owners(now: Snapshot) -> Whole:
        return now.columns.events.named(event).owners

    def there(now: Snapshot, filters: Filters) -> Mask:
        machines_too = any(each.field.name == "machine" for each in filters)
        return there_at(now, event, machines_too=machines_too)

    fields = dict(_fields(event))
    if event == "collection_viewed":
        fields["id"] = lasting((event,), "id", _collection)
    return Records(owners, there, {each.name: fields[each.name] for each in function.parameters})


def _any_property(field: Property) -> Field:
    """A property of all events, as a condition takes it."""

    def read(columns: StoreColumns) -> Column:
        raw, values = columns.events.every.told(
            lambda properties: property_of(properties, field, columns.zone)
        )
        return typed_column(raw, values, field.type if field.typed else Type.BOOLEAN)

    return lasting("events", f"{field.name} as {field.type.name if field.typed else 'any'}", read)


EVENTS = Records(
    lambda now: now.columns.events.every.owners,
    lambda now, filters: np.asarray(now.columns.events.every.at <= now.until),
    {
        "name": lasting("events", "name", lambda columns: columns.events.every.names),
        "date": lambda now: dated(now.columns.events.every.at),
    },
    of_property=_any_property,
)

EVENT_RECORDS = {each.name: _records(each, each.event) for each in FUNCTIONS.values() if each.event}
"""The functions over one kind of event."""
