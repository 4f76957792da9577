"""Stores of a few events, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import segmentry as sg
from segmentry.ingest.from_files import FilesLoaded

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)

Event = dict[str, Any]


@contextmanager
def store(*events: Event) -> Iterator[sg.Workspace]:
    """A store in London, in memory, with these events."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        if events:
            assert refused(made.import_events(events)) == []
        yield made


def call(kind: str, at: str, **fields: Any) -> Event:
    """A call on a day of January (`02 10:00`) or at a time of the first."""
    day, _, time = at.rpartition(" ")
    return {"type": kind, "timestamp": f"2026-01-{day or '01'}T{time}:00Z", **fields}


def track(event: str, at: str = "10:00", user: str | None = "ann", **properties: Any) -> Event:
    """A tracked event of a user."""
    found = call("track", at, event=event, properties=properties)
    return {**found, "userId": user, "messageId": f"{event} {at} {user}"}


def identify(user: str, at: str, device: str | None = None, **traits: Any) -> Event:
    """Who a user is."""
    return call("identify", at, userId=user, anonymousId=device, traits=traits)


def facts(made: sg.Workspace, table: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    found: list[dict[str, Any]] = made.facts(table).to_pylist()
    return found


def refused(done: FilesLoaded) -> list[str]:
    """Why lines were refused."""
    found: list[str] = done.report.refused.column("reason").to_pylist()
    return found
