"""How customers moved between the groups of an attribute from one moment to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from segmentry.base.errors import UserError
from segmentry.engines.base import Engine
from segmentry.facts import lifecycle, rfm
from segmentry.facts.catalogue import ATTRIBUTES

Grouped: TypeAlias = Literal["lifecycle_stage", "rfm_group"]
"""The attributes that part the customers into groups."""

GROUPS: Mapping[str, Mapping[str, str]] = {
    "lifecycle_stage": lifecycle.STAGES,
    "rfm_group": rfm.GROUPS,
}
UNPLACED = "UNPLACED"
"""Buyers in a store with too few of them to rank."""
NOT_THERE = "NOT_THERE"
"""Customers who did not exist yet at the first moment, or are gone at the last."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Customers by the group they were in and the group they are in, an order that `names`
    gives: `counts[from][to]`. The last two names are UNPLACED and NOT_THERE."""

    attribute: Grouped
    since: datetime
    until: datetime
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def count(self, before: str, after: str) -> int:
        """How many moved from one group to another, or stayed where both are the same."""
        return self.counts[self.names.index(before)][self.names.index(after)]

    @property
    def before(self) -> dict[str, int]:
        """How many were in each group at the first moment."""
        return {name: sum(row) for name, row in zip(self.names, self.counts, strict=True)}

    @property
    def after(self) -> dict[str, int]:
        """How many are in each group at the last moment."""
        columns = zip(*self.counts, strict=True)
        return {name: sum(column) for name, column in zip(self.names, columns, strict=True)}


def movement(engine: Engine, attribute: str, since: datetime, until: datetime) -> Movement:
    """The movement between two moments. Refuses an attribute without groups, and moments in
    the wrong order."""
    match attribute:
        case "lifecycle_stage" | "rfm_group":
            groups = GROUPS[attribute]
        case _:
            raise UserError(f"'{attribute}' has no groups to move between. Take {_either()}.")
    if since > until:
        raise UserError("The first of the two moments lies after the last.")
    before = engine.values(ATTRIBUTES[attribute], since)
    after = engine.values(ATTRIBUTES[attribute], until)
    moved = Counter(
        (_group(before, customer), _group(after, customer))
        for customer in before.keys() | after.keys()
    )
    names = (*groups, UNPLACED, NOT_THERE)
    counts = tuple(tuple(moved[one, other] for other in names) for one in names)
    return Movement(attribute, since, until, names, counts)


def _either() -> str:
    return " or ".join(GROUPS)


def _group(values: Mapping[str, object], customer: str) -> str:
    if customer not in values:
        return NOT_THERE
    return str(values[customer] or UNPLACED)
