"""`app.sqlite`, the system of record: settings, imports, segments and who belongs to them.

SQLite in write-ahead mode with every commit on disk before it returns. The schema
is made and brought up to date by the migrations beside this module.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import local
from typing import Any, ClassVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    DateTime,
    Engine,
    ForeignKey,
    LargeBinary,
    Text,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
)
from sqlalchemy.engine import Dialect, ExceptionContext
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column, relationship
from sqlalchemy.pool import StaticPool

from segmentry.base.errors import NoRoomError, WorkspaceError
from segmentry.storage.in_order import InOrder
from segmentry.storage.private import new_file

_MIGRATIONS = Path(__file__).parent / "migrations"


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Kept without its zone, which is always UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read back with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """All tables of the system of record."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        bytes: LargeBinary,
        datetime: Moment,
    }


class Settings(Base):
    """The one row that makes a folder a workspace."""

    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    timezone: Mapped[str]
    currency: Mapped[str]
    order_rules: Mapped[str]
    created_at: Mapped[datetime]
    stands_at: Mapped[datetime | None]
    """A sample store stands still at this moment instead of following the clock."""
    allow_private: Mapped[str] = mapped_column(default="[]")
    """A JSON list: hosts that may be sent to although their addresses are private."""
    retention: Mapped[str] = mapped_column(default="{}")
    """JSON: by kind of events, how many days they are kept; the others are always."""
    backups: Mapped[str | None]
    """The folder for backups that a server is asked for."""


class Import(Base):
    """One import, by its place in the order of all; its files are in the archive."""

    __tablename__ = "imports"
    __table_args__ = (UniqueConstraint("fingerprint"),)
    position: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    fingerprint: Mapped[str]
    imported_at: Mapped[datetime]
    report: Mapped[str]
    files: Mapped[list[ImportFile]] = relationship(lazy="selectin", order_by="ImportFile.table")


class ImportFile(Base):
    """The records one import brought to one canonical table.

    `whole`: they are every row of the records they belong to, see `FactsDb.apply`.
    """

    __tablename__ = "import_files"
    position: Mapped[int] = mapped_column(ForeignKey("imports.position"), primary_key=True)
    table: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    rows: Mapped[int]
    whole: Mapped[bool] = mapped_column(default=False)


class Segment(Base):
    """A saved segment. `name_key` is the name compared without case, `tags` a JSON list.

    One with `fixed_at` is a snapshot: its members are those of its list of included ones,
    taken at that moment, whatever its query would say. One with `archived_at` is put away.
    """

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("name_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]
    query: Mapped[str]
    description: Mapped[str]
    preset: Mapped[str | None]
    created_at: Mapped[datetime]
    goal: Mapped[str] = mapped_column(default="")
    strategy: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    folder: Mapped[str] = mapped_column(default="")
    tags: Mapped[str] = mapped_column(default="[]")
    version: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]
    fixed_at: Mapped[datetime | None]


_OF_SEGMENT = "segments.id"


def _segment_id(*, primary_key: bool = False) -> MappedColumn[int]:
    """Rows that go with their segment."""
    key = ForeignKey(_OF_SEGMENT, ondelete="CASCADE")
    return mapped_column(key, primary_key=primary_key, index=not primary_key)


class SegmentVersion(Base):
    """What a segment was defined as from a moment on; `definition` is JSON, `action` a word."""

    __tablename__ = "segment_versions"
    segment_id: Mapped[int] = _segment_id(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    author: Mapped[str]
    action: Mapped[str]
    definition: Mapped[str]


class SegmentList(Base):
    """The customers put into a segment and kept out of it by hand, as sets of numbers."""

    __tablename__ = "segment_lists"
    segment_id: Mapped[int] = _segment_id(primary_key=True)
    included: Mapped[bytes]
    excluded: Mapped[bytes]


class SegmentUse(Base):
    """What else uses a segment: a campaign, a series, a destination, in the state it is in.

    A use that blocks keeps the segment from being deleted; of others that lost their segment
    `segment_id` is missing.
    """

    __tablename__ = "segment_uses"
    __table_args__ = (UniqueConstraint("kind", "name", "segment_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey(_OF_SEGMENT))
    kind: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    blocking: Mapped[bool]
    used_at: Mapped[datetime]


class CustomerNumber(Base):
    """The number that sets of customers know a customer by; an erased one has no id left."""

    __tablename__ = "customer_numbers"
    number: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(unique=True)


class Membership(Base):
    """Who belongs to a segment: `members` with the changes of sequence `members_after` and
    later applied are `count` customers, true at `as_of` by the facts and the definition named.

    A refresh that failed leaves all that as it was, and says so.
    """

    __tablename__ = "memberships"
    segment_id: Mapped[int] = _segment_id(primary_key=True)
    version: Mapped[int]
    as_of: Mapped[datetime | None]
    count: Mapped[int]
    definition: Mapped[str]
    facts_version: Mapped[str]
    facts_position: Mapped[int]
    members: Mapped[bytes]
    members_after: Mapped[int]
    due_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]


class MembershipChange(Base):
    """Customers who joined and left a segment at one moment for one cause.

    Each has a place in the sequence of all changes, those who joined first, in the order of
    their numbers; `first` is that of the first.
    """

    __tablename__ = "membership_changes"
    first: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = _segment_id()
    version: Mapped[int]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    cause: Mapped[str]
    triggers: Mapped[bool]
    joined_count: Mapped[int]
    left_count: Mapped[int]
    joined: Mapped[bytes]
    left: Mapped[bytes]


class OutboxReader(Base):
    """How far in the sequence of changes somebody has read."""

    __tablename__ = "outbox_readers"
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class ExportFields(Base):
    """The attributes that were last written beside a segment's members; a JSON list."""

    __tablename__ = "export_fields"
    segment_id: Mapped[int] = _segment_id(primary_key=True)
    fields: Mapped[str]


class Metafield(Base):
    """A metafield the store declared: its full name and the name of its type."""

    __tablename__ = "metafields"
    name: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]


def open_app_db(path: Path | None) -> Engine:
    """Open the database at `path`, or one in memory, with its schema up to date.

    Refuses, and leaves as it is, a file that is damaged, of another program or of a
    newer Segmentry.
    """
    if path is not None and path.exists():
        check_app_db(path)
    elif path is not None:
        new_file(path).close()
    engine = _memory() if path is None else create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _configure)
    _OneAtATime(engine)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", partial(_tell_damage, path))
    try:
        if path is None:
            _as_made(engine)
        else:
            _migrate(engine)
    except DatabaseError as error:
        engine.dispose()
        raise WorkspaceError(_damaged(path, error.orig)) from error
    except WorkspaceError:
        engine.dispose()
        raise
    return engine


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read: they wait for no other."""
    return engine.execution_options(only_reads=True)


def schemas() -> list[str]:
    """The revisions of the schema that this program knows, the newest first."""
    return [each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()]


def clear_remains(engine: Engine) -> None:
    """Leave nothing of what was deleted in the files beside the database."""
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def compact(engine: Engine) -> None:
    """Write the database anew, without the room that deleted rows had."""
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("VACUUM")
    clear_remains(engine)


def check_app_db(path: Path) -> None:
    """Look, and change nothing, before settings are made and migrations run. Refuses what
    `open_app_db` does, as far as can be seen so."""
    revisions: list[tuple[str]] = []
    try:
        with closing(sqlite3.connect(path)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
            if ("alembic_version",) in tables:
                revisions = connection.execute("SELECT * FROM alembic_version").fetchall()
    except sqlite3.DatabaseError as error:
        raise WorkspaceError(
            f"{path} is damaged or no workspace database: {error}. "
            "Restore it from a backup of the workspace."
        ) from error
    if ("alembic_version",) not in tables:
        raise WorkspaceError(f"{path} is no workspace database.")
    known = schemas()
    for (revision,) in revisions:
        if revision not in known:
            raise WorkspaceError(
                f"{path} was made by a newer Segmentry than this one: its schema is {revision}, "
                f"and {known[0]} the last that this one knows. Upgrade segmentry."
            )


def _memory() -> Engine:
    """All threads share one connection; giving it back must not end what another does."""
    return create_engine(
        "sqlite://",
        poolclass=StaticPool,
        pool_reset_on_return=None,
        connect_args={"check_same_thread": False},
    )


class _OneAtATime:
    """Has threads wait for each other's transactions in the order in which they came, those
    that share a connection and those with connections of their own."""

    def __init__(self, engine: Engine) -> None:
        self._lock = InOrder()
        self._own = local()
        event.listen(engine, "begin", self._take)
        # Its events of commit and rollback come before these are done, so they are wrapped.
        for name in ("do_commit", "do_rollback"):
            setattr(engine.dialect, name, self._giving(getattr(engine.dialect, name)))

    def _take(self, connection: Any) -> None:
        self._lock.acquire()
        self._own.times = getattr(self._own, "times", 0) + 1

    def _giving(self, end: Callable[[Any], None]) -> Callable[[Any], None]:
        def ended(connection: Any) -> None:
            try:
                end(connection)
            finally:
                # What failed to begin, or to be committed, is rolled back once more.
                if getattr(self._own, "times", 0):
                    self._own.times -= 1
                    self._lock.release()

        return ended


def _configure(connection: sqlite3.Connection, record: Any) -> None:
    """Durable commits, foreign keys, patience, nothing left of what is deleted; transactions
    begin where we say so."""
    connection.isolation_level = None
    for pragma in (
        *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"),
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


_FILE_FAULTS = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY")


def _tell_damage(path: Path | None, context: ExceptionContext) -> None:
    """Tell a fault of the file, wherever it is read or written, from one of ours."""
    error = context.original_exception
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(_FILE_FAULTS[:2]):
        raise WorkspaceError(_damaged(path, error)) from error
    if name == "SQLITE_FULL":
        raise NoRoomError(f"{path} cannot be written: {error}. Make room.") from error
    if name.startswith(_FILE_FAULTS):
        raise WorkspaceError(f"{path} cannot be read or written: {error}.") from error


def _damaged(path: Path | None, error: object) -> str:
    return f"{path} is damaged: {error}. Restore it from a backup of the workspace."


def _begin(connection: Any) -> None:
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


_EMPTY: list[bytes] = []
"""An empty database in memory with today's schema, once one was made in this process."""


def _as_made(engine: Engine) -> None:
    """Give a database in memory its schema; migrations run for the first of a process alone."""
    if not _EMPTY:
        _migrate(engine)
    with closing(engine.raw_connection()) as connection:
        shared = connection.driver_connection
        assert isinstance(shared, sqlite3.Connection)
        if _EMPTY:
            shared.deserialize(_EMPTY[0])
            _configure(shared, None)
        else:
            _EMPTY.append(shared.serialize())


def _migrate(engine: Engine) -> None:
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
