"""Looks at the moments that can matter, in order, until one changes each answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NoReturn
from zoneinfo import ZoneInfo

import numpy as np

from segmentry.engines.base import NextChange
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.asked import AskedPlan, AskedPlans
from segmentry.engines.live.bits import unpacked
from segmentry.engines.live.coming.effects import effects_after
from segmentry.engines.live.coming.turning import Subject, Turning, in_order, turning
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.generation import Generation, Held
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.moments import moment_of_number, number_of
from segmentry.engines.live.part import Part
from segmentry.engines.live.ranks import Ranks
from segmentry.engines.live.store_day import StoreDay
from segmentry.plan.bounds import without_the_store
from segmentry.plan.nodes import Plan
from segmentry.plan.passing import tables, without_time
from segmentry.query.dates import LAST_DAY, day_start, local_day

MOST_MOMENTS = 2_000
"""So many moments are looked at before the answer is that it is not known from there on."""


_MOST_TOGETHER = 32
"""Where more facts about several customers are to take effect, they are asked one by one."""


def next_changes(
    generation: Generation, plan: Plan, customers: Iterable[str], as_of: datetime
) -> dict[str, NextChange]:
    """When each of some customers next joins or leaves a plan as it was bound, after a moment."""
    wanted = frozenset(customers)
    found = dict.fromkeys(wanted, NextChange(inside=False))
    asking = _Asking(generation, plan, as_of)
    for held in generation.held:
        ordinals = held.ordinals(wanted)
        if len(ordinals):
            changes = _of_some(held, ordinals, asking)
            found |= zip(held.layer.ids[ordinals].tolist(), changes, strict=True)
    return found


def _of_some(held: Held, ordinals: Whole, asking: _Asking) -> list[NextChange]:
    """The changes of the customers at some ordinals of a layer, in order."""
    search = _Search(held, ordinals, asking)
    if len(ordinals) > 1 and len(search.effects) > _MOST_TOGETHER:
        return [each for n in ordinals for each in _Search(held, np.array([n]), asking).result()]
    return search.result()


class _Search:
    """One question about some customers, whose moments are looked at together."""

    def __init__(self, held: Held, ordinals: Whole, asking: _Asking) -> None:
        self._held = held
        self._ordinals = ordinals
        self._part = Part(held.layer.columns, ordinals)
        self._asking = asking
        self._looked_at = 0
        effects = effects_after(self._part, tables(asking.plan), number_of(asking.as_of))
        self.effects = [moment_of_number(n) for n in effects]

    def result(self) -> list[NextChange]:
        """What is found with as many moments as may be looked at."""
        as_of = self._asking.as_of
        answers = self._answers(self._part, as_of)
        self._inside, _ = self._asking.answer(answers, as_of)
        self._found: list[NextChange | None] = [None] * len(self._inside)
        self._open = np.ones(len(self._inside), np.bool_)
        for begin, end in pairwise([as_of, *self.effects, None]):
            assert begin is not None, "only the last has no end"
            if begin > as_of:
                answers = self._answers(self._part, begin)
                self._look(answers, begin)
            self._let_pass(answers, begin, end)
            if not self._open.any():
                break
        stay = (NextChange(inside) for inside in self._inside.tolist())
        return [found or other for found, other in zip(self._found, stay, strict=True)]

    def _answers(self, part: Part, moment: datetime) -> Answers:
        """What is known of customers by a moment."""
        return Answers(self._held.layer.snapshot(part, number_of(moment)))

    def _let_pass(self, answers: Answers, begin: datetime, end: datetime | None) -> None:
        """Look at the moments between two at which time alone can change an answer."""
        moving = self._open & self._asking.moving(answers, begin)
        if not moving.any():
            return
        of_moving = answers
        if not moving.all():
            part = Part(self._held.layer.columns, self._ordinals[moving])
            of_moving = self._answers(part, begin)
        for moment in self._asking.turns(of_moving, begin):
            if end is not None and moment >= end:
                return
            self._look(answers, moment)
            if not (moving & self._open).any():
                return

    def _look(self, answers: Answers, moment: datetime) -> None:
        """Note whose answer is another at a moment, or not known."""
        if self._looked_at == MOST_MOMENTS or moment > self._asking.last:
            self._note(self._open, unknown_from=moment)
            return
        self._looked_at += 1
        certain, possible = self._asking.answer(answers, moment)
        unknown = certain ^ possible
        self._note(self._open & unknown, unknown_from=moment)
        self._note(self._open & (certain ^ self._inside), at=moment)

    def _note(self, customers: Mask, **when: datetime) -> None:
        for place in np.flatnonzero(customers).tolist():
            self._found[place] = NextChange(bool(self._inside[place]), **when)
        self._open &= ~customers


class _Asking:
    """Whether customers are in, at moments from one on.

    What customers are measured against holds for the day of that moment, and is not known
    afterwards: what others do until then is not known either.
    """

    def __init__(self, generation: Generation, plan: Plan, as_of: datetime) -> None:
        self.plan = plan
        self.as_of = as_of
        self._zone = generation.store.zone
        self.last = day_start(LAST_DAY, self._zone)
        self._ranks = generation.day(as_of)
        self._day_ends = _end_of_day(as_of, self._zone)
        asked, later, lasting = AskedPlans().asked, without_the_store(plan), without_time(plan)
        self._today = asked(plan)
        self._later = asked(later.certain), asked(later.possible)
        self._store_matters = later.certain != later.possible
        self._lasting = asked(lasting.certain), asked(lasting.possible)

    def answer(self, answers: Answers, moment: datetime) -> tuple[Mask, Mask]:
        """Who is in at a moment for certain, and who can be."""
        if moment < self._day_ends:
            found = self._holds(self._today, answers, moment, self._ranks)
            return found, found
        ranks = Ranks(_unmeasured(local_day(moment, self._zone)))
        certain, possible = (self._holds(each, answers, moment, ranks) for each in self._later)
        return certain, possible

    def moving(self, answers: Answers, moment: datetime) -> Mask:
        """Whose answer time alone can change while the same facts are in effect."""
        ranks = Ranks(_unmeasured(local_day(moment, self._zone)))
        certain, possible = (self._holds(each, answers, moment, ranks) for each in self._lasting)
        return certain ^ possible

    def turns(self, answers: Answers, begin: datetime) -> Iterator[datetime]:
        """The moments after one at which time alone can change an answer."""
        day = _unmeasured(local_day(begin, self._zone))
        subject = Subject(answers.now, self._zone, lambda each: answers.value(each, day))
        found = turning(self.plan, subject)
        if self._store_matters:
            found = found.with_those_of(Turning(moments=frozenset({self._day_ends})))
        return in_order(found, begin, self._zone)

    def _holds(self, plan: AskedPlan, answers: Answers, moment: datetime, ranks: Ranks) -> Mask:
        meanings = Meanings(moment, self._zone, ranks)
        members = Evaluation(answers, meanings, ranks.day).members(plan)
        return unpacked(members, answers.now.size)


def _unmeasured(day: date) -> StoreDay:
    """A day on which nobody is measured against the store."""

    def unknown() -> NoReturn:
        raise AssertionError("what is measured against the store is not asked")

    return StoreDay(unknown, day)


def _end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after a moment that is on another local day."""
    return day_start(local_day(moment, zone) + timedelta(days=1), zone)
