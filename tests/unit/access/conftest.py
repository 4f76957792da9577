"""Access on a database of its own, with a clock moved by hand and hashes that cost nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import profiles
from sqlalchemy import Engine

from segmentry.access import Access, Caller
from segmentry.access.sessions import NewSession
from segmentry.access.setup import FirstAdmin
from segmentry.access.signing_in import Credentials
from segmentry.access.users import NewUser, User
from segmentry.storage.app_db import open_app_db

PASSWORD = "tall grass by the sea"
HERE, THERE = "192.0.2.1", "198.51.100.7"
OPERATOR = Caller.command_line("operator")


class Clock:
    """Stands until it is moved on."""

    now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.now

    def go_on(self, **time: float) -> None:
        """Show a later moment."""
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its schema, made once."""
    path = tmp_path_factory.mktemp("empty") / "app.sqlite"
    open_app_db(path).dispose()
    return path


@pytest.fixture
def app(empty: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database in a file, as threads and processes share it."""
    shutil.copy(empty, path := tmp_path / "app.sqlite")
    engine = open_app_db(path)
    yield engine
    engine.dispose()


@pytest.fixture
def access(app: Engine, tmp_path: Path, clock: Clock) -> Access:
    """Access without a user."""
    return opened(app, tmp_path, clock)


def opened(app: Engine, folder: Path, clock: Clock) -> Access:
    """Access as another process has it."""
    return Access(app, folder, clock, profiles.CHEAPEST)


@pytest.fixture
def admin(access: Access) -> Caller:
    """The first admin, signed in."""
    token, _ = access.setup.new_token(OPERATOR)
    first = FirstAdmin("ann@example.com", "Ann", PASSWORD, HERE)
    return access.setup.use(token, first).signed_in.caller


def add(access: Access, by: Caller, name: str, role: str) -> User:
    """Make a user by the first name."""
    return access.users.add(by, NewUser(f"{name}@example.com", name.title(), role, PASSWORD))


def sign_in(
    access: Access,
    name: str,
    password: str = PASSWORD,
    address: str = HERE,
    code: str | None = None,
    before: str | None = None,
) -> NewSession:
    """Sign in by the first name."""
    return access.signing_in.sign_in(
        Credentials(f"{name}@example.com", password, address, code, before=before)
    )
