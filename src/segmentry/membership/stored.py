"""Stored membership: who belongs to each segment, whole versions only.

A version comes in one transaction: the customers who joined and left, each in a row of
changes, and what is true of the segment after them. The set of members itself is written
now and then; the changes that came since are applied to it as it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Engine as AppDb
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from segmentry.membership.turn import Turn
from segmentry.storage.app_db import Membership, MembershipChange, OutboxReader, Segment

_WRITTEN_EVERY = 64
"""The set is written with every so many versions; its changes lie between."""

_HEADERS = select(
    *(Membership.segment_id, Membership.version, Membership.as_of, Membership.count),
    *(Membership.definition, Membership.facts_version, Membership.facts_position),
    *(Membership.due_at, Membership.failed_at, Membership.error),
)
"""All that is true of members, without themselves."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A state of the facts: which they are, and the last import they have."""

    version: str
    position: int


@dataclass(frozen=True, slots=True)
class Header:
    """What is true of a segment's stored members, without themselves.

    They are `count`, true from `as_of` until `due_at` by the facts and by what the segment
    meant. What a refresh that failed had to say is in `error`; the rest is from before.
    """

    version: int
    as_of: datetime | None
    count: int
    meaning: str
    facts: Facts
    due_at: datetime | None
    failed_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """A segment as a refresh leaves it: what turned, and what is true then."""

    segment_id: int
    turns: tuple[Turn, ...]
    as_of: datetime
    count: int
    meaning: str
    facts: Facts
    due_at: datetime | None

    @property
    def moved(self) -> bool:
        """Whether anybody joined or left."""
        return any(self.turns)


@dataclass(frozen=True, slots=True)
class Failed:
    """A segment that could not be refreshed, and why."""

    segment_id: int
    at: datetime
    error: str


class StoredMembers:
    """The stored members of all segments of a workspace."""

    def __init__(self, app: AppDb) -> None:
        self._app = app
        self._read: dict[int, tuple[int, BitMap]] = {}

    def headers(self) -> dict[int, Header]:
        """What is true of every segment that has stored members or a failure, by its id."""
        with Session(self._app) as session:
            rows = session.connection().execute(_HEADERS)
            return {row.segment_id: _header(row) for row in rows}

    def members(self, segment_id: int, version: int | None = None) -> BitMap:
        """The members of one segment, of its latest version; nobody before the first. Where
        that is known to be `version`, and was read before, nothing is read again."""
        known = self._read.get(segment_id)
        if known is not None and known[0] == version:
            return known[1]
        with Session(self._app) as session:
            return self._members(session, segment_id)

    def both(self, segment_id: int) -> tuple[Header, BitMap] | None:
        """What is true of a segment and its members, of one version."""
        with Session(self._app) as session:
            row = session.get(Membership, segment_id)
            return None if row is None else (_header(row), self._members(session, segment_id))

    def write(self, renewed: Sequence[Renewed], failed: Sequence[Failed], now: datetime) -> None:
        """Put all these versions in place at once. Segments that are gone are passed over."""
        with Session(self._app) as session, session.begin():
            there = set(session.scalars(select(Segment.id)))
            known = set(session.scalars(select(Membership.segment_id))) & there
            first = _next_place(session)
            still = [each for each in renewed if not each.moved and each.segment_id in known]
            if still:
                session.execute(update(Membership), [_stands(each) for each in still])
            for each in renewed:
                if each.segment_id in there and (each.moved or each.segment_id not in known):
                    first = self._put(session, each, first, now)
            for fault in failed:
                if fault.segment_id in there:
                    _fail(session, fault)
        for each in renewed:
            self._go_on(each)

    def _go_on(self, new: Renewed) -> None:
        """Have what was read of a segment be what was written; of one that was never read, or
        that is gone, what is read counts."""
        if new.segment_id in self._read:
            version, members = self._read[new.segment_id]
            for each in filter(None, new.turns):
                version, members = version + 1, each.after(members)
            self._read[new.segment_id] = version, members

    def _put(self, session: Session, new: Renewed, first: int, now: datetime) -> int:
        row = session.get(Membership, new.segment_id) or _nobody(session, new.segment_id, first)
        written = row.version // _WRITTEN_EVERY
        for each in filter(None, new.turns):
            row.version += 1
            session.add(_change(each, new.segment_id, row.version, first, now))
            first += len(each.joined) + len(each.left)
        for name, value in _stands(new).items():
            setattr(row, name, value)
        session.flush()
        if row.version // _WRITTEN_EVERY != written:
            row.members = self._members(session, new.segment_id).serialize()
            row.members_after = first
        return first

    def _members(self, session: Session, segment_id: int) -> BitMap:
        """The set as it was written or read last, and the changes since."""
        row = session.get(Membership, segment_id)
        if row is None:
            return BitMap()
        changes = select(MembershipChange).filter_by(segment_id=segment_id)
        if segment_id in self._read:
            version, members = self._read[segment_id]
            changes = changes.where(MembershipChange.version > version)
        else:
            members = BitMap.deserialize(row.members)
            changes = changes.where(MembershipChange.first >= row.members_after)
        for each in session.scalars(changes.order_by(MembershipChange.first)):
            joined, left = BitMap.deserialize(each.joined), BitMap.deserialize(each.left)
            members = (members | joined) - left
        self._read[segment_id] = row.version, members
        return members


def _stands(new: Renewed) -> dict[str, Any]:
    """What is true of a segment after a refresh, beside who its members are."""
    return {
        "segment_id": new.segment_id,
        "as_of": new.as_of,
        "due_at": new.due_at,
        "count": new.count,
        "definition": new.meaning,
        "facts_version": new.facts.version,
        "facts_position": new.facts.position,
        "failed_at": None,
        "error": None,
    }


def _nobody(session: Session, segment_id: int, first: int) -> Membership:
    """What stands of a segment before its first version."""
    row = Membership(
        segment_id=segment_id,
        version=0,
        count=0,
        definition="",
        facts_version="",
        facts_position=0,
        members=BitMap().serialize(),
        members_after=first,
    )
    session.add(row)
    return row


def _next_place(session: Session) -> int:
    """Where the sequence of all changes goes on.

    The changes of a deleted segment are gone, and may have been the last; their places are
    not given again once somebody has read them, who would pass over what then has them.
    """
    last = MembershipChange.first + MembershipChange.joined_count + MembershipChange.left_count
    end = session.scalar(select(func.max(last))) or 1
    read = session.scalar(select(func.max(OutboxReader.position))) or 0
    return max(end, read + 1)


def _change(
    each: Turn, segment_id: int, version: int, first: int, now: datetime
) -> MembershipChange:
    return MembershipChange(
        first=first,
        segment_id=segment_id,
        version=version,
        at=each.at,
        recorded_at=now,
        cause=each.cause,
        triggers=each.triggers,
        joined_count=len(each.joined),
        left_count=len(each.left),
        joined=each.joined.serialize(),
        left=each.left.serialize(),
    )


def _fail(session: Session, fault: Failed) -> None:
    row = session.get(Membership, fault.segment_id)
    row = row or _nobody(session, fault.segment_id, _next_place(session))
    row.failed_at, row.error = fault.at, fault.error


def _header(row: Any) -> Header:
    return Header(
        row.version,
        row.as_of,
        row.count,
        row.definition,
        Facts(row.facts_version, row.facts_position),
        row.due_at,
        row.failed_at,
        row.error,
    )
