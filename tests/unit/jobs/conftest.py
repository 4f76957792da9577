"""A queue in memory, by a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from segmentry.jobs import Queue
from segmentry.jobs.testing import VirtualClock
from segmentry.storage.app_db import open_app_db
from segmentry.storage.jobs_table import Job, Schedule


@pytest.fixture
def clock() -> VirtualClock:
    """A clock."""
    return VirtualClock()


@pytest.fixture(scope="package")
def made() -> Iterator[Engine]:
    """A database in memory, made once: that takes longer than most tests."""
    engine = open_app_db(None)
    yield engine
    engine.dispose()


@pytest.fixture
def app(made: Engine) -> Engine:
    """The database, with nothing to do in it."""
    with Session(made) as session, session.begin():
        session.execute(delete(Job))
        session.execute(delete(Schedule))
    return made


@pytest.fixture
def queue(app: Engine, clock: VirtualClock) -> Queue:
    """A queue in it."""
    return Queue(app, clock, Random(1))
