"""What a query may name beside the catalogue: a store's metafields and saved segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from segmentry.facts.field import Attribute
from segmentry.query.bound import NO_LISTS, Lists


def no_lists() -> Lists:
    """Nobody is put in or kept out by hand."""
    return NO_LISTS


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved segment that queries can refer to.

    `lists` reads who is listed by hand, when that is needed. Of one that is `fixed` the text
    says nothing about who belongs; one that is `archived` is not proposed.
    """

    name: str
    text: str
    lists: Callable[[], Lists] = no_lists
    fixed: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one store. `segments` go by name key.

    `predictions`: whether a model has run, so that predicted attributes have values.
    `unchecked`: without a store any metafield and segment is taken, with a remark.
    `unlisted`: only whether a query can be answered is asked; who is listed is not read.
    """

    metafields: Mapping[str, Attribute] = field(default_factory=dict)
    segments: Mapping[str, SavedQuery] = field(default_factory=dict)
    predictions: bool = False
    unchecked: bool = False
    unlisted: bool = False


ANY = Names(unchecked=True)
"""Names where there is no store to check them against."""
