"""What a made-up store's engines are given, without a workspace around it.

Most tests that make up stores ask engines, not workspaces. Facts are imported for them as a
workspace does it, but no system of record, archive or memberships are kept beside, which take
several times as long; and a store that was made up before is not imported again.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from segmentry.base.text import text_key
from segmentry.facts.orders import NET
from segmentry.facts.store import Store
from segmentry.facts.tables import TABLES
from segmentry.facts.zones import zone
from segmentry.ingest.records import canonical
from segmentry.query.names import Names, SavedQuery
from segmentry.storage.facts_db import FactsDb

from .stores import SEGMENTS, SOURCE, MadeUpStore, declared_metafields


class Given(Protocol):
    """What engines are made over: a workspace, or what was taken without one."""

    @property
    def store(self) -> Store:
        """The store's settings."""

    def facts(self, table: str) -> pa.Table:
        """All rows of a canonical table."""

    def names(self) -> Names:
        """What queries may name beside the catalogue."""


@dataclass(frozen=True)
class Taken:
    """The facts and names of one store."""

    store: Store
    tables: dict[str, pa.Table]

    def facts(self, table: str) -> pa.Table:
        """All rows of a canonical table."""
        return self.tables[table]

    def names(self) -> Names:
        """The metafields and segments that every made-up store has."""
        saved = {text_key(name): SavedQuery(name, query) for name, query in SEGMENTS.items()}
        return Names({each.name: each for each in declared_metafields()}, saved)


_KEPT = 200
_taken: dict[str, Taken] = {}


def taken(store: MadeUpStore) -> Taken:
    """The facts of a store as a workspace has them that took in its records at once."""
    key = repr(store)
    if key not in _taken:
        if len(_taken) == _KEPT:
            _taken.pop(next(iter(_taken)))
        _taken[key] = _imported(store)
    return _taken[key]


def _imported(made: MadeUpStore) -> Taken:
    store = Store(zone(made.zone), made.currency, NET)
    with closing(FactsDb(None)) as facts:
        facts.apply(canonical(made.records, SOURCE, store.zone), 1)
        return Taken(store, {name: facts.read(table) for name, table in TABLES.items()})
