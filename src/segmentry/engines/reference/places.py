"""Addresses around a place, as records."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from segmentry.engines.distance import MILLIMETRES, millimetres, place_of, place_text
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.record import Records
from segmentry.query.bound import RecordTest


@dataclass(frozen=True, slots=True)
class Distant:
    """An address, so many millimetres away from a place."""

    place: str
    millimetres: int


def _addresses(person: Person, test: RecordTest) -> list[Distant]:
    """Those with coordinates; where they are is all that is asked of them."""
    place = place_of(test.filters)
    return [
        Distant(place_text(test.filters), millimetres(place, (each["latitude"], each["longitude"])))
        for each in person.customer.addresses
        if each["latitude"] is not None and each["longitude"] is not None
    ]


CUSTOMER_WITHIN_DISTANCE = Records(
    _addresses,
    {
        "coordinates": lambda each: each.place,
        "distance_km": lambda each: Fraction(each.millimetres, MILLIMETRES["distance_km"]),
        "distance_mi": lambda each: Fraction(each.millimetres, MILLIMETRES["distance_mi"]),
    },
)
