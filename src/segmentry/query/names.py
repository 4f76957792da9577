"""What a query may name beside the catalogue: a store's metafields and saved segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentry.facts.field import Attribute


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved segment that queries can refer to."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one store. `segments` go by name key.

    `predictions`: whether a model has run, so that predicted attributes have values.
    `unchecked`: without a store any metafield and segment is taken, with a remark.
    """

    metafields: Mapping[str, Attribute] = field(default_factory=dict)
    segments: Mapping[str, SavedQuery] = field(default_factory=dict)
    predictions: bool = False
    unchecked: bool = False


ANY = Names(unchecked=True)
"""Names where there is no store to check them against."""
