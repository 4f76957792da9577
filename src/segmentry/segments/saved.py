"""Saved segments: a name and the query that says who belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.base.errors import SegmentError
from segmentry.base.text import text_key
from segmentry.query.bind import bind
from segmentry.storage.app_db import Segment as Row


@dataclass(frozen=True, slots=True)
class Segment:
    """A saved segment as it is kept; `preset` is the ready-made one it came from."""

    name: str
    query: str
    description: str
    preset: str | None
    created_at: datetime


class SavedSegments:
    """The segments of one workspace, in the order they were made."""

    def __init__(self, app: Engine) -> None:
        self._app = app

    def add(
        self,
        name: str,
        query: str,
        now: datetime,
        description: str = "",
        preset: str | None = None,
    ) -> Segment:
        """Save a segment. Refuses a query that is none, and a name that is taken in any case."""
        bind(query)
        name = " ".join(name.split())
        if not name:
            raise SegmentError("A segment needs a name.")
        with Session(self._app) as session, session.begin():
            if session.scalars(select(Row).filter_by(name_key=text_key(name))).first():
                raise SegmentError(f"There is a segment '{name}' already.")
            row = Row(
                name=name,
                name_key=text_key(name),
                query=query,
                description=description,
                preset=preset,
                created_at=now,
            )
            session.add(row)
            return _segment(row)

    def __iter__(self) -> Iterator[Segment]:
        with Session(self._app) as session:
            return iter([_segment(row) for row in session.scalars(select(Row).order_by(Row.id))])

    def __getitem__(self, name: str) -> Segment:
        with Session(self._app) as session:
            row = session.scalars(select(Row).filter_by(name_key=text_key(name))).first()
        if row is None:
            raise SegmentError(f"There is no segment '{name}'.")
        return _segment(row)


def _segment(row: Row) -> Segment:
    return Segment(row.name, row.query, row.description, row.preset, row.created_at)
