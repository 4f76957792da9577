"""Looks a workspace's files over without changing any: what is damaged, missing or left.

Reads past the classes that open them, because those repair what they can.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from segmentry.base.errors import WorkspaceError
from segmentry.storage.connecting import connect
from segmentry.storage.folder import APP_DB, ARCHIVE, FACTS_DB, UNFINISHED, is_workspace
from segmentry.storage.journal import Entry, Written, checksum_of


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check: `problem` says what is wrong and what to do, None nothing."""

    what: str
    said: str
    problem: str | None = None


def check_files(folder: Path) -> Iterator[Finding]:
    """Every check of the files of a workspace, in the order things depend on each other."""
    app = folder / APP_DB
    if not is_workspace(folder):
        raise WorkspaceError(f"{folder} is not a workspace. Name one with --workspace.")
    database = _app_db(app)
    yield database
    if database.problem is None:
        yield _journal(app)
        yield _archive(app, folder / ARCHIVE)
        yield _facts(app, folder / FACTS_DB)
    yield _leftovers(folder)


def _app_db(path: Path) -> Finding:
    what = "app.sqlite"
    try:
        found = [str(row[0]) for row in _rows(path, "PRAGMA integrity_check")]
        broken = _rows(path, "PRAGMA foreign_key_check")
    except sqlite3.DatabaseError as error:
        found, broken = [str(error)], []
    if found == ["ok"] and not broken:
        return Finding(what, "whole")
    said = "; ".join(found[:3]) if found != ["ok"] else f"{len(broken)} rows without their owner"
    return Finding(what, said, "It is damaged. Restore it from a backup of the workspace.")


def _journal(app: Path) -> Finding:
    """Whether every message is what was written, and every position somebody's."""
    what, advice = "journal", "It is damaged. Restore the workspace from a backup."
    if not _has(app, "journal"):
        return Finding(what, "none yet")
    columns = "position, source, message_id, received_at, about_at, body, digest, checksum"
    found = _rows(app, f"SELECT {columns} FROM journal")
    faulty = [row[0] for row in found if checksum_of(_written(row)) != row[-1]]
    if faulty:
        said = f"{len(faulty):,} of {len(found):,} messages are not what was written"
        return Finding(what, f"{said}: message {faulty[0]}", advice)
    (given,) = _rows(app, _GIVEN)[0]
    (there,) = _rows(app, _THERE)[0]
    if given != there:
        return Finding(what, f"{given - there:,} of {given:,} positions are nobody's", advice)
    return Finding(what, f"{len(found):,} messages, all whole")


_GIVEN = "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'position'"
_THERE = """
    SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM journal)
    + (SELECT coalesce(sum(messages), 0) FROM journal_files)
"""


def _written(row: tuple[Any, ...]) -> Written:
    position, source, id, received, about, body, digest, _ = row
    came, happened = (
        datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (received, about)
    )
    return Written(position, Entry(source, id, came, happened, body, digest))


def _archive(app: Path, folder: Path) -> Finding:
    named = "SELECT sha256 FROM import_files"
    if _has(app, "journal_files"):
        named += " UNION SELECT sha256 FROM journal_files"
    files = _rows(app, f"SELECT DISTINCT sha256 FROM ({named})")
    faulty = [sha256 for (sha256,) in files if _hash(folder / f"{sha256}.parquet") != sha256]
    what = "archive of imports"
    if not faulty:
        return Finding(what, f"{len(files):,} files, all there and whole")
    return Finding(
        what,
        f"{len(faulty):,} of {len(files):,} files missing or damaged: {faulty[0]}.parquet",
        "Restore the folder journal from a backup of the workspace.",
    )


def _hash(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _facts(app: Path, path: Path) -> Finding:
    what = "facts.duckdb"
    imported = "SELECT coalesce(max(position), 0) FROM imports"
    (last,) = _rows(app, _GIVEN if _has(app, "counters") else imported)[0]
    if not path.is_file():
        return Finding(what, "not there", "Run `segmentry rebuild` to make it anew.")
    try:
        with closing(connect(path, read_only=True)) as connection:
            found = connection.execute("SELECT coalesce(max(position), 0) FROM applied").fetchone()
    except duckdb.Error as error:
        return Finding(what, str(error).splitlines()[0], _facts_advice(error))
    applied = found[0] if found else 0
    if applied == last:
        return Finding(what, f"up to import {last}, the last")
    if applied < last:
        said = f"up to import {applied} of {last}"
        return Finding(what, said, "The next command catches up; if not, run `segmentry rebuild`.")
    said = f"up to import {applied}, but only {last} are known"
    return Finding(
        what, said, "It belongs to another state. Move it away and run `segmentry rebuild`."
    )


def _facts_advice(error: duckdb.Error) -> str:
    if "lock" in str(error).lower():
        return "Another process uses the workspace; ask again when it is done."
    return "Move it away and run `segmentry rebuild`."


def _leftovers(folder: Path) -> Finding:
    """Files that a process which was ended left behind."""
    left = [*folder.glob(f"{ARCHIVE}/*.tmp"), *folder.glob(f"*{UNFINISHED}")]
    if not left:
        return Finding("leftover files", "none")
    names = ", ".join(path.name for path in left[:3])
    return Finding("leftover files", names, "They can be deleted while nothing is running.")


def _has(app: Path, table: str) -> bool:
    """Whether there is a table; an older Segmentry made none of the journal's."""
    return bool(_rows(app, f"SELECT 1 FROM sqlite_master WHERE name = '{table}'"))


def _rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()
