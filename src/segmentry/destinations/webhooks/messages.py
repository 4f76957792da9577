"""What is told: messages as they are kept, and as they are sent.

Ids are all that a message says of people. They are put in when it is sent, so what is kept of
somebody who was erased in the meantime is a number that is nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args
from uuid import uuid4

from pyroaring import BitMap
from sqlalchemy.orm import Session

from segmentry.membership.outbox import Turned
from segmentry.storage.app_db import Import
from segmentry.storage.numbers import customers_of
from segmentry.storage.webhook_tables import WebhookMessage

Kind: TypeAlias = Literal[
    "customer.joined_segment", "customer.left_segment", "import.done", "health.changed", "ping"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
JOINED, LEFT, IMPORTED, HEALTH, PING = KINDS

MOST_CUSTOMERS = 1_000
"""So many customers one message names; those of a larger change come in several."""


def of_turned(turned: Turned, left_out: str, now: datetime) -> Iterator[WebhookMessage]:
    """The messages about who joined and who left a segment at one moment."""
    for kind, numbers in ((JOINED, turned.joined), (LEFT, turned.left)):
        parts = range(0, len(numbers), MOST_CUSTOMERS)
        for part, start in enumerate(parts, start=1):
            data = {
                "segment": {"id": turned.segment_id, "name": turned.segment},
                "cause": turned.cause,
                "at": turned.at.isoformat(),
                "as_of": turned.recorded_at.isoformat(),
                "count": len(numbers),
                "part": part,
                "parts": len(parts),
            }
            message = new_message(kind, turned.at, data, now)
            message.segment_id, message.left_out = turned.segment_id, left_out
            message.customers = BitMap(numbers[start : start + MOST_CUSTOMERS]).serialize()
            yield message


def of_import(row: Import, now: datetime) -> WebhookMessage | None:
    """The message about an import of files or events; None for records that came by themselves."""
    report = json.loads(row.report)
    if not report:
        return None
    data = {
        "import": {"position": row.position, "source": row.source},
        "accepted": report.get("accepted"),
        "refused": report.get("refused"),
        "tables": {file.table: file.rows for file in row.files},
    }
    return new_message(IMPORTED, row.imported_at, data, now)


def new_message(kind: Kind, at: datetime, data: dict[str, Any], now: datetime) -> WebhookMessage:
    """A message that names no customers."""
    return WebhookMessage(
        id=f"msg_{uuid4().hex}",
        kind=kind,
        at=at,
        made_at=now,
        segment_id=None,
        data=json.dumps(data, ensure_ascii=False),
        customers=None,
        left_out="",
    )


def body(session: Session, message: WebhookMessage) -> bytes:
    """A message as it is sent."""
    data = json.loads(message.data)
    if message.customers is not None:
        keys = customers_of(session, BitMap.deserialize(message.customers))
        data["customers"] = [key.removeprefix(message.left_out) for key in keys]
    sent = {"type": message.kind, "timestamp": message.at.isoformat(), "data": data}
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
