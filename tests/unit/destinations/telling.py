"""A workspace's database with segments whose members change as a test says, and its webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.destinations.outbound import Outbound
from segmentry.destinations.webhooks import Webhooks
from segmentry.destinations.webhooks.kept_secrets import SecretsInMemory
from segmentry.destinations.webhooks.sending import Delivered
from segmentry.membership.stored import Facts, Renewed, StoredMembers
from segmentry.membership.turn import Turn
from segmentry.storage.app_db import Segment
from segmentry.storage.numbers import numbers_of

from .receiving import HOST, FakeDns, Received

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = "shop:"


class Telling:
    """Webhooks whose clock, resolver and secrets are the test's own. Nothing is encrypted here:
    that is for what keeps the secrets of a workspace."""

    def __init__(self, app: Engine) -> None:
        self.now = NOON
        self.app = app
        self.dns = FakeDns()
        self.allowed = {HOST}
        self.secrets = SecretsInMemory()
        outbound = Outbound(lambda: frozenset(self.allowed), self.dns)
        self.webhooks = Webhooks(self.app, self.secrets, outbound, lambda: SOURCE, lambda: self.now)

    def segment(self, name: str) -> int:
        """Save a segment; gives its id."""
        with Session(self.app) as session, session.begin():
            row = Segment(
                name=name,
                name_key=name.casefold(),
                query="number_of_orders > 0",
                description="",
                created_at=NOON,
            )
            session.add(row)
            session.flush()
            return row.id

    def turn(
        self,
        segment: int,
        joined: Iterable[str] = (),
        left: Iterable[str] = (),
        *,
        triggers: bool = True,
    ) -> None:
        """Have customers join and leave a segment."""
        with Session(self.app) as session, session.begin():
            sets = [self._numbers(session, each) for each in (joined, left)]
        turned = Turn(self.now, "data", triggers, *sets)
        renewed = Renewed(segment, (turned,), self.now, 0, "", Facts("", 0), None)
        StoredMembers(self.app).write([renewed], [], self.now + timedelta(seconds=1))

    @staticmethod
    def _numbers(session: Session, customers: Iterable[str]) -> BitMap:
        return numbers_of(session, [f"{SOURCE}{each}" for each in customers])

    def told(self) -> int:
        """Make messages of what happened."""
        return self.webhooks.collect(self.now)

    def send(self, limit: int = 100) -> Delivered:
        """Make messages and send what is due."""
        self.told()
        return self.webhooks.deliver_due(self.now, limit)


def data_of(received: Received) -> dict[str, Any]:
    """What a message that was received says."""
    found: dict[str, Any] = json.loads(received.body)["data"]
    return found
