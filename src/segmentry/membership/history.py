"""Who joined and left each segment, when, and why: one sequence of changes, read by anybody.

Each customer's change has a place in the sequence that never changes, so whoever follows it
(a series, a webhook, a destination) reads on from where they stopped and misses nothing and
gets nothing twice. It is written in the transaction that makes the membership what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Literal, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyroaring import BitMap
from sqlalchemy import Engine as AppDb
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from segmentry.membership.turn import Cause
from segmentry.storage.app_db import MembershipChange, OutboxReader, Segment
from segmentry.storage.numbers import customers_by_number, known_numbers


@dataclass(frozen=True, slots=True)
class Change:
    """One customer who joined or left a segment.

    `at` is the moment from which it is so, `recorded_at` when it was found. One that
    `triggers` may start what waits for it; imported, restated and long past ones, and those
    of a definition, do not. `customer` is missing for somebody who was erased.
    """

    place: int
    segment: str
    customer: str | None
    change: Literal["joined", "left"]
    at: datetime
    recorded_at: datetime
    cause: Cause
    triggers: bool


@dataclass(frozen=True, slots=True)
class Together:
    """How many joined and left a segment at one moment for one cause."""

    at: datetime
    recorded_at: datetime
    cause: Cause
    triggers: bool
    joined: int
    left: int
    count: int
    """How many members there were after it."""


class History:
    """The changes of all segments of a workspace."""

    def __init__(self, app: AppDb) -> None:
        self._app = app

    def together(self, segment_id: int) -> list[Together]:
        """The changes of a segment, the first one first, without their customers."""
        of = MembershipChange
        columns = (of.at, of.recorded_at, of.cause, of.triggers, of.joined_count, of.left_count)
        rows = select(*columns).filter_by(segment_id=segment_id).order_by(of.first)
        found, count = [], 0
        with Session(self._app) as session:
            for at, recorded, cause, triggers, joined, left in session.execute(rows):
                count += joined - left
                known = cast(Cause, cause)
                found.append(Together(at, recorded, known, triggers, joined, left, count))
        return found

    def of_segment(self, segment_id: int, limit: int) -> list[Change]:
        """The latest changes of a segment, customer by customer, the latest first."""
        of = MembershipChange
        rows = _rows().where(of.segment_id == segment_id).order_by(of.first.desc())
        with Session(self._app) as session:
            each = chain.from_iterable(
                reversed(list(_places(row, name))) for row, name in session.execute(rows)
            )
            return _changes(session, islice(each, limit))

    def of_customer(self, customer: str, segment_id: int | None = None) -> list[Change]:
        """Every change of one customer, in one segment or all, the first one first."""
        rows = _rows().order_by(MembershipChange.first)
        if segment_id is not None:
            rows = rows.where(MembershipChange.segment_id == segment_id)
        with Session(self._app) as session:
            number = known_numbers(session, [customer]).get(customer)
            if number is None:
                return []
            places = (_place_of(row, name, number) for row, name in session.execute(rows))
            return _changes(session, filter(None, places))

    def after(self, place: int, limit: int) -> list[Change]:
        """The changes of all segments beyond a place in the sequence, in its order."""
        of = MembershipChange
        end = of.first + of.joined_count + of.left_count
        rows = _rows().where(end > place + 1).order_by(of.first)
        with Session(self._app) as session:
            found = session.execute(rows)
            each = chain.from_iterable(_places(row, name) for row, name in found)
            beyond = (one for one in each if one.place > place)
            return _changes(session, islice(beyond, limit))

    def read_by(self, reader: str) -> int:
        """The place up to which somebody has read; 0 before the first change."""
        with Session(self._app) as session:
            row = session.get(OutboxReader, reader)
            return 0 if row is None else row.position

    def acknowledge(self, reader: str, place: int) -> None:
        """Note that somebody has dealt with all changes up to a place; never goes back."""
        with Session(self._app) as session, session.begin():
            row = session.get(OutboxReader, reader)
            session.merge(
                OutboxReader(name=reader, position=max(place, row.position if row else 0))
            )


@dataclass(frozen=True, slots=True)
class _Place:
    """One customer's place among the changes that a row has together."""

    row: MembershipChange
    segment: str
    place: int
    number: int
    joined: bool


def _rows() -> Select[MembershipChange, str]:
    on = Segment.id == MembershipChange.segment_id
    return select(MembershipChange, Segment.name).join(Segment, on)


def _places(row: MembershipChange, segment: str) -> Iterator[_Place]:
    joined, left = BitMap.deserialize(row.joined), BitMap.deserialize(row.left)
    for place, number in enumerate(chain(joined, left), row.first):
        yield _Place(row, segment, place, number, place < row.first + row.joined_count)


def _place_of(row: MembershipChange, segment: str, number: int) -> _Place | None:
    """The place of one customer, without a look at the others."""
    joined, left = BitMap.deserialize(row.joined), BitMap.deserialize(row.left)
    if number in joined:
        return _Place(row, segment, row.first + joined.rank(number) - 1, number, joined=True)
    if number in left:
        place = row.first + row.joined_count + left.rank(number) - 1
        return _Place(row, segment, place, number, joined=False)
    return None


def _changes(session: Session, places: Iterable[_Place]) -> list[Change]:
    found = list(places)
    names = customers_by_number(session, BitMap(each.number for each in found))
    return [
        Change(
            each.place,
            each.segment,
            names.get(each.number),
            "joined" if each.joined else "left",
            each.row.at,
            each.row.recorded_at,
            cast(Cause, each.row.cause),
            each.row.triggers,
        )
        for each in found
    ]


def changes_table(
    changes: Iterable[Change], shown: Callable[[str], str], zone: ZoneInfo
) -> pa.Table:
    """Changes as a table, moments on the store's clock; `shown` gives ids as people know
    them, and somebody who was erased has none."""
    moment = pa.timestamp("us", tz=zone.key)
    schema = pa.schema(
        [
            ("place", pa.int64()),
            ("segment", pa.string()),
            ("customer_id", pa.string()),
            ("change", pa.string()),
            ("at", moment),
            ("recorded_at", moment),
            ("cause", pa.string()),
            ("triggers", pa.bool_()),
        ]
    )
    rows = [
        {
            "place": each.place,
            "segment": each.segment,
            "customer_id": None if each.customer is None else shown(each.customer),
            "change": each.change,
            "at": each.at,
            "recorded_at": each.recorded_at,
            "cause": each.cause,
            "triggers": each.triggers,
        }
        for each in changes
    ]
    return pa.Table.from_pylist(rows, schema)
