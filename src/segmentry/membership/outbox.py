"""The sequence of changes for somebody who keeps what they make of it in the same database.

Reading on and noting how far are steps of the caller's own transaction, together with what
the caller writes: so nothing is made twice of a change, and nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.storage.app_db import MembershipChange, OutboxReader, Segment


@dataclass(frozen=True, slots=True)
class Turned:
    """Who joined and who left a segment at one moment for one cause, as numbers of customers.

    `last` is the place of the last of them in the sequence; for the rest see `Change`.
    """

    last: int
    segment_id: int
    segment: str
    at: datetime
    recorded_at: datetime
    cause: str
    triggers: bool
    joined: BitMap
    left: BitMap


def read_on(session: Session, reader: str, most: int) -> list[Turned]:
    """The next changes that a reader has not read, at most so many moments of segments; they
    are read when the transaction is kept."""
    row = session.get(OutboxReader, reader)
    if row is None:
        session.add(row := OutboxReader(name=reader, position=0))
    of = MembershipChange
    rows = select(of, Segment.name).join(Segment, Segment.id == of.segment_id)
    rows = rows.where(of.first > row.position).order_by(of.first).limit(most)
    found = [_turned(each, name) for each, name in session.execute(rows)]
    if found:
        row.position = found[-1].last
    return found


def _turned(row: MembershipChange, segment: str) -> Turned:
    return Turned(
        row.first + row.joined_count + row.left_count - 1,
        row.segment_id,
        segment,
        row.at,
        row.recorded_at,
        row.cause,
        row.triggers,
        BitMap.deserialize(row.joined),
        BitMap.deserialize(row.left),
    )
