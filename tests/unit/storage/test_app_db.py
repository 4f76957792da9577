"""The system of record: its schema, its durability, and files that are not one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import segmentry.storage.erasure_tables
import segmentry.storage.webhook_tables  # noqa: F401  models that the schema has
from segmentry.base.errors import WorkspaceError
from segmentry.storage import app_db
from segmentry.storage.app_db import Base, Import, ImportFile, Settings, open_app_db, reading
from segmentry.storage.positions import last_position, take_positions

MIGRATIONS = Path(app_db.__file__).parent / "migrations"
NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "app.sqlite"


def make(path: Path) -> None:
    """Make a database with settings in it."""
    engine = open_app_db(path)
    with Session(engine) as session, session.begin():
        session.add(settings())
    engine.dispose()


def settings(**others: Any) -> Settings:
    """Settings of some store."""
    values = {"timezone": "UTC", "currency": "EUR", "order_rules": "net", "created_at": NOON}
    return Settings(**values | others)


def pragma(engine: Engine, name: str) -> Any:
    """What SQLite says a setting is."""
    with engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


# -- the schema -------------------------------------------------------------------------


def test_migrations_make_the_schema_of_the_models(path: Path) -> None:
    """Tables, columns, types, keys and uniqueness: nothing is left to migrate."""
    engine = open_app_db(path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_opening_again_keeps_what_is_there(path: Path) -> None:
    """And migrates nothing twice."""
    make(path)
    for _ in range(2):
        engine = open_app_db(path)
        with Session(engine) as session:
            assert session.get_one(Settings, 1).currency == "EUR"
        engine.dispose()


def test_the_sequence_goes_on_after_imports_from_before(path: Path) -> None:
    """A database from before the journal gives its next import or message the next position."""
    before = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with before.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for position in (1, 2):
            row = f"({position}, 's', 'f{position}', '2024-07-01 12:00:00', '')"
            connection.execute(text(f"INSERT INTO imports VALUES {row}"))
    before.dispose()
    engine = open_app_db(path)
    with engine.begin() as connection:
        assert take_positions(connection, 3) == 3
        assert last_position(connection) == 5
    engine.dispose()


def test_databases_in_memory_are_apart() -> None:
    """Two workspaces in memory do not share one."""
    one, other = open_app_db(None), open_app_db(None)
    with Session(one) as session, session.begin():
        session.add(settings())
    with Session(other) as session:
        assert session.get(Settings, 1) is None
    one.dispose()
    other.dispose()


# -- what it promises -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
def test_every_connection_is_durable_and_strict(path: Path, name: str, value: Any) -> None:
    """Write-ahead mode, full synchronisation, foreign keys checked."""
    engine = open_app_db(path)
    assert pragma(engine, name) == value
    engine.dispose()


def test_file_of_no_import_is_refused() -> None:
    """A row cannot point nowhere."""
    engine = open_app_db(None)
    with pytest.raises(IntegrityError), Session(engine) as session, session.begin():
        session.add(ImportFile(position=9, table="orders", sha256="0", rows=1))
    engine.dispose()


def test_import_cannot_be_noted_twice() -> None:
    """Its fingerprint is unique."""
    engine = open_app_db(None)
    entry = {"source": "s", "fingerprint": "f", "imported_at": NOON, "report": "{}"}
    with pytest.raises(IntegrityError), Session(engine) as session, session.begin():
        session.add_all([Import(**entry), Import(**entry)])
    engine.dispose()


def test_transaction_that_fails_leaves_nothing(path: Path) -> None:
    """All or nothing, schema changes included."""
    engine = open_app_db(path)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        _change_and_fail(connection)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM metafields")).scalar() == 0
        names = connection.execute(text("SELECT name FROM sqlite_master")).scalars().all()
    engine.dispose()
    assert "more" not in names


def _change_and_fail(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE more (x)"))
    for _ in range(2):
        connection.execute(text("INSERT INTO metafields VALUES ('custom.a', 'boolean')"))


def test_readers_wait_for_nobody(path: Path) -> None:
    """They see what was committed before, while somebody writes."""
    make(path)
    engine = open_app_db(path)
    with Session(engine) as writing, writing.begin():
        writing.get_one(Settings, 1).currency = "GBP"
        writing.flush()
        with Session(reading(engine)) as session:
            assert session.get_one(Settings, 1).currency == "EUR"
    with Session(reading(engine)) as session:
        assert session.get_one(Settings, 1).currency == "GBP"
    engine.dispose()


@pytest.mark.parametrize("hours", [-5, 0, 9])
def test_moments_come_back_as_utc(hours: int) -> None:
    """Whatever zone they were given in."""
    given = NOON.astimezone(timezone(timedelta(hours=hours)))
    engine = open_app_db(None)
    with Session(engine) as session, session.begin():
        session.add(settings(created_at=given, stands_at=None))
    with Session(engine) as session:
        read = session.get_one(Settings, 1)
        assert (read.created_at, read.created_at.tzinfo) == (NOON, UTC)
        assert read.stands_at is None
    engine.dispose()


# -- files that are not one -------------------------------------------------------------


def test_text_file_is_refused_and_left_alone(path: Path) -> None:
    """Something that is no database at all."""
    path.write_bytes(b"not a database " * 100)
    before = path.read_bytes()
    with pytest.raises(WorkspaceError, match=r"app\.sqlite is damaged or no workspace database"):
        open_app_db(path)
    assert path.read_bytes() == before


def test_empty_file_is_refused(path: Path) -> None:
    """SQLite would take it for a new database: all imports and segments would seem gone."""
    path.write_bytes(b"")
    with pytest.raises(WorkspaceError, match=r"app\.sqlite is no workspace database"):
        open_app_db(path)
    assert path.read_bytes() == b""


def test_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    """No tables of ours are put among theirs."""
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE settings (name, value)")
    before = path.read_bytes()
    with pytest.raises(WorkspaceError, match=r"app\.sqlite is no workspace database"):
        open_app_db(path)
    assert path.read_bytes() == before


def test_database_cut_short_is_refused(path: Path) -> None:
    """The message names the file and what SQLite found."""
    make(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(WorkspaceError, match=r"app\.sqlite is damaged.*malformed"):
        open_app_db(path)


def test_database_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    """An older program must not write where it does not know the schema."""
    make(path)
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    with pytest.raises(WorkspaceError, match=r"newer Segmentry.*Upgrade"):
        open_app_db(path)
    with closing(sqlite3.connect(path)) as newer:
        assert newer.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
