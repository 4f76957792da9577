"""What every part of access works with: the database, the keys and the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.access.keys import Keys
from segmentry.base.clock import Clock
from segmentry.storage.app_db import reading


@dataclass(frozen=True, slots=True)
class Store:
    """Begins transactions. One that writes has looked for the keys before, because making the
    first key is a transaction of its own."""

    app: Engine
    keys: Keys
    clock: Clock

    @property
    def now(self) -> datetime:
        """The present moment in UTC."""
        return self.clock().astimezone(UTC)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that changes nothing and waits for nobody."""
        with Session(reading(self.app), expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is carried out as a whole or not at all."""
        self.keys.look()
        with Session(self.app, expire_on_commit=False) as session, session.begin():
            yield session
