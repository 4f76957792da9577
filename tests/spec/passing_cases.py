"""Reads the cases of what happens to memberships as data arrive and time passes.

A case has a `rule`, a `name` (the rule in a sentence), `segments` (name to query) and
`stages`. A stage is a moment, `at`, on the store's clock: facts arrive then, as they happen
(`facts`) or by an import (`imported`), segments are given other queries (`edit`), order rules
chosen (`order_rules`), or nothing happens but the clock. `changes` are all that is noted
since the stage before, a text table of segment, customer, change and cause; `at` where it is
another moment than the stage's, `quiet` where the change triggers nothing although its cause
could. The cells are compared in the order of segment, moment and customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from .casefile import Facts, moment, rows_of

CASES = Path(__file__).parent / "passing"
_CASE = {"rule", "name", "timezone", "segments", "stages"}
_STAGE = {"at", "facts", "imported", "edit", "order_rules", "changes"}


@dataclass(frozen=True, slots=True)
class Noted:
    """A change as a case expects it."""

    segment: str
    customer: str
    change: str
    cause: str
    at: datetime
    triggers: bool


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """A moment, what happens then, and what is noted of it."""

    at: datetime
    facts: Facts
    imported: Facts
    edit: dict[str, str]
    order_rules: str | None
    changes: tuple[Noted, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Passing:
    """One rule of how memberships change."""

    topic: str
    rule: str
    name: str
    segments: dict[str, str]
    stages: tuple[Stage, ...]
    timezone: str


def read_passing() -> Iterator[Passing]:
    """Every case of every file, in a fixed order."""
    for path in sorted(CASES.glob("*.yaml")):
        for item in yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader):
            yield _case(path.stem, item)


def _case(topic: str, item: dict[str, Any]) -> Passing:
    _only(item, _CASE)
    zone = item.get("timezone", "Europe/London")
    numbers = count(1)
    stages = tuple(_stage(stage, zone, numbers) for stage in item["stages"])
    return Passing(topic, item["rule"], item["name"], item["segments"], stages, zone)


def _stage(item: dict[str, Any], zone: str, numbers: Iterator[int]) -> Stage:
    _only(item, _STAGE)
    at = moment(item["at"], zone)

    def facts(kind: str) -> Facts:
        tables = item.get(kind) or {}
        return {name: rows_of(name, value, numbers) for name, value in tables.items()}

    changes = tuple(_noted(line, at, zone) for line in _table(item.get("changes", "")))
    edit, rules = item.get("edit", {}), item.get("order_rules")
    return Stage(at, facts("facts"), facts("imported"), edit, rules, changes)


def _table(text: str) -> Iterator[dict[str, str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line]
    for line in lines[1:]:
        yield dict(zip(lines[0], line, strict=True))


def _noted(row: dict[str, str], at: datetime, zone: str) -> Noted:
    _only(row, {"segment", "customer", "change", "cause", "at", "quiet"})
    when = moment(row["at"], zone) if row.get("at") else at
    triggers = row["cause"] in ("data", "time") and not row.get("quiet")
    return Noted(row["segment"], row["customer"], row["change"], row["cause"], when, triggers)


def _only(item: dict[str, Any], allowed: set[str]) -> None:
    if unknown := set(item) - allowed:
        raise ValueError(f"unknown words in a case: {sorted(unknown)}")
