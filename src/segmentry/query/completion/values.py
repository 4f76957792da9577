"""The values that may follow an operator: fixed words, those of the store, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from segmentry.base.quoting import quote
from segmentry.facts.field import Field
from segmentry.facts.operators import Type
from segmentry.facts.properties import Property
from segmentry.query.completion.known import Known
from segmentry.query.completion.place import ANNIVERSARY, Inside, Place
from segmentry.query.completion.suggestion import Candidate, Kind
from segmentry.query.completion.typed import Typed

_DAYS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_TIMES = {"h": "hours", "min": "minutes"}
_OFTEN = ("7d", "30d", "90d", "180d", "12m", "1y")
_EXACT = (("=",), ("!=",), ("IN",), ("NOT", "IN"))
"""Operators that compare with whole days, never with a point in time."""
_BEGUN_OFFSET = re.compile(r"([+-]?)([0-9]{1,4})[a-z]{0,3}")
_ID = re.compile(r"0|[1-9][0-9]{0,18}")


def ranks() -> Iterator[Candidate]:
    """How many belong to the top or the bottom."""
    for share in ("5%", "10%", "20%", "25%", "50%"):
        yield Candidate(share, Kind.VALUE, f"{share[:-1]} in a hundred")
    yield Candidate("100", Kind.VALUE, "a hundred customers")


def values(place: Place, typed: Typed, known: Known) -> Iterator[Candidate]:
    """Values of the field that is compared, by its type."""
    field = place.field
    if field is None or (isinstance(field, Property) and field.added_up):
        return
    if field.type.dated:
        if not typed.quoted:
            yield from _dates(place, field, typed.word, known.today)
    elif field.type is Type.ENUM:
        for word in field.values:
            yield Candidate(quote(word), Kind.VALUE, field.label, found_by=word)
    elif field.type is Type.BOOLEAN:
        yield from (Candidate(word, Kind.VALUE, field.label) for word in ("true", "false"))
    elif field.name == "segments" and place.brackets.function is None:
        for segment in known.names.segments.values():
            if not segment.archived:
                yield Candidate(quote(segment.name), Kind.SEGMENT, segment.text, segment.name)
    elif not field.type.numeric:
        yield from _known(place, field, typed, known)
        if isinstance(field, Property) and not field.typed and not typed.quoted:
            yield from (Candidate(word, Kind.VALUE, field.label) for word in ("true", "false"))


def _known(place: Place, field: Field, typed: Typed, known: Known) -> Iterator[Candidate]:
    """Values that the store's data have. An id is also found by what it is the id of."""
    function = _around(place)
    name = field.name if function is None else f"{function}.{field.name}"
    plain = field.ids or field.type is Type.ID
    for each in known.values(name, typed.word):
        text = each.text if plain and _ID.fullmatch(each.text) else quote(each.text)
        if not (typed.quoted and text == each.text):
            yield Candidate(text, Kind.VALUE, each.detail, each.text, (each.detail,))
        else:
            yield Candidate(quote(text), Kind.VALUE, each.detail, text, (each.detail,))


def _around(place: Place) -> str | None:
    """The function whose parameter is compared, if one is."""
    for brackets in reversed(place.open):
        if brackets.inside is Inside.PARAMETERS and brackets.function is not None:
            return brackets.function.name
        if brackets.inside is Inside.GROUP:
            break
    return None


# -- dates ------------------------------------------------------------------------------


def _dates(place: Place, field: Field, typed: str, today: date | None) -> Iterator[Candidate]:
    """Offsets from today that are often asked for, or the unit for a number typed."""
    ahead = field.name == ANNIVERSARY
    yield Candidate("today", Kind.DATE, "the whole of today")
    yield Candidate("yesterday", Kind.DATE, "the whole of yesterday")
    for offset in _OFTEN:
        for sign in ("+", "-") if ahead else ("-", "+") if typed.startswith("+") else ("-",):
            yield _offset(sign, offset)
    units = _DAYS if field.type is Type.DAY or place.words in _EXACT else _DAYS | _TIMES
    if begun := _BEGUN_OFFSET.fullmatch(typed):
        for unit in units:
            yield _offset(begun[1] or "-", f"{begun[2]}{unit}", typed)
    elif "h" in units:
        yield _offset("-", "24h")
    if today is not None:
        yield Candidate(today.isoformat(), Kind.DATE, "today, written in full")
        yield Candidate(today.replace(day=1).isoformat(), Kind.DATE, "the first of this month")
        yield Candidate(
            today.replace(month=1, day=1).isoformat(), Kind.DATE, "the first of this year"
        )


def _offset(sign: str, offset: str, typed: str = "") -> Candidate:
    """An offset; where its sign is not typed yet it is found all the same."""
    number = re.match(r"[0-9]+", offset)
    amount = number.group() if number else ""
    unit = offset.removeprefix(amount)
    words = (_DAYS | _TIMES)[unit]
    words = words.removesuffix("s") if amount == "1" else words
    said = f"{amount} {words} {'ago' if sign == '-' else 'from now'}"
    signed = f"{sign}{offset}"
    return Candidate(signed, Kind.DATE, said, offset if typed[:1].isdigit() else signed)
