"""Archives records, notes the import, applies it to the facts: in that order.

Once the import is noted it is safe. A process that ends between two steps leaves
nothing half-loaded: `catch_up` applies what was noted but not yet applied, imports and the
messages of the journal in the one order they have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import pyarrow as pa
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from segmentry.base.errors import WorkspaceError
from segmentry.base.grace import GRACE
from segmentry.erasure.erasing import put_messages
from segmentry.erasure.known import ErasedPeople
from segmentry.facts.tables import CUSTOMER_MERGES
from segmentry.ingest.messages.rows import arrivals
from segmentry.storage.app_db import Import, ImportFile, clear_remains
from segmentry.storage.archive import Archive
from segmentry.storage.aside import aside, clear_left
from segmentry.storage.changes import Changes
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.fingerprints import fingerprint as fingerprint_of
from segmentry.storage.folder import FACTS_DB, UNFINISHED
from segmentry.storage.journal import Journal, Written
from segmentry.storage.merged import refuse_circles
from segmentry.storage.numbers import forget, known_numbers
from segmentry.storage.positions import add_to, take_positions
from segmentry.storage.versions import Arrival, Version

Work: TypeAlias = Literal["rebuild", "verify"]
"""What facts are made anew for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import did: rows by table, what they changed, and whether the same was
    imported before; and by table, rows that were dropped or left without anybody because
    they are about people who were erased."""

    position: int
    rows: dict[str, int]
    changes: dict[str, Changes]
    again: bool
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stores:
    """The places that imports and messages pass through."""

    app: Engine
    archive: Archive
    facts: FactsDb
    journal: Journal
    erased: ErasedPeople

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
    *,
    live: bool = False,
) -> Loaded:
    """Take in canonical tables as one import. The same tables again change nothing.

    `whole` names tables with every row of the records they belong to; `live` says that what
    waits for people to join or leave can be started by it. Refuses, before anything is kept,
    merges that lead in a circle. What is about people who were erased is dropped before.
    """
    tables, dropped = stores.erased.without_erased(tables)
    if dropped:
        report = json.dumps(json.loads(report) | {"about_erased_people": dropped})
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
    catch_up(stores, now, live=position if live else None)
    rows = {name: table.num_rows for name, table in tables.items()}
    return Loaded(position, rows, changed, again, dropped)


def _note(
    app: Engine, files: list[ImportFile], source: str, report: str, now: datetime
) -> tuple[bool, int]:
    """Enter the import in the system of record, unless it is the latest one already."""
    fingerprint = fingerprint_of(files, source)
    with Session(app) as session, session.begin():
        latest = session.scalars(select(Import).order_by(Import.position.desc())).first()
        if latest is not None and latest.fingerprint.partition("+")[0] == fingerprint:
            return True, latest.position
        known = session.scalars(select(Import).filter_by(fingerprint=fingerprint)).first()
        if known is not None and latest is not None:
            # Something newer came in between, so what is old counts anew, under a name of its own.
            fingerprint = f"{fingerprint}+{latest.position}"
        entry = Import(
            position=take_positions(session.connection(), 1),
            source=source,
            fingerprint=fingerprint,
            imported_at=now,
            report=report,
            files=files,
        )
        session.add(entry)
        session.flush()
        return False, entry.position


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


MESSAGES_AT_ONCE = 5_000
"""How many messages are put into the facts in one transaction, at most."""


@dataclass(frozen=True, slots=True)
class Caught:
    """What was applied: how many imports and messages, and of these how many rows were dropped
    because they are about people who were erased."""

    imports: int = 0
    messages: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying did: how many messages, up to which position the facts have all, how many
    messages still wait, and how many rows of those applied were dropped because they are about
    people who were erased."""

    messages: int
    position: int
    waiting: int
    dropped: int = 0


def catch_up(
    stores: Stores, now: datetime, *, live: int | None = None, limit: int | None = None
) -> Caught:
    """Apply what the facts do not have yet, imports and messages in their order; no more
    messages than a limit.

    What waits for people to join or leave can be started by the import `live` and by messages
    about what happened lately. Refuses facts that have something which is not noted. Customers
    who are erased by then have no number any more.
    """
    imports = messages = dropped = 0
    last = _refuse_unknown(stores)
    while (position := stores.facts.position) < last and (limit is None or messages < limit):
        entry = _next_import(stores.app, position)
        if entry is not None and entry.position == position + 1:
            _apply(stores, entry, triggers=entry.position == live)
            imports += 1
        else:
            end = last + 1 if entry is None else entry.position
            most = MESSAGES_AT_ONCE if limit is None else min(MESSAGES_AT_ONCE, limit - messages)
            found, count = _following(stores, position, end, most)
            dropped += count
            stores.facts.take(arrivals(found, now - GRACE), found[-1].position)
            messages += len(found)
    if imports or messages:
        _forget_erased(stores)
    if dropped:
        clear_remains(stores.app)
    return Caught(imports, messages, dropped)


def _following(stores: Stores, position: int, end: int, most: int) -> tuple[list[Written], int]:
    """The next messages. Those about people who were erased are others by then, in the journal
    too: they were taken in before that was known, or by a sender who does not know it."""
    found = stores.journal.following(position, end, most)
    changed, dropped = stores.erased.from_messages(found)
    if changed:
        put_messages(stores, found, changed)
        by_position = {each.position: each for each in changed}
        found = [by_position.get(each.position, each) for each in found]
        with Session(stores.app) as session, session.begin():
            add_to(session.connection(), ABOUT_ERASED, dropped)
    return found, dropped


ABOUT_ERASED = "about_erased"
"""Of the counter of rows of messages that were dropped."""


def _refuse_unknown(stores: Stores) -> int:
    """The last position there is."""
    last = stores.journal.last_position()
    if stores.facts.position > last:
        raise WorkspaceError(
            f"facts.duckdb has import {stores.facts.position}, and app.sqlite knows only "
            f"{last}: it lost some, or comes from a backup. Restore the whole workspace from a "
            "backup; or, to go on without, move facts.duckdb away and run `segmentry rebuild`."
        )
    return last


def _next_import(app: Engine, position: int) -> Import | None:
    following = select(Import).where(Import.position > position).order_by(Import.position)
    with Session(app) as session:
        return session.scalars(following.limit(1)).first()


def _apply(stores: Stores, entry: Import, *, triggers: bool) -> None:
    batch = {file.table: stores.archive.read(file.sha256) for file in entry.files}
    whole = frozenset(file.table for file in entry.files if file.whole)
    version = Version(_known_at(stores.app, entry.position), entry.position)
    stores.facts.take([Arrival(batch, version, whole=whole, triggers=triggers)], entry.position)


def _known_at(app: Engine, position: int) -> datetime:
    """The moment that an import is of; where the clock went back, not before earlier ones."""
    latest = select(func.max(Import.imported_at)).where(Import.position <= position)
    with Session(app) as session:
        found = session.scalar(latest)
    assert found is not None, "of an import that is noted"
    return found


def _forget_erased(stores: Stores) -> None:
    erased = stores.facts.erased()
    if not erased:
        return
    with Session(stores.app) as session, session.begin():
        known = known_numbers(session, erased)
        forget(session, known.keys() & set(erased))
    if known:
        clear_remains(stores.app)


def clear_asides(folder: Path) -> None:
    """Take away what processes that were ended made and never put in place; only for whoever
    has the workspace open."""
    works: tuple[Work, ...] = get_args(Work)
    clear_left([folder / UNFINISHED, *(_place(folder, each) for each in works)])


def _place(folder: Path, what: Work) -> Path:
    return folder / f".{what}{UNFINISHED}"


@contextmanager
def anew(
    stores: Stores, folder: Path | None, now: datetime, what: Work = "rebuild"
) -> Iterator[Stores]:
    """The stores with facts that are made anew from the archive and the journal, beside those in
    use, which others can go on asking and changing meanwhile; gone after the block.

    `folder` is that of the workspace, None in memory, and `what` they are made for.
    """
    with ExitStack() as stack:
        path = None
        if folder is not None:
            path = stack.enter_context(aside(_place(folder, what))) / FACTS_DB
        beside = replace(stores, facts=FactsDb(path))
        stack.callback(beside.facts.close)
        catch_up(beside, now)
        yield beside


def put_in_place(stores: Stores, made: Stores, now: datetime) -> int:
    """Have facts that were made anew take the place of those in use, with what was imported
    meanwhile; returns the number of imports in them."""
    catch_up(made, now)
    stores.facts.go_on_with(made.facts)
    with Session(stores.app) as session:
        return session.scalar(select(func.count()).select_from(Import)) or 0
