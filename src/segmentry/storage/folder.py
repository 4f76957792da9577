"""The folder of a workspace: where its files are, and how it comes into being.

`app.sqlite` alone makes a folder a workspace; the facts and the archive beside it are
made when it is opened.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.base.errors import WorkspaceError
from segmentry.storage.app_db import Settings, check_app_db, open_app_db
from segmentry.storage.aside import ENDING
from segmentry.storage.place import check_owner, check_place
from segmentry.storage.private import make_folder, make_private

APP_DB, FACTS_DB, ARCHIVE = "app.sqlite", "facts.duckdb", "journal"
COLUMNS = "columns"
"""The folder of what the engine made of the facts: can be deleted at any time."""
KEY = "secret.key"
"""The file of the key that secrets in the database are read with."""
EXPORTS, UPLOADS = "exports", "uploads"
"""Folders for files that a server wrote for somebody, or was sent; they go after a day, and at
once when somebody is erased."""
UNFINISHED = ENDING
"""Where a workspace is made before it is one."""


def is_workspace(folder: Path) -> bool:
    """Whether there is a workspace to open."""
    return (folder / APP_DB).is_file()


@contextmanager
def open_system_of_record(folder: Path) -> Iterator[Engine]:
    """`app.sqlite` of a workspace alone, while another process may have the workspace."""
    if not is_workspace(folder):
        raise WorkspaceError(
            f"{folder} is not a workspace. Make one with `segmentry init {folder}`, "
            "or name another with --workspace."
        )
    app = open_app_db(folder / APP_DB)
    try:
        yield app
    finally:
        app.dispose()


def columns_file(folder: Path, version: str) -> Path:
    """Where the columns made of the facts of this version are, once they are saved."""
    return folder / COLUMNS / f"{version}.columns"


def drop_other_columns(folder: Path, version: str) -> None:
    """Delete all that is saved of facts of another version, of which some people may be gone."""
    wanted = columns_file(folder, version)
    for path in wanted.parent.glob("*"):
        if path != wanted:
            path.unlink()


def make_workspace(folder: Path, settings: Settings) -> None:
    """Make a workspace in a new or empty folder. Refuses a folder with anything in it.

    Its database is written aside and then given its name, so there is never half of one;
    what a process that was ended left of it is no obstacle.
    """
    check_place(folder)
    _refuse_occupied(folder)
    unfinished = folder / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    make_folder(folder)
    make_private(folder)
    make_folder(unfinished)
    _write(unfinished / APP_DB, settings)
    (unfinished / APP_DB).rename(folder / APP_DB)
    unfinished.rmdir()


def check_folder(folder: Path) -> None:
    """Refuse a workspace that cannot be used where it is, or by us or this program, and take
    away what others may do with it; nothing else is changed."""
    check_place(folder)
    check_owner(folder / APP_DB)
    check_app_db(folder / APP_DB)
    for each in (folder, folder / APP_DB, folder / ARCHIVE, folder / COLUMNS):
        make_private(each)


def _refuse_occupied(folder: Path) -> None:
    if is_workspace(folder):
        raise WorkspaceError(f"{folder} is a workspace already. Name another folder.")
    if folder.exists() and (
        not folder.is_dir() or any(each.name != UNFINISHED for each in folder.iterdir())
    ):
        raise WorkspaceError(f"{folder} exists and is not empty. Name another folder.")


def _write(path: Path, settings: Settings) -> None:
    app = open_app_db(path)
    try:
        with Session(app, expire_on_commit=False) as session, session.begin():
            session.add(settings)
    finally:
        app.dispose()
