"""A store of a few rows, in memory, that an engine can be made over without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.engines.base import CustomerValue, Engine, EngineMaker, NextChange
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.facts.metafields import metafield
from segmentry.facts.orders import NET, OrderRules
from segmentry.facts.store import Store
from segmentry.facts.tables import Table
from segmentry.ingest.records import canonical
from segmentry.plan.nodes import Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.names import Names

SOURCE = "shop"
Rows = Mapping[str, list[dict[str, Any]]]


class RowFacts:
    """Canonical tables made of rows; a table without rows is empty."""

    def __init__(self, rows: Rows, zone: ZoneInfo) -> None:
        self._tables = canonical(rows, SOURCE, zone)

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, in its declared schema."""
        return self._tables.get(table.name, table.schema.empty_table())


@dataclass(frozen=True)
class Asked:
    """An engine over some rows; customers go by their names, without the source's."""

    engine: Engine
    names: Names

    def live(self, as_of: datetime) -> set[str]:
        """The customers there are."""
        return {_plain(key) for key in self.engine.live(as_of)}

    def members(self, query: str, as_of: datetime) -> set[str]:
        """The members of a query."""
        return {_plain(key) for key in self.engine.members(self.plan(query), as_of)}

    def next_change(self, query: str, customer: str, as_of: datetime) -> NextChange:
        """When a customer next joins or leaves a query."""
        return self.engine.next_change(self.plan(query), f"{SOURCE}:{customer}", as_of)

    def plan(self, query: str) -> Plan:
        """The plan of a query."""
        return plan(bind(query, self.names))

    def values(self, attribute: str, as_of: datetime) -> dict[str, CustomerValue]:
        """The values of an attribute or declared metafield."""
        known = ATTRIBUTES | dict(self.names.metafields)
        found = self.engine.values(known[attribute], as_of)
        return {_plain(key): value for key, value in found.items()}


def asked(
    make: EngineMaker,
    rows: Rows,
    *,
    zone: str = "Europe/London",
    rules: OrderRules = NET,
    metafields: Mapping[str, str] | None = None,
) -> Asked:
    """An engine over rows of a store in a zone, with declared metafields (name to type)."""
    store = Store(ZoneInfo(zone), "GBP", rules)
    declared = {name: metafield(name, kind) for name, kind in (metafields or {}).items()}
    return Asked(make(RowFacts(rows, store.zone), store), Names(declared))


def _plain(key: str) -> str:
    return key.partition(":")[2]
