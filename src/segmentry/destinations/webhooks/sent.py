"""What is or was on its way, and every sending of it, as people look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from segmentry.destinations.webhooks.delivering import DeliveryState
from segmentry.destinations.webhooks.messages import Kind
from segmentry.storage.webhook_tables import WebhookAttempt, WebhookDelivery, WebhookMessage


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to an endpoint, or there: how often it was sent since it was first
    or anew to be, when it will be next, and what came of the latest sending."""

    id: int
    message: str
    kind: Kind
    endpoint: str
    made_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str
    last_ms: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a message: the status that came back, or what was wrong."""

    at: datetime
    status: int | None
    error: str
    ms: int


@dataclass(frozen=True, slots=True)
class Looked:
    """Which deliveries to look at: to one endpoint, in one state, made before that of an id."""

    endpoint: str | None = None
    state: DeliveryState | None = None
    before: int | None = None
    limit: int = 50


def deliveries(session: Session, looked: Looked) -> tuple[Delivery, ...]:
    """Those deliveries, the latest first."""
    of = WebhookDelivery
    rows = _rows().order_by(of.id.desc()).limit(looked.limit)
    if looked.endpoint is not None:
        rows = rows.where(of.endpoint_id == looked.endpoint)
    if looked.state is not None:
        rows = rows.where(of.state == looked.state)
    if looked.before is not None:
        rows = rows.where(of.id < looked.before)
    return tuple(_delivery(*each) for each in session.execute(rows))


def delivery(session: Session, id: int) -> Delivery:
    """One delivery."""
    return _delivery(*session.execute(_rows().where(WebhookDelivery.id == id)).one())


def attempts(session: Session, delivery: int) -> tuple[Attempt, ...]:
    """Every sending of a delivery, the first one first."""
    rows = select(WebhookAttempt).filter_by(delivery_id=delivery).order_by(WebhookAttempt.id)
    found = session.scalars(rows)
    return tuple(Attempt(row.at, row.status, row.error, row.ms) for row in found)


def _rows() -> Select[WebhookDelivery, WebhookMessage]:
    on = WebhookMessage.number == WebhookDelivery.message_number
    return select(WebhookDelivery, WebhookMessage).join(WebhookMessage, on)


def _delivery(row: WebhookDelivery, message: WebhookMessage) -> Delivery:
    return Delivery(
        row.id,
        message.id,
        cast(Kind, message.kind),
        row.endpoint_id,
        message.made_at,
        cast(DeliveryState, row.state),
        row.attempts,
        row.next_at,
        row.last_at,
        row.last_status,
        row.last_error,
        row.last_ms,
    )
