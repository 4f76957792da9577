"""Where messages go: endpoints with the kinds and the segments they want."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from segmentry.base.errors import DestinationError, SegmentError, UnknownDestination
from segmentry.base.text import text_key
from segmentry.destinations.webhooks.messages import KINDS, PING, Kind
from segmentry.segments.naming import unknown
from segmentry.storage.app_db import Segment, SegmentUse
from segmentry.storage.webhook_tables import WebhookDelivery, WebhookEndpoint, WebhookMessage

USE = "webhook"
"""How segments know what uses them."""
MOST_ENDPOINTS = 100
LONGEST_DESCRIPTION = 500

State: TypeAlias = Literal["active", "paused", "disabled"]
Segments: TypeAlias = Iterable[str] | Literal["all"]
"""Names of segments, or all of them, those to come included."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that messages are sent to.

    `segments` are those it is told of, None for all. A disabled one failed for days or said
    that it is gone, and `reason` says so; what it is to be told waits, as while it is paused.
    """

    id: str
    url: str
    description: str
    kinds: tuple[Kind, ...]
    segments: tuple[str, ...] | None
    state: State
    reason: str
    created_at: datetime
    failing_since: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages an endpoint wants."""

    endpoint_id: str
    kinds: frozenset[str]
    segments: frozenset[int] | None

    def wants(self, message: WebhookMessage) -> bool:
        """Whether this is one of them."""
        if message.kind not in self.kinds:
            return False
        of = message.segment_id
        return of is None or self.segments is None or of in self.segments


def find(session: Session, id: str) -> WebhookEndpoint:
    """The endpoint of an id. Refuses an unknown one."""
    row = session.get(WebhookEndpoint, id)
    if row is None:
        raise UnknownDestination(f"There is no webhook '{id[:40]}'.")
    return row


def shown(session: Session, row: WebhookEndpoint) -> Endpoint:
    """An endpoint as it is."""
    of = WebhookDelivery
    waiting = select(func.count()).where(of.endpoint_id == row.id, of.state == "waiting")
    names = select(Segment.name).join(SegmentUse).where(*_uses(row.id)).order_by(Segment.id)
    return Endpoint(
        row.id,
        row.url,
        row.description,
        tuple(json.loads(row.kinds)),
        None if row.every_segment else tuple(session.scalars(names)),
        cast(State, row.state),
        row.reason,
        row.created_at,
        row.failing_since,
        session.scalar(waiting) or 0,
    )


def wanted(session: Session, id: str | None = None) -> list[Wanted]:
    """What every endpoint wants, or one."""
    rows = select(WebhookEndpoint).order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)
    if id is not None:
        rows = rows.where(WebhookEndpoint.id == id)
    found = []
    for row in session.scalars(rows):
        ids = select(SegmentUse.segment_id).where(*_uses(row.id))
        some = frozenset(each for each in session.scalars(ids) if each is not None)
        kinds = frozenset(json.loads(row.kinds))
        found.append(Wanted(row.id, kinds, None if row.every_segment else some))
    return found


def new_id() -> str:
    """An id that no endpoint has, nor had."""
    return f"ep_{uuid4().hex[:12]}"


def new_endpoint(session: Session, id: str, url: str, now: datetime) -> WebhookEndpoint:
    """An endpoint that wants nothing yet. Refuses more than a hundred."""
    count = session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0
    if count >= MOST_ENDPOINTS:
        raise DestinationError(f"There are {count} webhooks already, and no more are kept.")
    row = WebhookEndpoint(
        id=id,
        url=url,
        description="",
        kinds="[]",
        every_segment=True,
        state="active",
        reason="",
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def describe(row: WebhookEndpoint, text: str) -> None:
    """Say what an endpoint is for."""
    if len(text) > LONGEST_DESCRIPTION:
        raise DestinationError(f"A description has at most {LONGEST_DESCRIPTION} characters.")
    row.description = text


def want_kinds(row: WebhookEndpoint, kinds: Iterable[str]) -> None:
    """Have an endpoint told of these kinds. Refuses unknown ones, and none at all."""
    chosen = set(kinds)
    if strange := sorted(chosen - set(KINDS)):
        raise DestinationError(
            f"There is no kind '{strange[0][:40]}' of message. Kinds: {', '.join(KINDS)}."
        )
    if not chosen:
        raise DestinationError("Name at least one kind of message.")
    # A ping is sent to whoever it is meant for, wanted or not.
    row.kinds = json.dumps([each for each in KINDS if each in chosen and each != PING])


def want_segments(
    session: Session, row: WebhookEndpoint, segments: Segments, now: datetime
) -> None:
    """Have an endpoint told of these segments, as a use of them that does not block. Refuses
    unknown ones, and none at all."""
    names = None if segments == "all" else list(segments)
    if isinstance(segments, str) and names is not None:
        raise DestinationError("Give the names of segments as a list, or 'all'.")
    ids = [] if names is None else _ids(session, names)
    if names is not None and not ids:
        raise DestinationError("Name at least one segment, or 'all'.")
    forget_uses(session, row.id)
    row.every_segment = names is None
    session.add_all(
        SegmentUse(
            segment_id=each, kind=USE, name=row.id, state=row.state, blocking=False, used_at=now
        )
        for each in ids
    )


def _ids(session: Session, names: Sequence[str]) -> list[int]:
    known = {row.name_key: row for row in session.scalars(select(Segment))}
    for name in names:
        if text_key(name) not in known:
            raise SegmentError(unknown(name, [row.name for row in known.values()]))
    return [known[key].id for key in dict.fromkeys(text_key(name) for name in names)]


def set_state(session: Session, row: WebhookEndpoint, state: State, reason: str = "") -> None:
    """Put an endpoint into a state; its segments see it too."""
    row.state, row.reason = state, reason
    of = SegmentUse
    mine = (of.kind == USE, of.name == row.id)
    session.execute(update(of).where(*mine).values(state=state))


def forget_uses(session: Session, id: str) -> None:
    """Have an endpoint use no segment, those included that are gone."""
    for use in session.scalars(select(SegmentUse).filter_by(kind=USE, name=id)):
        session.delete(use)
    session.flush()


def _uses(id: str) -> tuple[ColumnElement[bool], ...]:
    return (SegmentUse.kind == USE, SegmentUse.name == id)
