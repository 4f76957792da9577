"""Messages on their way: each is claimed, sent, and what came of it noted.

The claim ends by itself. Who is killed between sending and noting leaves a message that is
sent once more, with the same id: at least once, and the receiver tells by the id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from typing import Literal, TypeAlias, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from segmentry.destinations.webhooks.endpoints import set_state
from segmentry.destinations.webhooks.messages import PING, body
from segmentry.storage.webhook_tables import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

BACK_OFF = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=each) for each in (2, 5, 10, 14, 20, 24)),
)
"""How long to wait after each attempt that failed; after one more it is given up."""
LONGEST_WAIT = timedelta(hours=24)
JITTER = 0.1
"""So much longer at most: what failed together is not tried again all at one moment."""
CLAIM = timedelta(seconds=60)
"""Longer than anything that is done under a claim can take."""
AT_A_TIME = 4
"""So many messages are on their way to one endpoint at most."""
DISABLED_AFTER = timedelta(days=5)
GONE = 410

DeliveryState: TypeAlias = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send."""

    delivery_id: int
    claim: str
    endpoint_id: str
    url: str
    message_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a sending: the status of the answer, or what was wrong."""

    status: int | None
    error: str
    ms: int
    retry_after: str | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300


def new_delivery(message: WebhookMessage, endpoint_id: str, now: datetime) -> WebhookDelivery:
    """A message that is to be sent to an endpoint now."""
    return WebhookDelivery(
        message_number=message.number,
        endpoint_id=endpoint_id,
        state="waiting",
        attempts=0,
        next_at=now,
        last_error="",
    )


def send_again(session: Session, message: WebhookMessage, endpoint_id: str, now: datetime) -> None:
    """Have a message sent to an endpoint once more, or after all. One that is on its way at
    this moment is left alone."""
    rows = select(WebhookDelivery).filter_by(message_number=message.number, endpoint_id=endpoint_id)
    row = session.scalars(rows).first()
    if row is None:
        session.add(new_delivery(message, endpoint_id, now))
    elif row.claimed_until is None or row.claimed_until <= now:
        row.state, row.attempts, row.next_at = "waiting", 0, now


def due_endpoints(session: Session, now: datetime) -> list[str]:
    """The active endpoints that something is due for."""
    of = WebhookDelivery
    rows = select(of.endpoint_id).join(WebhookEndpoint).where(*_due(now)).distinct()
    rows = rows.where(WebhookEndpoint.state == "active")
    return list(session.scalars(rows.order_by(of.endpoint_id)))


def claim_next(session: Session, endpoint_id: str, now: datetime) -> Claimed | None:
    """The next message that is due for an endpoint, claimed; None where there is none, or
    enough are on their way to it."""
    endpoint, of = session.get(WebhookEndpoint, endpoint_id), WebhookDelivery
    if endpoint is None or endpoint.state != "active":
        return None
    held = select(func.count()).where(of.endpoint_id == endpoint_id, of.claimed_until > now)
    if (session.scalar(held) or 0) >= AT_A_TIME:
        return None
    rows = select(of).where(of.endpoint_id == endpoint_id, *_due(now))
    row = session.scalars(rows.order_by(of.next_at, of.id).limit(1)).first()
    return None if row is None else claim(session, row, now)


def claim(session: Session, row: WebhookDelivery, now: datetime) -> Claimed:
    """A delivery, claimed, as it is to be sent."""
    row.claim, row.claimed_until = uuid4().hex, now + CLAIM
    endpoint = session.get_one(WebhookEndpoint, row.endpoint_id)
    message = session.get_one(WebhookMessage, row.message_number)
    return Claimed(row.id, row.claim, endpoint.id, endpoint.url, message.id, body(session, message))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    of = WebhookDelivery
    free = or_(of.claimed_until.is_(None), of.claimed_until <= now)
    return of.state == "waiting", of.next_at <= now, free


def note(session: Session, claimed: Claimed, outcome: Outcome, now: datetime) -> DeliveryState:
    """Write down what came of a sending: done, to be tried again, or given up.

    Of one whose claim ended and that somebody else holds now, only that it was tried; the
    other will say what came of it.
    """
    row = session.get(WebhookDelivery, claimed.delivery_id)
    if row is None:  # the endpoint was removed in the meantime
        return "done" if outcome.taken else "failed"
    session.add(
        WebhookAttempt(
            delivery_id=row.id, at=now, status=outcome.status, error=outcome.error, ms=outcome.ms
        )
    )
    if row.claim == claimed.claim:
        row.claim = row.claimed_until = None
        row.last_at, row.last_status = now, outcome.status
        row.last_error, row.last_ms = outcome.error, outcome.ms
        row.attempts += 1
        message = session.get_one(WebhookMessage, row.message_number)
        row.next_at = None if outcome.taken else _next(row, message, outcome, now)
        row.state = "done" if outcome.taken else "waiting" if row.next_at else "failed"
        if message.kind != PING:
            _judge(session, row.endpoint_id, outcome, now)
    return cast(DeliveryState, row.state)


def _next(
    row: WebhookDelivery, message: WebhookMessage, outcome: Outcome, now: datetime
) -> datetime | None:
    """When to try again; None for never. A ping is for somebody who waits for the answer."""
    if message.kind == PING or outcome.status == GONE or row.attempts > len(BACK_OFF):
        return None
    wait = max(BACK_OFF[row.attempts - 1], _asked_for(outcome.retry_after, now))
    # Ids are random, so this differs from one message to another, and not from run to run.
    seed = f"{message.id} {row.endpoint_id} {row.attempts}"
    return now + min(wait, LONGEST_WAIT) * Random(seed).uniform(1, 1 + JITTER)


def _asked_for(retry_after: str | None, now: datetime) -> timedelta:
    """How long the receiver asks to be left alone, in seconds or until a date."""
    none = timedelta()
    if retry_after is None:
        return none
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:9]), LONGEST_WAIT.total_seconds()))
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return none
    return max(none, (until if until.tzinfo else until.replace(tzinfo=UTC)) - now)


def _judge(session: Session, endpoint_id: str, outcome: Outcome, now: datetime) -> None:
    """Disable an endpoint that says it is gone, or has taken nothing for days."""
    row = session.get_one(WebhookEndpoint, endpoint_id)
    if outcome.taken:
        row.failing_since = None
        return
    row.failing_since = row.failing_since or now
    if outcome.status == GONE:
        set_state(session, row, "disabled", "It answered 410: it is gone.")
    elif now - row.failing_since >= DISABLED_AFTER and row.state == "active":
        days = DISABLED_AFTER.days
        set_state(session, row, "disabled", f"It took nothing for {days} days.")
