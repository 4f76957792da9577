"""Workspaces as earlier versions left them: today's, with a database of an earlier schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from segmentry.storage import app_db


def put_back(folder: Path, revision: str) -> None:
    """Give a workspace's database the schema of a revision, with all rows and columns that it
    had a place for then."""
    today, old = folder / "app.sqlite", folder / "old.sqlite"
    _make(old, revision)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("ATTACH ? AS today", [str(today)])
        for table in _tables(connection):
            known = set(_columns(connection, "today", table))
            both = [each for each in _columns(connection, "main", table) if each in known]
            columns = ", ".join(f'"{each}"' for each in both)
            rows = f'SELECT {columns} FROM today."{table}"'
            connection.execute(f'INSERT OR REPLACE INTO "{table}" ({columns}) {rows}')
        connection.commit()
    for each in folder.glob("app.sqlite-*"):
        each.unlink()
    old.replace(today)


def revision_of(folder: Path) -> str:
    """The revision that a workspace's database has."""
    with closing(sqlite3.connect(folder / "app.sqlite")) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _make(path: Path, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(app_db.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
    )
    return [name for (name,) in rows]


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> list[str]:
    rows = connection.execute(f'PRAGMA {schema}.table_info("{table}")')
    return [name for _, name, *_ in rows]
