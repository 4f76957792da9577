"""Keeps memberships current as time passes: sleeps until the next change is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event

from segmentry.base.clock import Clock
from segmentry.membership.memberships import Refreshed

LONGEST = 0.5
"""So many seconds at most until the clock is looked at again: it may have been set, or the
machine may have slept."""

AGAIN = 60.0
"""So many seconds until what failed is tried again."""


def as_time_passes(
    refresh: Callable[[], Refreshed], clock: Clock, stop: Event
) -> Iterator[Refreshed]:
    """Refresh now and at each moment that is due, until told to stop.

    Between two moments nothing is evaluated; a moment is met within `LONGEST` seconds, and
    one that passed while the machine slept is looked at when it wakes.
    """
    while not stop.is_set():
        done = refresh()
        yield done
        while not stop.is_set() and not _due(done, clock()):
            stop.wait(_rest(done.next_due, clock()))


def _due(done: Refreshed, now: datetime) -> bool:
    by_time = done.next_due is not None and done.next_due <= now
    again = bool(done.failed) and (now - done.as_of).total_seconds() >= AGAIN
    return by_time or again or now < done.as_of


def _rest(due: datetime | None, now: datetime) -> float:
    return LONGEST if due is None else min(LONGEST, max(0.0, (due - now).total_seconds()))
