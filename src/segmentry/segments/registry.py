"""What uses segments: other segments, and whatever registers itself, such as a campaign.

A use that blocks keeps its segment from being deleted; another one loses it and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from segmentry.base.errors import NoSegmentError
from segmentry.base.text import text_key
from segmentry.segments.index import Index, KnownSegments
from segmentry.segments.naming import unknown
from segmentry.storage.app_db import Segment as Row
from segmentry.storage.app_db import SegmentUse

_OF_SEGMENTS = "segment"


@dataclass(frozen=True, slots=True)
class Use:
    """What uses a segment: its kind and name, the state it is in, since when; `segment` is the
    name of the segment, None for one that was deleted."""

    kind: str
    name: str
    state: str
    blocking: bool
    used_at: datetime
    segment: str | None

    @property
    def words(self) -> str:
        """The use for a person."""
        state = f" ({self.state})" if self.state else ""
        return f"the {self.kind} '{self.name}'{state}"


class Uses:
    """The uses of one workspace's segments. Each change is one transaction, so that a segment
    is never deleted while something begins to use it."""

    def __init__(self, app: Engine, known: KnownSegments, now: Callable[[], datetime]) -> None:
        self._app = app
        self._known = known
        self._now = now

    def register(
        self, segment: str, kind: str, name: str, state: str = "", *, blocking: bool
    ) -> Use:
        """Say that something uses a segment, in the state it is in now. Refuses an unknown
        segment."""
        with Session(self._app, expire_on_commit=False) as session, session.begin():
            row = session.scalars(select(Row).filter_by(name_key=text_key(segment))).first()
            if row is None:
                names = session.scalars(select(Row.name))
                raise NoSegmentError(unknown(segment, tuple(names)))
            of = {"segment_id": row.id, "kind": kind, "name": name}
            use = session.scalars(select(SegmentUse).filter_by(**of)).first()
            if use is None:
                session.add(use := SegmentUse(**of))
            use.state, use.blocking, use.used_at = state, blocking, self._now()
            return _use(use, row.name)

    def release(self, kind: str, name: str, segment: str | None = None) -> None:
        """Say that something uses a segment no more; without one, that it uses none."""
        gone = delete(SegmentUse).filter_by(kind=kind, name=name)
        if segment is not None:
            of = select(Row.id).filter_by(name_key=text_key(segment)).scalar_subquery()
            gone = gone.where(SegmentUse.segment_id == of)
        with Session(self._app) as session, session.begin():
            session.execute(gone)

    def of(self, segment: str) -> tuple[Use, ...]:
        """What uses a segment, segments that refer to it first. Refuses an unknown segment."""
        index, key = self._found(segment)
        with Session(self._app) as session:
            return (*_referring(session, index, key), *registered(session, [index.ids[key]]))

    def affected(self, segment: str) -> tuple[Use, ...]:
        """What a change of a segment concerns: its own uses, and those of the segments that
        change with it, which come first."""
        index, key = self._found(segment)
        depending = index.depending([key])
        ids = [index.ids[each] for each in (key, *depending)]
        with Session(self._app) as session:
            rows = _rows(session, [index.ids[each] for each in depending])
            return (
                *(_segment(row, index.queries[key].name) for row in rows),
                *registered(session, ids),
            )

    def orphaned(self) -> tuple[Use, ...]:
        """The uses whose segment was deleted; they name another, or are released."""
        with Session(self._app) as session:
            return registered(session, None)

    def _found(self, segment: str) -> tuple[Index, str]:
        index, key = self._known.now(), text_key(segment)
        if key not in index.ids:
            raise NoSegmentError(unknown(segment, [each.name for each in index.queries.values()]))
        return index, key


def registered(session: Session, segments: Sequence[int] | None) -> tuple[Use, ...]:
    """What has registered as using some segments, or None: segments that are gone."""
    of = SegmentUse.segment_id
    rows = select(SegmentUse, Row.name).outerjoin(Row, Row.id == of)
    rows = rows.where(of.is_(None) if segments is None else of.in_(segments))
    return tuple(_use(use, name) for use, name in session.execute(rows.order_by(SegmentUse.id)))


def blocking(session: Session, row: Row, index: Index) -> list[Use]:
    """What keeps a segment from being deleted."""
    uses = (*_referring(session, index, row.name_key), *registered(session, [row.id]))
    return [use for use in uses if use.blocking]


def orphan(session: Session, row: Row) -> tuple[Use, ...]:
    """Take a segment from the uses that do not block; gives these."""
    uses = registered(session, [row.id])
    session.execute(
        update(SegmentUse).where(SegmentUse.segment_id == row.id).values(segment_id=None)
    )
    return uses


def _referring(session: Session, index: Index, key: str) -> list[Use]:
    rows = _rows(session, [index.ids[each] for each in index.referring_to(key)])
    return [_segment(row, index.queries[key].name) for row in rows]


def _rows(session: Session, ids: Sequence[int]) -> list[Row]:
    return list(session.scalars(select(Row).where(Row.id.in_(ids)).order_by(Row.id)))


def _segment(row: Row, of: str) -> Use:
    state = "archived" if row.archived_at else ""
    return Use(_OF_SEGMENTS, row.name, state, True, row.created_at, of)


def _use(use: SegmentUse, segment: str | None) -> Use:
    return Use(use.kind, use.name, use.state, use.blocking, use.used_at, segment)
