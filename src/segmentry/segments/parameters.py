"""Parameters of ready-made segments: a value as a person types it becomes query text.

Comes in: a text. Goes out: a literal of the segment language, quoted where it must be, so
that no value can change the query around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import category

from segmentry.base.errors import SegmentError

_LARGEST_ID = 2**64 - 1
_LATITUDE, _LONGITUDE = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A gap in a preset's query, written `{name}` there.

    Without a `default` a value must be given; `example` is one that would do.
    """

    name: str
    type: str
    label: str
    default: str | None = None
    example: str | None = None

    def literal(self, value: str) -> str:
        """`value` as query text. Refuses what does not fit the type, naming the parameter."""
        try:
            return TYPES[self.type].write(value)
        except ValueError:
            wanted = TYPES[self.type].wanted
            raise SegmentError(f"{self.name} ({self.label}) must be {wanted}.") from None


@dataclass(frozen=True, slots=True)
class ParameterType:
    """What a parameter may hold: `wanted` in words, `write` makes the literal or raises
    ValueError."""

    wanted: str
    write: Callable[[str], str]


def quoted(text: str) -> str:
    """`text` as a string of the segment language, its quotes and backslashes doubled.

    Refuses blank text (a comparison with '' means "is missing") and control characters.
    """
    if not text.strip() or any(category(character) == "Cc" for character in text):
        raise ValueError(text)
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _quoted_list(text: str) -> str:
    return ", ".join(quoted(part.strip()) for part in text.split(","))


def _matching(pattern: str) -> Callable[[str], str]:
    def write(text: str) -> str:
        if not re.fullmatch(pattern, text.strip()):
            raise ValueError(text)
        return text.strip()

    return write


def _record_id(text: str) -> str:
    """A plain number stays bare, as Shopify writes ids; everything else is quoted."""
    text = text.strip()
    bare = re.fullmatch("0|[1-9][0-9]{0,19}", text) and int(text) <= _LARGEST_ID
    return text if bare else quoted(text)


def _coordinates(text: str) -> str:
    pair = re.fullmatch(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*,\s*(-?[0-9]+(?:\.[0-9]+)?)\s*", text)
    if not pair or abs(float(pair[1])) > _LATITUDE or abs(float(pair[2])) > _LONGITUDE:
        raise ValueError(text)
    return quoted(f"{pair[1]},{pair[2]}")


TYPES: dict[str, ParameterType] = {
    "text": ParameterType("a text, not blank, on one line", quoted),
    "texts": ParameterType("texts with commas between them", _quoted_list),
    "number": ParameterType(
        "a number such as 12 or 12.50: no sign, no currency, no thousands mark",
        _matching(r"[0-9]{1,14}(\.[0-9]{1,4})?"),
    ),
    "whole": ParameterType("a whole number such as 30", _matching("[0-9]{1,9}")),
    "id": ParameterType("an id such as 123 or shopify:123", _record_id),
    "coordinates": ParameterType("latitude,longitude such as 51.5072,-0.1276", _coordinates),
}
"""The closed vocabulary of parameter types."""
