"""A suggestion, and which of those that could stand in a place fit what is typed there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from segmentry.base.text import search_key

_FEWEST_WITHIN = 3
"""With fewer letters typed, finding them amid words would find too much."""


class Kind(Enum):
    """What a suggestion is, for an icon or a word beside it."""

    ATTRIBUTE = "attribute"
    FUNCTION = "function"
    PARAMETER = "parameter"
    OPERATOR = "operator"
    KEYWORD = "keyword"
    VALUE = "value"
    SEGMENT = "segment"
    DATE = "date"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` to put in place of the characters [start, end), what it is, and a word on it."""

    text: str
    kind: Kind
    detail: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be written. `found_by`: what people type for it, where that is
    not the text itself; `also`: other words by which it is found, though less well."""

    text: str
    kind: Kind
    detail: str = ""
    found_by: str | None = None
    also: tuple[str, ...] = ()


def fitting(
    candidates: Iterable[Candidate], typed: str, uses: Mapping[str, int]
) -> list[Candidate]:
    """Those that fit what is typed: what begins with it first, then what has a word that
    does, then what has it anywhere; among equals the more used first."""
    key = search_key(typed)
    ranked = [(_rank(candidate, key), candidate) for candidate in candidates]
    kept = [(rank, -uses.get(c.text, 0), c) for rank, c in ranked if rank is not None]
    kept.sort(key=lambda item: item[:2])
    return list(dict.fromkeys(candidate for _, _, candidate in kept))


def _rank(candidate: Candidate, key: str) -> int | None:
    if not key:
        return 0
    words = candidate.text if candidate.found_by is None else candidate.found_by
    known = search_key(words)
    if known.startswith(key):
        return 0
    if any(begins_a_word(search_key(other), key) for other in candidate.also):
        return 1
    if begins_a_word(known, key):
        return 2
    return 3 if key in known and len(key) >= _FEWEST_WITHIN else None


def begins_a_word(text: str, key: str) -> bool:
    """Whether some word of a text begins with this; both are keys."""
    at = text.find(key)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(key, at + 1)
    return at >= 0
