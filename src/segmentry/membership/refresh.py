"""Makes stored membership what it is now: evaluates what is due, says who joined and left.

Time first: each moment at which somebody can join or leave is looked at in order, so that
what is noted is the true moment, however late. Then what is known anew: the customers whose
facts changed are asked, all of them where a segment measures them against the store. Does
not write: what it found is written whole, by `stored`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pyroaring import BitMap

from segmentry.base.errors import UserError
from segmentry.membership.answers import Answers
from segmentry.membership.stored import Facts, Failed, Header, Renewed
from segmentry.membership.turn import Cause, Turn, turn
from segmentry.membership.watched import Watched, only_rules_differ
from segmentry.plan.nodes import EVERYBODY, Plan

GRACE = timedelta(hours=24)
"""What was so already this long ago restates the past; what fell due this long ago is over.
Neither triggers anything."""

MOST_MOMENTS = 2_000
"""So many moments that passed are looked at one by one; what is left is looked at as one."""

BACKWARDS = timedelta(hours=1)
"""A clock that goes back no further is waited for; one that does was wrong before."""


@dataclass(frozen=True, slots=True)
class News:
    """What a refresh is told: the moment, the facts there are, who they are news about.

    `touched_since` gives the customers whose facts changed after a position, None where it
    may be all. What was imported triggers nothing.
    """

    now: datetime
    facts: Facts
    touched_since: Callable[[int], frozenset[str] | None]
    imported: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be written: segments renewed, and those that could not be."""

    renewed: tuple[Renewed, ...]
    failed: tuple[Failed, ...]


def refresh(
    segments: Sequence[Watched],
    headers: dict[int, Header],
    members: Callable[[int], BitMap],
    answers: Answers,
    news: News,
) -> Found:
    """Segments as they are now, from what is stored of them. One that cannot be evaluated
    fails alone."""
    renewed, failed = [], []
    for each in segments:
        header = headers.get(each.id)
        try:
            one = _Refreshing(each, header, answers, news)
            renewed.append(one.renewed(BitMap() if header is None else members(each.id)))
        except Exception as error:  # whatever is wrong with one, the others go on
            failed.append(Failed(each.id, news.now, error_words(error)))
    return Found(tuple(renewed), tuple(failed))


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


@dataclass(slots=True)
class _Refreshing:
    """One segment on its way from what is stored to what is."""

    segment: Watched
    header: Header | None
    answers: Answers
    news: News
    turns: list[Turn] = field(default_factory=list)

    def renewed(self, members: BitMap) -> Renewed:
        """What is to be stored."""
        header, now = self.header, self.news.now
        if header is None or header.as_of is None:
            members = self._turned(members, self._all(now), now, "definition")
        elif header.meaning != self.segment.meaning:
            rules = only_rules_differ(header.meaning, self.segment.meaning)
            cause: Cause = "restated" if rules else "definition"
            now = max(now, header.as_of)
            members = self._turned(members, self._all(now), now, cause)
        elif _backwards(header.as_of, now):
            members = self._turned(members, self._all(now), now, "restated")
        else:
            now = max(now, header.as_of)
            members = self._go_on(header, members, now)
        due = self.answers.due(self.segment.plan, now)
        meaning, facts = self.segment.meaning, self.news.facts
        turns = tuple(self.turns)
        return Renewed(self.segment.id, turns, now, len(members), meaning, facts, due)

    def _go_on(self, header: Header, members: BitMap, now: datetime) -> BitMap:
        """As time passed, and then by what is known anew."""
        assert header.as_of is not None, "it was refreshed before"
        due = None if header.due_at is None else max(header.due_at, header.as_of)
        if header.facts == self.news.facts:
            return self._as_time_passed(due, members, BitMap(), now)
        same = header.facts.version == self.news.facts.version
        touched = self.news.touched_since(header.facts.position) if same else None
        if touched is None:
            return self._known_anew(members, self._all(now), None, now)
        numbers = self.answers.numbers(touched)
        members = self._as_time_passed(due, members, numbers, now)
        if self.segment.by_the_store:
            return self._known_anew(members, self._all(now), touched, now)
        known = self.answers.members_among(self.segment.plan, now, touched)
        return self._known_anew(members, (members - numbers) | known, touched, now)

    def _as_time_passed(
        self, due: datetime | None, members: BitMap, touched: BitMap, now: datetime
    ) -> BitMap:
        """Every moment that was due, in order, for customers whose facts are the same."""
        looked_at = 0
        while due is not None and due <= now:
            looked_at += 1
            at = due if looked_at <= MOST_MOMENTS else now
            fresh = self._all(at)
            found = turn(members, fresh, at, "time", triggers=now - at <= GRACE).without(touched)
            members = self._add(found, members)
            due = self.answers.due(self.segment.plan, at)
        return members

    def _known_anew(
        self, members: BitMap, fresh: BitMap, touched: frozenset[str] | None, now: datetime
    ) -> BitMap:
        """What news changes. Of those whom it is about, who was so long ago already, by what
        is known now, is restated; so are others, whom it changes by what all are measured
        against, which is of midnight."""
        triggers = not self.news.imported
        found = turn(members, fresh, now, "data", triggers=triggers)
        if not found:
            return members
        restated = self._so_before(found, touched, now)
        members = self._add(found.among(restated, "restated", triggers=False), members)
        return self._add(found.without(restated), members)

    def _so_before(self, found: Turn, touched: frozenset[str] | None, now: datetime) -> BitMap:
        """Those who were there long ago with the answer they have now."""
        before, others = now - GRACE, BitMap()
        if touched is None:
            there, were = self._all(before, Plan(EVERYBODY)), self._all(before)
        else:
            there = self.answers.members_among(Plan(EVERYBODY), before, touched)
            were = self.answers.members_among(self.segment.plan, before, touched)
            others = (found.joined | found.left) - self.answers.numbers(touched)
        return others | (found.joined & were) | ((found.left & there) - were)

    def _all(self, at: datetime, plan: Plan | None = None) -> BitMap:
        return self.answers.members(plan or self.segment.plan, at)

    def _turned(self, members: BitMap, fresh: BitMap, at: datetime, cause: Cause) -> BitMap:
        return self._add(turn(members, fresh, at, cause), members)

    def _add(self, found: Turn, members: BitMap) -> BitMap:
        if found:
            self.turns.append(found)
        return found.after(members)
