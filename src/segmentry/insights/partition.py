"""Whether segments part customers: everybody in exactly one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from segmentry.engines.view import Bits
from segmentry.insights.look import Look, mask_of, size_of
from segmentry.insights.overlap import Depths

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class PartOf:
    """One of the segments, and how many of its members belong to the whole."""

    name: str
    members: int


@dataclass(frozen=True, slots=True)
class InSeveral:
    """A customer who is in more than one of the segments, and in which."""

    customer: str
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """How segments part the customers of a store, or the members `of` a segment.

    `none` are in no segment and `several` in more than one, with the first few of each.
    `outside` are members of the segments who do not belong to the whole; they do no harm.
    """

    as_of: datetime
    of: str | None
    whole: int
    parts: tuple[PartOf, ...]
    none: int
    several: int
    outside: int
    examples_of_none: tuple[str, ...]
    examples_of_several: tuple[InSeveral, ...]

    @property
    def holds(self) -> bool:
        """Whether everybody is in exactly one."""
        return not self.none and not self.several


def partition(
    look: Look, sets: Mapping[str, Bits], of: str | None = None, whole: Bits | None = None
) -> Partition:
    """How sets by name part a whole, all customers if none is given."""
    everybody = look.live if whole is None else whole
    depths = Depths(sets.values(), look.live)
    in_none = depths.exactly(0)
    none, several = in_none & everybody, everybody & ~in_none & ~depths.exactly(1)
    return Partition(
        look.as_of,
        of,
        size_of(everybody),
        tuple(PartOf(name, size_of(each & everybody)) for name, each in sets.items()),
        size_of(none),
        size_of(several),
        size_of(look.live & ~in_none & ~everybody),
        tuple(customer for customer, _ in look.first(none, _EXAMPLES)),
        _in_several(look, sets, several),
    )


def _in_several(look: Look, sets: Mapping[str, Bits], several: Bits) -> tuple[InSeveral, ...]:
    masks = {name: mask_of(each, look.size) for name, each in sets.items()}
    return tuple(
        InSeveral(customer, tuple(name for name, mask in masks.items() if mask[place]))
        for customer, place in look.first(several, _EXAMPLES)
    )
