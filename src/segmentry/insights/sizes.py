"""The size of a segment over time: one count a local day, by the facts known now."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.base.errors import UserError
from segmentry.engines.base import Engine
from segmentry.plan.nodes import EVERYBODY, Plan
from segmentry.query.dates import FIRST_DAY, day_start, local_day
from segmentry.segments.answer import Every, Result

MOST_DAYS = 20_000
"""So many counts are made at a time."""
_SUNDAY = 7
_SCHEMA = pa.schema(
    [
        pa.field("day", pa.date32(), nullable=False),
        pa.field("as_of", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
        pa.field("live", pa.int64(), nullable=False),
    ]
)


def day_ends(
    since: date, until: date | None, every: Every, now: datetime, zone: ZoneInfo
) -> dict[date, datetime]:
    """The last instant of each day, of each Sunday or of each month's last day, from one day
    to another; of the last day always, and of today now.

    Refuses days to come, days in the wrong order, and too many.
    """
    today = local_day(now, zone)
    until = today if until is None else until
    if every not in get_args(Every):
        raise UserError(f"Sizes come every {', '.join(get_args(Every))}, not every '{every}'.")
    if isinstance(since, datetime) or isinstance(until, datetime):
        raise UserError("Sizes are of days: give them as dates, without a time.")
    if until > today:
        raise UserError(f"{until} is to come; today is {today}.")
    if not FIRST_DAY <= since <= until:
        raise UserError(f"The first day lies between {FIRST_DAY} and the last one, {until}.")
    days = [*_days(since, until, every)]
    if len(days) > MOST_DAYS:
        raise UserError(f"These are {len(days):,} days; at most {MOST_DAYS:,} are counted at once.")
    tick = timedelta(microseconds=1)
    ends = (day_start(day + timedelta(days=1), zone) - tick for day in days)
    return {day: min(end, now) for day, end in zip(days, ends, strict=True)}


def _days(since: date, until: date, every: Every) -> Iterator[date]:
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        ends_week = every == "week" and day.isoweekday() == _SUNDAY
        ends_month = every == "month" and day.day == monthrange(day.year, day.month)[1]
        if every == "day" or ends_week or ends_month or day == until:
            yield day


def sizes(
    engine: Engine, wanted: Plan, ends: dict[date, datetime], undated: Sequence[str]
) -> pa.Table:
    """A row for each day: `day`, `as_of`, `count` and `live`, all customers there were.

    The metadata `undated` of its schema names what is known only as it is today.
    """
    moments = list(ends.values())
    counts, live = engine.sizes(wanted, moments), engine.sizes(Plan(EVERYBODY), moments)
    columns = [list(ends), moments, counts, live]
    schema = _SCHEMA.with_metadata({"undated": ", ".join(undated)})
    return pa.table(columns, schema=schema)


def undated_of(sizes: pa.Table) -> tuple[str, ...]:
    """What the counts of a table ask that is known only as it is today."""
    names = (sizes.schema.metadata or {}).get(b"undated", b"").decode()
    return tuple(names.split(", ")) if names else ()


@dataclass(frozen=True, slots=True)
class Moved:
    """Who joined and who left between two moments, by their ids."""

    since: datetime
    until: datetime
    before: int
    after: int
    joined: tuple[str, ...]
    left: tuple[str, ...]
    undated: tuple[str, ...]


def moved(before: Result, after: Result) -> Moved:
    """What lies between two answers to one question."""
    old, new = set(before.ids), set(after.ids)
    return Moved(
        before.as_of,
        after.as_of,
        before.count,
        after.count,
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
        before.undated or after.undated,
    )
