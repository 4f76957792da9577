"""A queue in memory, by a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine

from segmentry.jobs import Queue
from segmentry.storage.app_db import open_app_db


class Clock:
    """Stands until it is moved on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

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


@pytest.fixture
def app() -> Iterator[Engine]:
    """A database in memory."""
    engine = open_app_db(None)
    yield engine
    engine.dispose()


@pytest.fixture
def queue(app: Engine, clock: Clock) -> Queue:
    """A queue in it."""
    return Queue(app, clock, Random(1))
