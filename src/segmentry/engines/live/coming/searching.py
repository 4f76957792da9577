"""Looks at the moments that can matter, in order, until one changes the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from segmentry.engines.base import NextChange
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.asked import AskedPlan, AskedPlans
from segmentry.engines.live.bits import unpacked
from segmentry.engines.live.coming.effects import effects_after
from segmentry.engines.live.coming.turning import Subject, Turning, in_order, turning
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.generation import Generation, Held
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.moments import moment_of_number, number_of
from segmentry.engines.live.part import Part
from segmentry.engines.live.ranks import Ranks
from segmentry.engines.live.store_day import StoreDay
from segmentry.plan.bounds import without_the_store
from segmentry.plan.nodes import Plan
from segmentry.query.dates import LAST_DAY, day_start, local_day

MOST_MOMENTS = 2_000
"""So many moments are looked at before the answer is that it is not known from there on."""


def next_change(generation: Generation, plan: Plan, customer: str, as_of: datetime) -> NextChange:
    """When a customer next joins or leaves a plan as it was bound, after a moment."""
    for held in generation.held:
        ordinals = held.ordinals({customer})
        if len(ordinals):
            part = Part(held.layer.columns, ordinals)
            return _Search(generation, held, part, plan, as_of).result()
    return NextChange(inside=False)


class _Search:
    """One question about the one customer of `part`."""

    def __init__(
        self, generation: Generation, held: Held, part: Part, plan: Plan, as_of: datetime
    ) -> None:
        self._store = generation.store
        self._held = held
        self._part = part
        self._plan = plan
        self._as_of = as_of
        self._asking = _Asking(generation, plan, as_of)

    def result(self) -> NextChange:
        """What is found with as many moments as may be looked at."""
        inside = self._asking.answer(self._answers(self._as_of), self._as_of)
        assert inside is not None, "known by the thresholds of the day"
        last = day_start(LAST_DAY, self._store.zone)
        for looked_at, (moment, answers) in enumerate(self._moments()):
            if looked_at == MOST_MOMENTS or moment > last:
                return NextChange(inside, unknown_from=moment)
            found = self._asking.answer(answers, moment)
            if found is None:
                return NextChange(inside, unknown_from=moment)
            if found != inside:
                return NextChange(inside, at=moment)
        return NextChange(inside)

    def _answers(self, moment: datetime) -> Answers:
        """What is known of the customer by a moment."""
        return Answers(self._held.layer.snapshot(self._part, number_of(moment)))

    def _moments(self) -> Iterator[tuple[datetime, Answers]]:
        """All moments at which something can change, in order, and what is known by then."""
        effects = [moment_of_number(n) for n in effects_after(self._part, number_of(self._as_of))]
        begins = [self._as_of, *effects]
        ends: list[datetime | None] = [*effects, None]
        for begin, end in zip(begins, ends, strict=True):
            answers = self._answers(begin)
            if begin > self._as_of:
                yield begin, answers
            for moment in self._by_time(answers, begin):
                if end is not None and moment >= end:
                    break
                yield moment, answers

    def _by_time(self, answers: Answers, begin: datetime) -> Iterator[datetime]:
        """The moments after one at which time alone can change the answer."""
        day = _unmeasured(local_day(begin, self._store.zone))
        subject = Subject(answers.now, self._store.zone, lambda each: answers.value(each, day))
        found = turning(self._plan, subject)
        if (until := self._asking.store_known_until) is not None:
            found = found.with_those_of(Turning(moments=frozenset({until})))
        return in_order(found, begin, self._store.zone)


class _Asking:
    """Whether one customer is in, at moments from one on.

    What customers are measured against holds for the day of that moment, and is not known
    afterwards: what others do until then is not known either.
    """

    def __init__(self, generation: Generation, plan: Plan, as_of: datetime) -> None:
        self._zone = generation.store.zone
        self._ranks = generation.day(as_of)
        self._day_ends = _end_of_day(as_of, self._zone)
        plans, bounds = AskedPlans(), without_the_store(plan)
        self._today = plans.asked(plan)
        self._later = tuple(map(plans.asked, dict.fromkeys((bounds.certain, bounds.possible))))

    @property
    def store_known_until(self) -> datetime | None:
        """When it begins to matter that the rest of the store is not known; None for never."""
        return self._day_ends if len(self._later) > 1 else None

    def answer(self, answers: Answers, moment: datetime) -> bool | None:
        """Whether the customer is in at a moment; None where that is not known."""
        if moment < self._day_ends:
            return self._holds(self._today, answers, moment, self._ranks)
        ranks = Ranks(_unmeasured(local_day(moment, self._zone)))
        found = {self._holds(plan, answers, moment, ranks) for plan in self._later}
        return found.pop() if len(found) == 1 else None

    def _holds(self, plan: AskedPlan, answers: Answers, moment: datetime, ranks: Ranks) -> bool:
        meanings = Meanings(moment, self._zone, ranks)
        return bool(unpacked(Evaluation(answers, meanings, ranks.day).members(plan), 1)[0])


def _unmeasured(day: date) -> StoreDay:
    """A day on which nobody is measured against the store."""

    def unknown() -> NoReturn:
        raise AssertionError("what is measured against the store is not asked")

    return StoreDay(unknown, day)


def _end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after a moment that is on another local day."""
    return day_start(local_day(moment, zone) + timedelta(days=1), zone)
