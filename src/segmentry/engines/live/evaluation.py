"""Questions about one moment; each step is made once, however many plans have it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import assert_never

import numpy as np

from segmentry.engines.anniversaries import Span, asked
from segmentry.engines.live.aggregates import aggregate
from segmentry.engines.live.anniversaries import having
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.asked import Asked, AskedPlan, Node
from segmentry.engines.live.bits import Bits, intersection, packed, union, unpacked
from segmentry.engines.live.columns import Column, Dates, Lists, Words
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import Mask, count_by, every
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.picking import rows_left
from segmentry.engines.live.records import records_of
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import measured_against
from segmentry.engines.operands import Given
from segmentry.facts.field import Attribute
from segmentry.facts.operators import RANKING
from segmentry.plan.nodes import Compared, Feature, Intersection, Listed, Union
from segmentry.query.bound import AnniversaryTest, AttributeTest, RecordTest


class Evaluation:
    """What `answers` say at a moment, measured against the store as it was on its `day`."""

    def __init__(self, answers: Answers, meanings: Meanings, day: StoreDay) -> None:
        self.now = answers.now
        self._answers = answers
        self._meanings = meanings
        self._day = day
        self._steps: dict[Asked, Bits] = {}
        self._plans: dict[AskedPlan, Bits] = {}

    @property
    def live(self) -> Bits:
        """The customers there are."""
        return self._answers.live

    def members(self, plan: AskedPlan) -> Bits:
        """The customers for whom the plan holds."""
        if plan not in self._plans:
            steps = {asked: self._answer(asked, plan) for asked in plan.steps}
            self._plans[plan] = self._answers.plan(
                plan, tuple(steps.values()), lambda: self._combine(plan.root, steps)
            )
        return self._plans[plan]

    def column(self, attribute: Attribute) -> Column:
        """An attribute's value for everybody."""
        return self._answers.value(attribute, self._day)

    def _combine(self, node: Node, steps: Mapping[Asked, Bits]) -> Bits:
        if isinstance(node, Asked):
            return steps[node]
        parts = (self._combine(part, steps) for part in node.parts)
        if node.how is Intersection:
            return intersection(self.live, parts)
        if node.how is Union:
            return union(self.live, parts)
        return self.live & ~next(parts)

    def _answer(self, asked: Asked, plan: AskedPlan) -> Bits:
        step = asked.step
        if isinstance(step, AttributeTest) and step.field.name == "segments":
            return packed(self.now.live & self._by_segments(step, plan))
        if asked not in self._steps:
            self._steps[asked] = self._made(asked)
        return self._steps[asked]

    def _made(self, of: Asked) -> Bits:
        """The customers for whom a step holds, as kept or made now."""
        if of.lasting and (kept := self._answers.kept(of)) is not None:
            return kept
        step = of.step
        meant: Hashable
        match step:
            case AttributeTest():
                given = self._meanings.given(step)
                meant = given, measured_against(step.field, self._day)
                return self._answers.step(of, meant, lambda: self._by_attribute(step, given))
            case AnniversaryTest():
                days = asked(step, self._day.date)
                meant = days, measured_against(step.field, self._day)
                return self._answers.step(of, meant, lambda: self._by_anniversary(step, days))
            case Compared(feature, test):
                given = self._meanings.given(test)
                return self._answers.step(
                    of, given, lambda: holding(test, given, self._feature(feature))
                )
            case RecordTest():
                meant = tuple(map(self._meanings.given, (*step.filters, *step.aggregates)))
                return self._answers.step(of, meant, lambda: self._by_records(step))
            case Listed(customers):
                return self._answers.step(of, (), lambda: self.now.customers.among(customers))
        assert_never(step)

    def _feature(self, feature: Feature) -> Column:
        return self._answers.feature(feature, self._meanings)

    def _by_attribute(self, test: AttributeTest, given: Given | None) -> Mask:
        found = holding(test, given, self.column(test.field))
        ranked = test.operator in RANKING
        return found & self.now.population(test.field) if ranked else found

    def _by_anniversary(self, test: AnniversaryTest, days: Span) -> Mask:
        column = self.column(test.field)
        assert isinstance(column, Dates), "only dates have anniversaries"
        return having(column, days, self.now.columns.zone) ^ test.negated

    def _by_records(self, test: RecordTest) -> Mask:
        """Those whose records left by the filters satisfy the aggregates, or are any at all."""
        records = records_of(test.function, test.filters)
        rows = rows_left(records, test.filters, self.now, self._meanings)
        if not test.aggregates:
            owners = records.owners(self.now)[rows]
            return (count_by(owners, self.now.size) > 0) ^ test.negated
        found = [
            holding(
                each, self._meanings.given(each), aggregate(records, each.field, rows, self.now)
            )
            for each in test.aggregates
        ]
        return every(found) ^ test.negated

    def _by_segments(self, test: AttributeTest, plan: AskedPlan) -> Mask:
        """Membership of other segments, whose plans came along with this one."""
        inside = [
            np.flatnonzero(unpacked(self.members(other), self.now.size))
            for _, other in plan.segments
        ]
        codes = [np.full(len(each), number) for number, each in enumerate(inside)]
        nobody = np.empty(0, np.int64)
        segments = Lists(
            np.concatenate([nobody, *inside]),
            np.concatenate([nobody, *codes]),
            Words(name for name, _ in plan.segments),
            self.now.size,
        )
        return holding(test, self._meanings.given(test), segments)
