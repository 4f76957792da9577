"""Outgoing webhooks in `app.sqlite`: where to send, what, and how that went."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from segmentry.storage.app_db import Base


class WebhookEndpoint(Base):
    """An address that messages are sent to; its secret is kept elsewhere.

    `kinds` is a JSON list. Without `every_segment` the segments it is told of are those that
    it is a use of.
    """

    __tablename__ = "webhook_endpoints"
    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    description: Mapped[str]
    kinds: Mapped[str]
    every_segment: Mapped[bool]
    state: Mapped[str]
    reason: Mapped[str]
    """Why it is disabled."""
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]


class WebhookMessage(Base):
    """Something to tell. `data` is JSON, without the customers: these are a set of numbers, so
    that of somebody erased no id is left, and shown without `left_out` before their ids."""

    __tablename__ = "webhook_messages"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    made_at: Mapped[datetime] = mapped_column(index=True)
    segment_id: Mapped[int | None]
    data: Mapped[str]
    customers: Mapped[bytes | None]
    left_out: Mapped[str]


class WebhookDelivery(Base):
    """A message on its way to an endpoint: `waiting` until `next_at`, `done` or `failed`.

    Whoever sends it holds it by a `claim` until a moment. `attempts` are those since it was
    first or anew to be sent; `last_...` are of the latest of all.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("message_number", "endpoint_id"),
        Index("ix_webhook_deliveries_due", "endpoint_id", "state", "next_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    message_number: Mapped[int] = mapped_column(
        ForeignKey("webhook_messages.number", ondelete="CASCADE")
    )
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    claim: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str]
    last_ms: Mapped[int | None]


class WebhookAttempt(Base):
    """One sending: the status that came back, or what was wrong, and how long it took."""

    __tablename__ = "webhook_attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    status: Mapped[int | None]
    error: Mapped[str]
    ms: Mapped[int]


class WebhookTold(Base):
    """What was told last of things that have no reader of their own: of `imports` the position,
    of `health` the warnings."""

    __tablename__ = "webhook_told"
    name: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str]
