"""Archives records, notes the import, applies it to the facts: in that order.

Once the import is noted it is safe. A process that ends between two steps leaves
nothing half-loaded: `catch_up` applies what was noted but not yet applied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from segmentry.base.errors import WorkspaceError
from segmentry.facts.tables import CUSTOMER_MERGES
from segmentry.storage.app_db import Import, ImportFile, clear_remains
from segmentry.storage.archive import Archive
from segmentry.storage.changes import Changes
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.merged import refuse_circles
from segmentry.storage.numbers import forget, known_numbers


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import did: rows by table, what they changed, and whether the same was
    imported before."""

    position: int
    rows: dict[str, int]
    changes: dict[str, Changes]
    again: bool


@dataclass(frozen=True, slots=True)
class Stores:
    """The three places an import passes through."""

    app: Engine
    archive: Archive
    facts: FactsDb

    def close(self) -> None:
        """Let go of the files."""
        try:
            self.facts.close()
        finally:
            self.app.dispose()


def load(
    stores: Stores,
    tables: Mapping[str, pa.Table],
    source: str,
    report: str,
    now: datetime,
    whole: Set[str] = frozenset(),
) -> Loaded:
    """Take in canonical tables as one import. The same tables again change nothing.

    `whole` names tables with every row of the records they belong to. Refuses, before
    anything is kept, merges that lead in a circle.
    """
    if "customer_merges" in tables:
        refuse_circles(stores.facts.read(CUSTOMER_MERGES), tables["customer_merges"])
    changed = stores.facts.compare(tables, whole)
    files = [
        ImportFile(
            table=name, sha256=stores.archive.add(table), rows=table.num_rows, whole=name in whole
        )
        for name, table in tables.items()
    ]
    again, position = _note(stores.app, files, source, report, now)
    catch_up(stores)
    rows = {name: table.num_rows for name, table in tables.items()}
    return Loaded(position, rows, changed, again)


def _note(
    app: Engine, files: list[ImportFile], source: str, report: str, now: datetime
) -> tuple[bool, int]:
    """Enter the import in the system of record, unless it is the latest one already."""
    fingerprint = _fingerprint(files, source)
    with Session(app) as session, session.begin():
        latest = session.scalars(select(Import).order_by(Import.position.desc())).first()
        if latest is not None and latest.fingerprint.partition("+")[0] == fingerprint:
            return True, latest.position
        known = session.scalars(select(Import).filter_by(fingerprint=fingerprint)).first()
        if known is not None and latest is not None:
            # Something newer came in between, so what is old counts anew, under a name of its own.
            fingerprint = f"{fingerprint}+{latest.position}"
        entry = Import(
            source=source, fingerprint=fingerprint, imported_at=now, report=report, files=files
        )
        session.add(entry)
        session.flush()
        return False, entry.position


def _fingerprint(files: list[ImportFile], source: str) -> str:
    parts = sorted(f"{file.table} {file.sha256}{' whole' * file.whole}" for file in files)
    text = "\n".join([source, *parts])
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import as it was noted; `report` is what its connector had to say."""

    position: int
    source: str
    imported_at: datetime
    report: dict[str, Any]


def imports(app: Engine) -> list[ImportRecord]:
    """The imports so far, in order."""
    with Session(app) as session:
        rows = session.scalars(select(Import).order_by(Import.position))
        return [
            ImportRecord(row.position, row.source, row.imported_at, json.loads(row.report))
            for row in rows
        ]


def catch_up(stores: Stores) -> int:
    """Apply every import that the facts do not have yet; returns how many there were.

    Refuses facts that have one which is not noted. Customers who are erased by then have no
    number any more.
    """
    with Session(stores.app) as session:
        last = session.scalar(select(func.max(Import.position))) or 0
        if stores.facts.position > last:
            raise WorkspaceError(
                f"facts.duckdb has import {stores.facts.position}, and app.sqlite knows only "
                f"{last}: it lost some, or comes from a backup. Restore the whole workspace from a "
                "backup; or, to go on without, move facts.duckdb away and run `segmentry rebuild`."
            )
        missing = session.scalars(
            select(Import).where(Import.position > stores.facts.position).order_by(Import.position)
        ).all()
        for entry in missing:
            batch = {file.table: stores.archive.read(file.sha256) for file in entry.files}
            whole = {file.table for file in entry.files if file.whole}
            stores.facts.apply(batch, entry.position, whole)
    _forget_erased(stores)
    return len(missing)


def _forget_erased(stores: Stores) -> None:
    erased = stores.facts.erased()
    if not erased:
        return
    with Session(stores.app) as session, session.begin():
        known = known_numbers(session, erased)
        forget(session, known.keys() & set(erased))
    if known:
        clear_remains(stores.app)


def rebuild(stores: Stores) -> int:
    """Make all facts anew from the archive; returns the number of imports applied."""
    stores.facts.clear()
    return catch_up(stores)
