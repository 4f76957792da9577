"""A copy of `app.sqlite` as it is at one moment, while others go on writing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from segmentry.base.errors import WorkspaceError
from segmentry.membership.hashed import MembersThen, members_then
from segmentry.storage.app_db import schemas
from segmentry.storage.positions import POSITION
from segmentry.storage.private import new_file

_PAGES = 4096
"""So many are copied between two looks at whether to go on."""


def copy_app_db(source: Path, target: Path, told: Callable[[float], None]) -> None:
    """Copy the database as it is now. Nobody waits for it, nor it for anybody: what is read
    is held by one transaction from the first page to the last. Refuses a damaged one."""
    new_file(target).close()
    with closing(_read_only(source)) as old, closing(sqlite3.connect(target)) as new:
        old.isolation_level = None
        new.execute("PRAGMA synchronous=OFF")  # put on disk as part of the backup
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        old.backup(
            new, pages=_PAGES, progress=lambda _, left, all: told(1 - left / all if all else 1)
        )
        # One file, without a log beside it; opening the workspace gives it one again.
        new.execute("PRAGMA journal_mode=DELETE")
        found = [str(row[0]) for row in new.execute("PRAGMA quick_check")]
    if found != ["ok"]:
        raise WorkspaceError(
            f"{source} is damaged: {found[0]}. No backup of it was made; restore an earlier one."
        )


def schema_of(copy: Path) -> str:
    """The revision of a database's schema."""
    with closing(_read_only(copy, immutable=True)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def watermark_of(copy: Path) -> int:
    """The last place in the sequence of imports and messages that a database knows."""
    with closing(_read_only(copy, immutable=True)) as connection:
        last = "SELECT coalesce(max(position), 0) FROM imports"
        if _has(connection, "counters"):
            last = f"SELECT coalesce(max(value), ({last})) FROM counters WHERE name = '{POSITION}'"
        (found,) = connection.execute(last).fetchone()
    return int(found)


def archived_in(database: Path, *, immutable: bool = False) -> list[str]:
    """The hashes of all files of the archive that a database refers to."""
    with closing(_read_only(database, immutable=immutable)) as connection:
        named = "SELECT sha256 FROM import_files"
        if _has(connection, "journal_files"):
            named += " UNION SELECT sha256 FROM journal_files"
        return sorted(str(sha256) for (sha256,) in connection.execute(named))


def _has(connection: sqlite3.Connection, table: str) -> bool:
    """Whether a database has a table: one of an older schema has fewer."""
    named = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return connection.execute(named, [table]).fetchone() is not None


def members_in(copy: Path) -> tuple[MembersThen, ...]:
    """The stored members of each segment, by hash; of an older schema, which can only be read
    once it is brought up to date, none."""
    if schema_of(copy) != schemas()[0]:
        return ()
    engine = create_engine("sqlite://", creator=lambda: _read_only(copy, immutable=True))
    try:
        return members_then(engine)
    finally:
        engine.dispose()


def _read_only(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """`immutable` says that nobody changes it, so nothing is put beside it."""
    unchanging = "&immutable=1" if immutable else ""
    uri = f"{path.absolute().as_uri()}?mode=ro{unchanging}"
    return sqlite3.connect(uri, uri=True, timeout=30)
