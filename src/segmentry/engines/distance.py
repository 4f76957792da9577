"""The way between two places on the globe."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import asin, cos, radians, sin, sqrt

from segmentry.query.bound import FieldTest

EARTH = 6_371_008_800
"""The mean radius of the earth in millimetres."""

MILLIMETRES = {"distance_km": 1_000_000, "distance_mi": 1_609_344}
"""Millimetres of a unit of each distance."""


def millimetres(one: tuple[float, float], other: tuple[float, float]) -> int:
    """The great-circle distance of two places, each latitude and longitude in degrees."""
    (lat, long), (lat2, long2) = (tuple(map(radians, place)) for place in (one, other))
    chord = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((long2 - long) / 2) ** 2
    return round(2 * EARTH * asin(min(1.0, sqrt(chord))))


def place_of(filters: Iterable[FieldTest]) -> tuple[float, float]:
    """The place around which filters look."""
    latitude, longitude = map(float, place_text(filters).split(","))
    return latitude, longitude


def place_text(filters: Iterable[FieldTest]) -> str:
    """The same as it is written."""
    return next(str(t.operands[0]) for t in filters if t.field.name == "coordinates")


def farthest(filters: Iterable[FieldTest]) -> Fraction:
    """The most millimetres that filters allow."""
    return min(
        Fraction(str(t.operands[0])) * MILLIMETRES[t.field.name]
        for t in filters
        if t.field.name in MILLIMETRES
    )
