"""What is asked about customers, of queries that are bound: who belongs, why, until when.

Ids come in and go out as people know them, moments as days or on the store's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from segmentry.base.errors import NotFoundError
from segmentry.engines.base import Engine
from segmentry.facts.store import Store
from segmentry.plan.nodes import EVERYBODY, Plan
from segmentry.plan.planner import plan
from segmentry.query.bound import BoundQuery
from segmentry.query.dates import LAST_DAY
from segmentry.query.printer import print_query
from segmentry.query.sentence import sentence
from segmentry.query.undated import undated
from segmentry.segments.answer import Result
from segmentry.segments.facts_seen import FactsSeen
from segmentry.segments.page import Page, page
from segmentry.segments.upcoming import Person, Upcoming, upcoming
from segmentry.segments.why import Question, Why, why

Moment = datetime | date | None
"""A moment as somebody gives it: a day is its end, None is now."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The store that is asked, as it is when it is asked: `moment` is the one that is meant,
    `local` says one to a person."""

    engine: Callable[[], Engine]
    store: Callable[[], Store]
    seen: Callable[[], FactsSeen]
    moment: Callable[[Moment], datetime]
    local: Callable[[datetime], str]

    def answer(
        self, bound: BoundQuery, as_of: Moment, among: Iterable[str] | None = None
    ) -> Result:
        """The members at a moment, of all customers or of some."""
        moment, seen = self.moment(as_of), self.seen()
        if among is None:
            members, live = self._of_all(plan(bound), moment)
        else:
            members, live = self._of_some(plan(bound), moment, seen.keys(among))
        return Result(
            print_query(bound.query),
            sentence(bound, self.store().currency),
            bound.notes,
            moment,
            tuple(sorted(map(seen.shown, members))),
            live,
            undated(bound) if as_of is not None and moment < self.moment(None) else (),
        )

    def _of_all(self, asked: Plan, moment: datetime) -> tuple[Iterable[str], int]:
        """The members, and how many customers there are. They come nearly in the order of
        their ids, which a set would lose: a million of them are then sorted at once."""
        view = self.engine().view(moment)
        inside = np.unpackbits(view.members(asked), count=len(view.ids)).view(np.bool_)
        return view.ids[inside].tolist(), int(np.bitwise_count(view.live).sum(dtype=np.int64))

    def _of_some(self, asked: Plan, moment: datetime, among: Set[str]) -> tuple[Iterable[str], int]:
        """The members among some, and how many of these there are."""
        members = self.engine().members(asked, moment, among)
        return members, len(self.engine().members(Plan(EVERYBODY), moment, among))

    def upcoming(self, bound: BoundQuery, customer: str, as_of: Moment) -> Upcoming:
        """When a customer next joins or leaves. Refuses the id of nobody."""
        (key,) = self.seen().keys([customer])
        if not self.existing({key}):
            raise NotFoundError(f"There is no customer '{customer}'.")
        person = Person(key, customer)
        return upcoming(self.engine(), bound, person, self.moment(as_of), self.store(), self.local)

    def why(self, bound: BoundQuery, customer: str, as_of: Moment) -> Why:
        """Why a customer is in or not. Refuses the id of nobody."""
        next = self.upcoming(bound, customer, as_of)
        (key,) = self.seen().keys([customer])
        person, currency = Person(key, customer), self.store().currency
        return why(Question(self.engine(), person, next.as_of, currency, self.local), bound, next)

    def page(self, bound: BoundQuery, as_of: Moment, offset: int, limit: int) -> Page:
        """Some members in order of their ids, each with when they leave."""
        moment, zone = self.moment(as_of), self.store().zone
        return page(self.engine(), plan(bound), moment, offset, limit, self.seen().shown, zone)

    def existing(self, keys: Set[str]) -> frozenset[str]:
        """Those of some keys that are customers', even if from a later moment on."""
        return self.engine().members(Plan(EVERYBODY), self.moment(LAST_DAY), keys)
