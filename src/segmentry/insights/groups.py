"""Customers parted into groups, with how many each holds and what they spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from segmentry.engines.base import AverageGap, Engine
from segmentry.facts import lifecycle, rfm
from segmentry.facts.catalogue import ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Group:
    """One group. `spent` is what its members spent, in ten-thousandths."""

    name: str
    meaning: str
    members: int
    spent: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """All groups of one kind at a moment. `unplaced` customers are in none of them."""

    groups: tuple[Group, ...]
    unplaced: int
    live: int
    as_of: datetime
    average_gap: AverageGap


def rfm_groups(engine: Engine, as_of: datetime) -> Grouping:
    """The eleven RFM groups."""
    return _grouping(engine, "rfm_group", rfm.GROUPS, as_of)


def lifecycle_stages(engine: Engine, as_of: datetime) -> Grouping:
    """The lifecycle stages."""
    return _grouping(engine, "lifecycle_stage", lifecycle.STAGES, as_of)


def spend(engine: Engine, as_of: datetime) -> dict[str, int]:
    """What every live customer spent, in ten-thousandths."""
    values = engine.values(ATTRIBUTES["amount_spent"], as_of)
    return {customer: value for customer, value in values.items() if isinstance(value, int)}


def _grouping(
    engine: Engine, attribute: str, meanings: Mapping[str, str], as_of: datetime
) -> Grouping:
    placed = engine.values(ATTRIBUTES[attribute], as_of)
    spent = spend(engine, as_of)
    members: dict[object, list[str]] = {name: [] for name in meanings}
    for customer, name in placed.items():
        if name is not None:
            members[name].append(customer)
    groups = tuple(
        Group(name, meaning, len(members[name]), sum(spent[c] for c in members[name]))
        for name, meaning in meanings.items()
    )
    unplaced = len(placed) - sum(group.members for group in groups)
    return Grouping(groups, unplaced, len(placed), as_of, engine.average_gap(as_of))
