"""What dates and relative dates mean in a zone, by watching its clock. Shares no code with
the package: the only question asked is what the clock of a zone shows at a moment of UTC.

A day begins when the clock first shows it, or first shows a later one, and ends where the
next begins. So days follow each other without gaps or overlaps, whatever clocks do: a day
can have 23, 25 or no hours, and a clock set back over midnight does not end the day it is.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_TICK = timedelta(microseconds=1)
_OFTEN = 6 * _HOUR
"""No clock changes twice in this time."""
_FARTHEST = 15 * _HOUR
"""No clock is farther ahead of UTC, nor behind."""
_AGO = re.compile(r"([0-9]+)_(day|month)s_ago")
_OFFSET = re.compile(r"([+-][0-9]+)(min|[dwmyh])")


@dataclass
class Clock:
    """The clock of a zone, watched. What was seen is remembered."""

    name: str
    _zone: ZoneInfo = field(init=False)
    _changes: dict[int, list[datetime]] = field(default_factory=dict)
    _starts: dict[date, datetime] = field(default_factory=dict)
    _moments: dict[datetime, list[datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._zone = ZoneInfo(self.name)

    def shown(self, moment: datetime) -> datetime:
        """What the clock shows at a moment, without a zone."""
        return moment.astimezone(self._zone).replace(tzinfo=None)

    def ahead(self, moment: datetime) -> timedelta:
        """How far the clock is ahead of that of UTC."""
        return self.shown(moment) - moment.replace(tzinfo=None)

    # -- changes --------------------------------------------------------------------

    def changes(self, year: int) -> list[datetime]:
        """The moments of a year of UTC from which the clock is ahead by another time."""
        if year not in self._changes:
            self._changes[year] = list(self._watched(year))
        return self._changes[year]

    def _watched(self, year: int) -> Iterator[datetime]:
        look, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        before = self.ahead(look - _OFTEN)
        while look < end:
            now = self.ahead(look)
            if now != before:
                yield self._second(look - _OFTEN, before)
            look, before = look + _OFTEN, now

    def _second(self, since: datetime, before: timedelta) -> datetime:
        """The first second after `since` in which the clock is ahead by another time."""
        second = since + _MINUTE
        while self.ahead(second) == before:
            second += _MINUTE
        second -= _MINUTE
        while self.ahead(second) == before:
            second += _SECOND
        return second

    def changes_near(self, moment: datetime) -> bool:
        """Whether the clock changes within two days of a moment."""
        years = {(moment - 2 * _DAY).year, (moment + 2 * _DAY).year}
        return any(abs(each - moment) < 2 * _DAY for year in years for each in self.changes(year))

    # -- days -----------------------------------------------------------------------

    def start(self, day: date) -> datetime:
        """The first moment at which the clock shows a day, or a later one."""
        if day not in self._starts:
            midnight = datetime(day.year, day.month, day.day)
            self._starts[day] = self._first(midnight)
        return self._starts[day]

    def end(self, day: date) -> datetime:
        """The moment from which it is the next day."""
        return self.start(day + _DAY)

    def day(self, moment: datetime) -> date:
        """The day it is: the latest that has begun."""
        day = self.shown(moment).date()
        while self.end(day) <= moment:
            day += _DAY
        return day

    def _first(self, local: datetime) -> datetime:
        """The first moment at which the clock shows a local time or a later one."""
        noon = local.replace(tzinfo=UTC)
        if not self.changes_near(noon):
            return noon - self.ahead(noon)
        minute = noon - _FARTHEST
        while self.shown(minute) < local:
            minute += _MINUTE
        second = minute - _MINUTE
        while self.shown(second) < local:
            second += _SECOND
        return second

    # -- times of day ---------------------------------------------------------------

    def moment(self, local: datetime, *, last: bool) -> datetime:
        """The first or last moment at which the clock shows a time; where it never does, the
        first at which it shows a later one."""
        if local not in self._moments:
            self._moments[local] = self._showing(local) or [self._first(local)]
        return self._moments[local][-1 if last else 0]

    def _showing(self, local: datetime) -> list[datetime]:
        """The minutes at which the clock shows a time."""
        noon = local.replace(tzinfo=UTC)
        if not self.changes_near(noon):
            return [noon - self.ahead(noon)]
        minutes = (noon - _FARTHEST + number * _MINUTE for number in range(30 * 60))
        return [minute for minute in minutes if self.shown(minute) == local]


# -- expressions ------------------------------------------------------------------------


@dataclass(frozen=True)
class Meant:
    """The moments [start, end) that an expression stands for."""

    start: datetime
    end: datetime


def meant(expression: str, clock: Clock, now: datetime, *, upper: bool) -> Meant:
    """What a day, time or relative date means now; a time that is shown twice is the later one
    where it bounds from above."""
    if (offset := _OFFSET.fullmatch(expression)) and offset[2] in ("h", "min"):
        moment = now + int(offset[1]) * (_HOUR if offset[2] == "h" else _MINUTE)
        return Meant(moment, moment + _TICK)
    if "T" in expression:
        moment = clock.moment(datetime.fromisoformat(expression), last=upper)
        return Meant(moment, moment + _TICK)
    day = day_meant(expression, clock.day(now))
    return Meant(clock.start(day), clock.end(day))


def day_meant(expression: str, today: date) -> date:
    """The day that an expression names when it is `today`."""
    if expression in ("today", "yesterday"):
        return today if expression == "today" else today - _DAY
    if ago := _AGO.fullmatch(expression):
        amount = int(ago[1])
        return today - amount * _DAY if ago[2] == "day" else months_later(today, -amount)
    if offset := _OFFSET.fullmatch(expression):
        amount, unit = int(offset[1]), offset[2]
        if unit in "dw":
            return today + amount * (7 if unit == "w" else 1) * _DAY
        return months_later(today, amount * (12 if unit == "y" else 1))
    return date.fromisoformat(expression)


def months_later(day: date, months: int) -> date:
    """A day so many months later: with the same number, or the last of a month too short."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month in (0, 13):
            year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


# -- conditions -------------------------------------------------------------------------


def holds(
    value: datetime | None, comparison: str, expressions: list[str], clock: Clock, now: datetime
) -> bool:
    """Whether a moment compares so with expressions; a missing one only by a negation."""
    if value is None:
        return comparison in ("!=", "NOT IN")
    lower = [meant(each, clock, now, upper=False) for each in expressions]
    upper = [meant(each, clock, now, upper=True) for each in expressions]
    match comparison:
        case "=" | "IN":
            return any(each.start <= value < each.end for each in lower)
        case "!=" | "NOT IN":
            return not any(each.start <= value < each.end for each in lower)
        case "<":
            return value < upper[0].start
        case "<=":
            return value < upper[0].end
        case ">":
            return value >= lower[0].end
        case ">=":
            return value >= lower[0].start
        case "BETWEEN":
            return lower[0].start <= value < upper[1].end
    raise ValueError(comparison)


def is_anniversary(day: date, when: date) -> bool:
    """Whether a day has its anniversary on another: 29 February on the 28th in common years."""
    leap = monthrange(when.year, 2)[1] == 29
    number = 28 if (day.month, day.day) == (2, 29) and not leap else day.day
    return (day.month, number) == (when.month, when.day)
