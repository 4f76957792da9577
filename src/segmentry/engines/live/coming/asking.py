"""Whether some customers are in a plan, at any moment, while nothing happens but time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from segmentry.engines.live.answers import Answers
from segmentry.engines.live.asked import AskedPlan, AskedPlans
from segmentry.engines.live.bits import unpacked
from segmentry.engines.live.coming.turning import Subject, Turning, in_order, turning
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.held import Held
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.part import Part
from segmentry.engines.live.ranks import Ranks
from segmentry.engines.live.store_day import StoreDay
from segmentry.plan.bounds import without_the_store
from segmentry.plan.nodes import Plan
from segmentry.plan.passing import without_time
from segmentry.query.dates import LAST_DAY, day_start, last_midnight, local_day


def known(held: Held, part: Part, moment: datetime) -> Answers:
    """What is known by a moment of customers that a layer holds."""
    return Answers(held.layer.snapshot(part, number_of(moment)))


class Asking:
    """Whether customers are in, at moments after one and before.

    What customers are measured against holds for the day of that moment. It is not known
    afterwards, since what others do until then is not known either, and not looked up before.
    """

    def __init__(self, generation: Generation, plan: Plan, as_of: datetime) -> None:
        self.plan = plan
        self.as_of = as_of
        self.zone = generation.store.zone
        self.last = day_start(LAST_DAY, self.zone)
        self._ranks = generation.day(as_of)
        self._day = last_midnight(as_of, self.zone), _end_of_day(as_of, self.zone)
        asked, later, lasting = AskedPlans().asked, without_the_store(plan), without_time(plan)
        self._today = asked(plan)
        self._later = tuple(map(asked, dict.fromkeys((later.certain, later.possible))))
        self._store_matters = len(self._later) > 1
        self._lasting = asked(lasting.certain), asked(lasting.possible)

    def answer(self, answers: Answers, moment: datetime) -> tuple[Mask, Mask]:
        """Who is in at a moment for certain, and who can be."""
        begins, ends = self._day
        if begins <= moment < ends:
            inside = self._holds(self._today, answers, moment, self._ranks)
            return inside, inside
        ranks = Ranks(_unmeasured(local_day(moment, self.zone)))
        found = [self._holds(each, answers, moment, ranks) for each in self._later]
        return found[0], found[-1]

    def moving(self, answers: Answers, moment: datetime) -> Mask:
        """Whose answer time alone can change while the same facts are in effect."""
        ranks = Ranks(_unmeasured(local_day(moment, self.zone)))
        certain, possible = (self._holds(each, answers, moment, ranks) for each in self._lasting)
        return certain ^ possible

    def turns(self, answers: Answers, begin: datetime) -> Iterator[datetime]:
        """The moments after one at which time alone can change an answer."""
        day = _unmeasured(local_day(begin, self.zone))
        subject = Subject(answers.now, self.zone, lambda each: answers.value(each, day))
        found = turning(self.plan, subject)
        if self._store_matters:
            found = found.with_those_of(Turning(moments=frozenset(self._day)))
        return in_order(found, begin, self.zone)

    def _holds(self, plan: AskedPlan, answers: Answers, moment: datetime, ranks: Ranks) -> Mask:
        meanings = Meanings(moment, self.zone, ranks)
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
