"""Makes stored membership what it is now: evaluates what is due, says who joined and left.

Time first: each moment at which somebody can join or leave is looked at in order, so that
what is noted is the true moment, however late. Then what is known anew: the customers whose
facts changed are asked, all of them where a segment measures them against the store. Does
not write: what it found is written whole, by `stored`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from heapq import heapify, heappop, heappush
from typing import Self, TypeVar

from pyroaring import BitMap

from segmentry.base.errors import UserError
from segmentry.base.grace import GRACE
from segmentry.facts.tables import EVENTS
from segmentry.facts.touched import Touched
from segmentry.membership.answers import Answers
from segmentry.membership.stored import Facts, Failed, Header, Renewed
from segmentry.membership.turn import Cause, Turn, turn
from segmentry.membership.watched import Watched, only_rules_differ
from segmentry.plan.nodes import EVERYBODY, Plan

MOST_MOMENTS = 2_000
"""So many moments that passed are looked at one by one; what is left is looked at as one."""

BACKWARDS = timedelta(hours=1)
"""A clock that goes back no further is waited for; one that does was wrong before."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class News:
    """What a refresh is told: the moment, the facts there are, who they are news about.

    `touched_since` gives the customers whose facts changed after a position, and how, None
    where it may be all; `triggering_since` those of them whose change can start what waits for
    them.
    """

    now: datetime
    facts: Facts
    touched_since: Callable[[int], Touched | None]
    triggering_since: Callable[[int], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be written: segments renewed, and those that could not be."""

    renewed: tuple[Renewed, ...]
    failed: tuple[Failed, ...]


def refresh(
    segments: Sequence[Watched],
    headers: Mapping[int, Header],
    members: Callable[[int], BitMap],
    answers: Answers,
    news: News,
) -> Found:
    """Segments as they are now, from what is stored of them. One that cannot be evaluated
    fails alone. What is due at one moment is evaluated together, for all segments."""
    failed: list[Failed] = []

    def tried(segment: Watched, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except Exception as error:  # whatever is wrong with one, the others go on
            failed.append(Failed(segment.id, news.now, error_words(error)))
            return None

    numbers = cache(answers.numbers)  # of the same customers for every segment
    begun = [
        tried(each, partial(_begun, each, headers, members, answers, news, numbers))
        for each in segments
    ]
    going = dict(enumerate(one for one in begun if one is not None))
    waiting = [(one.due, place) for place, one in going.items() if one.due is not None]
    heapify(waiting)
    while waiting:
        at, place = heappop(waiting)
        one = going[place]
        if tried(one.segment, partial(one.passed, at)) is None:
            del going[place]
        elif one.due is not None:
            heappush(waiting, (one.due, place))
    renewed = [tried(one.segment, one.renewed) for one in going.values()]
    return Found(tuple(each for each in renewed if each is not None), tuple(failed))


def is_due(header: Header | None, facts: Facts, now: datetime) -> bool:
    """Whether the members of a segment can be others than those stored."""
    if header is None or header.as_of is None or header.error is not None:
        return True
    by_time = header.due_at is not None and header.due_at <= now
    return by_time or header.facts != facts or _backwards(header.as_of, now)


def _backwards(as_of: datetime, now: datetime) -> bool:
    return as_of - now > BACKWARDS


def error_words(error: Exception) -> str:
    """An error as people see it; one of ours by its kind alone, it may quote a person's data."""
    if isinstance(error, UserError):
        return str(error)
    return f"A fault of Segmentry's own: {type(error).__name__}. The last good version stays."


def _begun(
    segment: Watched,
    headers: Mapping[int, Header],
    members: Callable[[int], BitMap],
    answers: Answers,
    news: News,
    numbers: Callable[[frozenset[str]], BitMap],
) -> _Refreshing:
    """A segment as it is stored, with what has to be done."""
    header = headers.get(segment.id)
    stored = BitMap() if header is None else members(segment.id)
    one = _Refreshing(segment, answers, news, news.now, stored)
    if header is None or header.as_of is None:
        one.anew = "definition"
        return one
    if _backwards(header.as_of, news.now):
        one.anew = "restated"
        return one
    one.now, one.noted_due = max(news.now, header.as_of), header.due_at
    if header.meaning != segment.meaning:
        rules = only_rules_differ(header.meaning, segment.meaning)
        one.anew = "restated" if rules else "definition"
        return one
    if header.facts != news.facts:
        same = header.facts.version == news.facts.version
        if same:
            one.touched = _touched(segment, news.touched_since(header.facts.position))
            starting = news.triggering_since(header.facts.position)
            one.triggering = None if starting is None else numbers(starting)
        else:
            one.touched = None
        if one.touched is None:
            one.anew = "data"
            return one
        one.touched_numbers = numbers(one.touched)
    if header.due_at is not None and header.due_at <= one.now:
        one.due = max(header.due_at, header.as_of)
    return one


def _touched(segment: Watched, touched: Touched | None) -> frozenset[str] | None:
    """The customers of whom what a segment asks about can be other than it was."""
    if touched is None:
        return None
    return touched.everybody if EVENTS.name in segment.tables else touched.customers


@dataclass(slots=True)
class _Refreshing:
    """One segment on its way from what is stored to what is at `now`.

    `anew` is the cause for which all members are compared. Else the moments that were due,
    `due` first, are looked at, and then those customers whose facts are others, `touched`; what
    is stored says that somebody is due at `noted_due`. Of those touched `triggering` ones can
    start what waits for them; None stands for all.
    """

    segment: Watched
    answers: Answers
    news: News
    now: datetime
    members: BitMap
    anew: Cause | None = None
    due: datetime | None = None
    noted_due: datetime | None = None
    touched: frozenset[str] | None = frozenset()
    touched_numbers: BitMap = field(default_factory=BitMap)
    triggering: BitMap | None = field(default_factory=BitMap)
    turns: list[Turn] = field(default_factory=list)
    looked_at: int = 0

    def passed(self, at: datetime) -> Self:
        """After a moment that was due, for customers whose facts are the same."""
        self.looked_at += 1
        if self.looked_at > MOST_MOMENTS:
            at = self.now
        found = turn(self.members, self._all(at), at, "time", triggers=self.now - at <= GRACE)
        self._add(found.without(self.touched_numbers))
        due = self.answers.due(self.segment.plan, at)
        self.due = due if due is not None and due <= self.now else None
        return self

    def renewed(self) -> Renewed:
        """What is to be stored."""
        plan, now = self.segment.plan, self.now
        if self.anew == "data":
            self._known_anew(self._all(now))
        elif self.anew is not None:
            self._add(turn(self.members, self._all(now), now, self.anew))
        elif self.touched and self.segment.by_the_store:
            self._known_anew(self._all(now))
        elif self.touched:
            known = self.answers.members_among(plan, now, self.touched)
            self._known_anew((self.members - self.touched_numbers) | known)
        due, count = self._due_next(), len(self.members)
        meaning, facts, turns = self.segment.meaning, self.news.facts, tuple(self.turns)
        return Renewed(self.segment.id, turns, now, count, meaning, facts, due)

    def _due_next(self) -> datetime | None:
        """When somebody can next join or leave by time alone: as it was noted, where nothing is
        other than then."""
        if self.anew is None and not self.touched and not self.looked_at:
            return self.noted_due
        return self.answers.due(self.segment.plan, self.now)

    def _known_anew(self, fresh: BitMap) -> None:
        """What news changes. Of those whom it is about, who was so long ago already, by what
        is known now, is restated; so are others, whom it changes by what all are measured
        against, which is of midnight."""
        found = turn(self.members, fresh, self.now, "data", triggers=True)
        if found:
            restated = self._so_before(found)
            self._add(found.among(restated, "restated", triggers=False))
            found = found.without(restated)
            starting = found.joined | found.left
            if self.triggering is not None:
                starting &= self.triggering
            self._add(found.among(starting, "data", triggers=True))
            rest = found.without(starting)
            self._add(rest.among(rest.joined | rest.left, "data", triggers=False))

    def _so_before(self, found: Turn) -> BitMap:
        """Those who were there long ago with the answer they have now."""
        before, others = self.now - GRACE, BitMap()
        if self.anew is not None:
            there, were = self._all(before, Plan(EVERYBODY)), self._all(before)
        else:
            assert self.touched is not None, "or all are compared"
            there = self.answers.members_among(Plan(EVERYBODY), before, self.touched)
            were = self.answers.members_among(self.segment.plan, before, self.touched)
            others = (found.joined | found.left) - self.touched_numbers
        return others | (found.joined & were) | ((found.left & there) - were)

    def _all(self, at: datetime, plan: Plan | None = None) -> BitMap:
        return self.answers.members(plan or self.segment.plan, at)

    def _add(self, found: Turn) -> None:
        if found:
            self.turns.append(found)
        self.members = found.after(self.members)
