"""What is done again and again: rules for when, and which of it is due.

A time that was missed, because nothing ran, is made up for once, however often it was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.jobs.queue import Queue, Wanted
from segmentry.query.dates import local_instant
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
        """The next day's, or still today's."""
        day = moment.astimezone(self.zone).date() - timedelta(days=1)
        while True:
            found = local_instant(datetime.combine(day, self.at), self.zone)
            if found > moment:
                return found
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that is put in by a rule."""

    name: str
    rule: Rule
    wanted: Wanted


def put_in_due(app: Engine, queue: Queue, schedules: Iterable[Schedule]) -> list[int]:
    """Put in the work of all schedules that are due, and note it, together. One that is new
    begins to count now. Two who do so at once put it in once."""
    now, put_in = queue.now, []
    with Session(app) as session, session.begin():
        for each in schedules:
            row = session.get(Row, each.name, with_for_update=True)
            if row is None:
                session.add(Row(name=each.name, last_at=now))
            elif each.rule.after(row.last_at) <= now or row.last_at > now:
                # A clock that was set back must not keep it from being done for long.
                row.last_at = now
                put_in.append(queue.add(session, each.wanted))
    return put_in


def next_due(app: Engine, schedules: Iterable[Schedule]) -> datetime | None:
    """When the first of them is due; None where none has begun to count."""
    with Session(app) as session:
        rows = [(each, session.get(Row, each.name)) for each in schedules]
        return min((e.rule.after(row.last_at) for e, row in rows if row is not None), default=None)
