"""Takes events away that are older than they are to be kept.

Events are of three kinds: what is done in the storefront, what becomes of messages, and the
store's own. Reports of imports and the audit log are kept for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.erasure.erasing import drop_unwanted, put_in_archive, rewrite_messages
from segmentry.erasure.known import anew
from segmentry.erasure.stores import Stores
from segmentry.facts.events import STOREFRONT
from segmentry.facts.tables import EVENTS, Table
from segmentry.storage.app_db import Settings, clear_remains, reading
from segmentry.storage.erasure_tables import AgedOut
from segmentry.storage.journal import Written
from segmentry.storage.traces import moment_of

KINDS = ("storefront", "messages", "own")
"""What is done in the storefront, what becomes of messages, all other events."""

_MESSAGES = ("email.", "sms.")
_decode = msgspec.json.Decoder().decode


def kept_days(app: Engine) -> dict[str, int]:
    """By kind, how many days events are kept; kinds that are kept for ever left out."""
    with Session(reading(app)) as session:
        found: dict[str, int] = json.loads(session.get_one(Settings, 1).retention)
    return found


def keep_days(app: Engine, days: Mapping[str, int | None]) -> None:
    """Set how many days events of these kinds are kept, None for ever. Refuses an unknown
    kind, and less than a day."""
    for kind, number in days.items():
        if kind not in KINDS:
            raise UserError(f"There are no events of the kind '{kind}'. Kinds: {', '.join(KINDS)}.")
        if number is not None and number < 1:
            raise UserError("Events are kept for one day at least; say for how many.")
    with Session(app) as session, session.begin():
        settings = session.get_one(Settings, 1)
        after = json.loads(settings.retention) | dict(days)
        settings.retention = json.dumps({kind: n for kind, n in after.items() if n is not None})


@dataclass(frozen=True, slots=True)
class _Aged:
    """Which events are too old: by kind, those before a moment; and some by their ids."""

    before: Mapping[str, datetime]
    ids: frozenset[str] = frozenset()

    def has(self, row: Mapping[str, Any]) -> bool:
        """Whether the event of a message is."""
        before = self.before.get(_kind(row["name"]))
        old = before is not None and moment_of(row["occurred_at"]) < before
        return old or row["event_id"] in self.ids

    def among(self, rows: pa.Table, *kinds: str) -> pa.ChunkedArray:
        """Which events of a table are, of some kinds or of all."""
        found = pc.is_in(rows.column("event_id"), value_set=pa.array(sorted(self.ids), pa.string()))
        for kind in kinds or KINDS:
            if kind in self.before:
                old = pc.less(rows.column("occurred_at"), pa.scalar(self.before[kind]))
                found = pc.or_(found, pc.and_(old, _of_kind(rows.column("name"), kind)))
        return found


def _kind(name: str) -> str:
    if name in STOREFRONT:
        return "storefront"
    return "messages" if name.startswith(_MESSAGES) else "own"


def _of_kind(names: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    wanted = [name for name in pc.unique(names).to_pylist() if _kind(name) == kind]
    return pc.is_in(names, value_set=pa.array(wanted, pa.string()))


def age_out(stores: Stores, now: datetime) -> dict[str, int]:
    """Take away from the archive, the journal and the facts what is too old by now; how many
    events of each kind went."""
    before = {kind: now - timedelta(days=n) for kind, n in kept_days(stores.app).items()}
    if not before:
        return {}
    events = stores.facts.read(EVENTS.only("event_id", "name", "occurred_at"))
    aged = _Aged(before)
    counts = {kind: pc.sum(aged.among(events, kind)).as_py() or 0 for kind in sorted(before)}
    gone = events.filter(aged.among(events)).column("event_id").to_pylist()
    aged = _Aged(before, frozenset(gone))
    put_in_archive(stores, lambda table, rows: _left(table, rows, aged))
    rewrite_messages(stores, lambda message: _without(message, aged))
    if gone:
        stores.facts.remove_events(gone)
    drop_unwanted(stores)
    with Session(stores.app) as session, session.begin():
        for kind, count in counts.items():
            if count:
                session.add(AgedOut(at=now, kind=kind, before=before[kind], rows=count))
    clear_remains(stores.app)
    return counts


def _left(table: Table, rows: pa.Table, aged: _Aged) -> pa.Table:
    if table.name != EVENTS.name:
        return rows
    found = aged.among(rows)
    return rows.filter(pc.invert(found)) if pc.any(found).as_py() else rows


def _without(message: Written, aged: _Aged) -> Written:
    records = _decode(message.entry.body)["records"]
    events = records.get(EVENTS.name, [])
    left = [row for row in events if not aged.has(row)]
    if len(left) == len(events):
        return message
    others = {name: rows for name, rows in records.items() if name != EVENTS.name}
    return anew(message, others | ({EVENTS.name: left} if left else {}))
