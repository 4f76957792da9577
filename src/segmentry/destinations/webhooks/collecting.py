"""From the outbox to messages, and a delivery for everybody who wants them.

How far was read and what was made of it are one transaction: a process killed at any moment
loses no message and makes none twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.destinations.webhooks.delivering import new_delivery
from segmentry.destinations.webhooks.endpoints import Wanted, wanted
from segmentry.destinations.webhooks.messages import HEALTH, new_message, of_import, of_turned
from segmentry.membership.outbox import read_on
from segmentry.storage.app_db import Import
from segmentry.storage.webhook_tables import WebhookMessage, WebhookTold

READER = "webhooks"
AT_ONCE = 50
"""So many moments of segments, and imports, one transaction reads."""


class Warned(Protocol):
    """A warning about segments, as far as its comings and goings are told."""

    @property
    def kind(self) -> str:
        """What is amiss."""
        ...

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that it is about."""
        ...


def collect(session: Session, left_out: str, now: datetime) -> tuple[int, bool]:
    """Make messages of the next changes and imports; gives how many, and whether there can be
    more to read."""
    moved = read_on(session, READER, AT_ONCE)
    entries = _imports(session)
    messages: list[WebhookMessage] = []
    everybody = wanted(session)
    if everybody:
        for each in moved:
            if each.triggers:
                messages += of_turned(each, left_out, now)
        messages += filter(None, (of_import(row, now) for row in entries))
    told = add(session, messages, everybody, now)
    return told, max(len(moved), len(entries)) == AT_ONCE


def collect_all(session: Session, left_out: str, now: datetime) -> None:
    """The same of all there are, in a transaction that goes on."""
    more = True
    while more:
        _, more = collect(session, left_out, now)
        session.flush()


def add(
    session: Session, messages: Iterable[WebhookMessage], everybody: Sequence[Wanted], now: datetime
) -> int:
    """Keep those messages that somebody wants, and who is to get them; gives how many."""
    count = 0
    for message in messages:
        wanting = [each.endpoint_id for each in everybody if each.wants(message)]
        if wanting:
            count += 1
            session.add(message)
            session.flush()
            session.add_all(new_delivery(message, each, now) for each in wanting)
    return count


def _imports(session: Session) -> list[Import]:
    """The next imports; they are read when the transaction is kept."""
    told = _told(session, "imports")
    rows = select(Import).where(Import.position > int(told.what or 0))
    found = list(session.scalars(rows.order_by(Import.position).limit(AT_ONCE)))
    if found:
        told.what = str(found[-1].position)
    return found


def tell_health(session: Session, warnings: Iterable[Warned], now: datetime) -> int:
    """Make a message of what is amiss now and was not, and of what was and is no more."""
    told = _told(session, "health")
    before = {(kind, tuple(segments)) for kind, segments in json.loads(told.what or "[]")}
    after = {(each.kind, tuple(each.segments)) for each in warnings}
    if before == after:
        return 0
    told.what = json.dumps(sorted(after))
    data = {
        "appeared": _in_json(after - before),
        "gone": _in_json(before - after),
        "warnings": len(after),
    }
    return add(session, [new_message(HEALTH, now, data, now)], wanted(session), now)


def _in_json(found: Iterable[tuple[str, tuple[str, ...]]]) -> list[dict[str, object]]:
    return [{"kind": kind, "segments": list(segments)} for kind, segments in sorted(found)]


def _told(session: Session, name: str) -> WebhookTold:
    row = session.get(WebhookTold, name)
    if row is None:
        session.add(row := WebhookTold(name=name, what=""))
    return row
