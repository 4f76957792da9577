"""Events as records, and what follows from visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segmentry.engines.base import CustomerValue
from segmentry.engines.metafields import typed
from segmentry.engines.properties import (
    Properties,
    came_from,
    collection_of,
    products_listed,
    properties_of,
    property_of,
)
from segmentry.engines.reference.goods import known_products, of_products
from segmentry.engines.reference.messages import counts, opened_by_machine
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.purchases import purchases
from segmentry.engines.reference.record import Records
from segmentry.engines.reference.rows import Event, Product
from segmentry.facts.catalogue import FUNCTIONS
from segmentry.facts.events import STOREFRONT
from segmentry.facts.field import Function
from segmentry.facts.operators import Type
from segmentry.facts.properties import Property
from segmentry.query.bound import RecordTest


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a person, with the products it is about."""

    event: Event
    person: Person
    properties: Properties
    products: frozenset[str]
    known: list[Product]


def _happened(event: Event, person: Person) -> Happened:
    properties = properties_of(event.properties)
    listed = {event.with_source(product) for product in products_listed(properties)}
    products = frozenset(listed | ({event.product_id} if event.product_id else set()))
    return Happened(event, person, properties, products, known_products(products, person.rows))


def _property(name: str, type: Type) -> Callable[[Happened], CustomerValue]:
    return lambda each: typed(each.properties.get(name), type, each.person.zone)


def _purchased_after(each: Happened) -> bool:
    """Whether one of the products was bought then or later, in an order that counts."""
    return any(
        purchase.product_id in each.products and purchase.order.ordered_at >= each.event.occurred_at
        for purchase in purchases(each.person)
    )


_FIELDS: dict[str, Callable[[Happened], CustomerValue]] = {
    "date": lambda each: each.event.occurred_at,
    **of_products(lambda each: each.products, lambda each: each.known),
    "purchased_after": _purchased_after,
    "activity_id": lambda each: each.event.activity_id,
    "machine": lambda each: opened_by_machine(each.event),
    "url": _property("url", Type.TEXT),
    "term": _property("term", Type.TEXT),
    "duration_minutes": _property("duration_minutes", Type.DECIMAL),
}


def _collection(each: Happened) -> CustomerValue:
    found = collection_of(each.properties)
    return each.event.with_source(found) if found else None


_COLLECTION: dict[str, Callable[[Happened], CustomerValue]] = {
    "date": _FIELDS["date"],
    "id": _collection,
}


def _records(function: Function) -> Records:
    """The events that are the records of a function."""

    def of(person: Person, test: RecordTest) -> list[Happened]:
        named = (event for event in person.events if event.name == function.event)
        machines_too = any(each.field.name == "machine" for each in test.filters)
        return [
            _happened(event, person)
            for event in named
            if machines_too or counts(event, person.events)
        ]

    fields = _COLLECTION if function.event == "collection_viewed" else _FIELDS
    return Records(of, {each.name: fields[each.name] for each in function.parameters})


def _any_property(field: Property) -> Callable[[Happened], CustomerValue]:
    return lambda each: property_of(each.properties, field, each.person.zone)


EVENTS = Records(
    lambda person, test: [_happened(event, person) for event in person.events],
    {"name": lambda each: each.event.name, "date": _FIELDS["date"]},
    of_property=_any_property,
)

EVENT_RECORDS = {each.name: _records(each) for each in FUNCTIONS.values() if each.event}
"""The functions over one kind of event."""


def sources(person: Person) -> list[str]:
    """Where a person's visits came from, in order of time; those that do not tell left out."""
    visits = (event for event in person.events if event.name in STOREFRONT)
    found = (came_from(properties_of(event.properties)) for event in visits)
    return [source for source in found if source is not None]
