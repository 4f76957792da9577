"""What is done again and again: rules for when, and which of it is due.

A time that was missed, because nothing ran, is made up for once, however often it was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.jobs.queue import Queue, Wanted
from segmentry.query.dates import local_day, local_instant
from segmentry.storage.app_db import reading
from segmentry.storage.jobs_table import Schedule as Row


class Rule(Protocol):
    """When something is done."""

    def after(self, moment: datetime) -> datetime:
        """The first time after a moment."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again after so long a time."""

    pause: timedelta

    def after(self, moment: datetime) -> datetime:
        """So much later."""
        return moment + self.pause


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day at a time of the store's clock. One that a clock change skips is the first that
    there is after it, one that comes twice the first of both."""

    at: time
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """Still today's, or that of the next day that there is."""
        day = local_day(moment, self.zone)
        while True:
            found = local_instant(datetime.combine(day, self.at), self.zone)
            # Samoa had no 30 December 2011: what is found of that day belongs to the next.
            if found > moment and local_day(found, self.zone) == day:
                return found
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that is put in by a rule."""

    name: str
    rule: Rule
    wanted: Wanted


def put_in_due(app: Engine, queue: Queue, schedules: Iterable[Schedule]) -> list[int]:
    """Put in the work of all schedules that are due, and note it, together. One that is new, or
    was last done in the future because the clock was set back, begins to count now. Two who do
    so at once put it in once."""
    with Session(reading(app)) as session:
        last = {row.name: row.last_at for row in session.scalars(select(Row))}
    wanted = [each for each in schedules if _concerned(each, last.get(each.name), queue.now)]
    if not wanted:  # most looks find nothing, and hold up nobody
        return []
    with Session(app) as session, session.begin():
        found = [_put_in(session, queue, each) for each in wanted]
        return [each for each in found if each is not None]


def _put_in(session: Session, queue: Queue, schedule: Schedule) -> int | None:
    row = session.get(Row, schedule.name, with_for_update=True)
    now = queue.now  # read after the row, or whoever had to wait for it would be in the past
    last = None if row is None else row.last_at
    if not _concerned(schedule, last, now):
        return None
    if row is None:
        session.add(Row(name=schedule.name, last_at=now))
        return None
    due, row.last_at = row.last_at <= now, now
    return queue.add(session, schedule.wanted) if due else None


def _concerned(schedule: Schedule, last: datetime | None, now: datetime) -> bool:
    return last is None or last > now or schedule.rule.after(last) <= now
