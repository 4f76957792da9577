"""One database for all tests of a module, emptied before each, and a server for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from segmentry.storage.app_db import Base, open_app_db

from .receiving import Receiver, receiver
from .telling import Telling


@pytest.fixture(scope="module")
def app() -> Iterator[Engine]:
    """A database in memory."""
    made = open_app_db(None)
    yield made
    made.dispose()


@pytest.fixture
def telling(app: Engine) -> Telling:
    """Webhooks of a workspace of which nothing is known yet."""
    with app.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    return Telling(app)


@pytest.fixture
def server() -> Iterator[Receiver]:
    """A server that takes everything, until it is told otherwise."""
    with receiver() as running:
        yield running
