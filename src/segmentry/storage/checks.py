"""Looks a workspace's files over without changing any: what is damaged, missing or left.

Reads past the classes that open them, because those repair what they can.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from segmentry.base.errors import WorkspaceError
from segmentry.storage.connecting import connect
from segmentry.storage.folder import APP_DB, ARCHIVE, FACTS_DB, UNFINISHED, is_workspace


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


def _archive(app: Path, folder: Path) -> Finding:
    files = _rows(app, "SELECT DISTINCT sha256 FROM import_files")
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
    (last,) = _rows(app, "SELECT coalesce(max(position), 0) FROM imports")[0]
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


def _rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()
