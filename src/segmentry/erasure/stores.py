"""Where people are erased from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.facts.tables import TABLES, Table
from segmentry.storage.app_db import ImportFile
from segmentry.storage.archive import Archive
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.journal import Journal


class Stores(Protocol):
    """The places that records are in."""

    @property
    def app(self) -> Engine:
        """The system of record."""
        ...

    @property
    def archive(self) -> Archive:
        """The imports."""
        ...

    @property
    def facts(self) -> FactsDb:
        """What is made of them."""
        ...

    @property
    def journal(self) -> Journal:
        """The messages."""
        ...


def imported(stores: Stores, *names: str) -> Iterator[tuple[Table, str, pa.Table]]:
    """The tables of all imports, or those of some names: each file once, by its hash."""
    of = ImportFile
    rows = select(of.table, of.sha256).distinct().order_by(of.table, of.sha256)
    if names:
        rows = rows.where(of.table.in_(names))
    with Session(stores.app) as session:
        files = [(name, sha256) for name, sha256 in session.execute(rows)]
    for name, sha256 in files:
        yield TABLES[name], sha256, stores.archive.read(sha256)
