"""All questions about one moment; each test is made once, however many queries have it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import assert_never
from zoneinfo import ZoneInfo

import numpy as np

from segmentry.engines.live.aggregates import aggregate
from segmentry.engines.live.bits import Bits, intersection, packed, union, unpacked
from segmentry.engines.live.columns import Column, Lists, Words
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import Mask, count_by, every
from segmentry.engines.live.ranks import Ranks
from segmentry.engines.live.records import RECORDS
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.values import column_of
from segmentry.engines.operands import Resolver
from segmentry.facts.field import Attribute
from segmentry.facts.operators import RANKING
from segmentry.plan.nodes import Difference, Expression, Intersection, Leaf, Plan, Union
from segmentry.query.bound import AttributeTest, RecordTest, Test


class Evaluation:
    """Answers over `now`, measured against the store as `ranks` has it for the day.

    Sets of customers are packed bits, and hold nobody who is not live.
    """

    def __init__(self, now: Snapshot, ranks: Ranks, as_of: datetime, zone: ZoneInfo) -> None:
        self.now = now
        self._ranks = ranks
        self._resolver = Resolver(as_of, zone, ranks)
        self._columns: dict[Attribute, Column] = {}
        self._tests: dict[Test, Bits] = {}
        self._segments: dict[Plan, Bits] = {}

    @cached_property
    def live(self) -> Bits:
        """The customers there are."""
        return packed(self.now.live)

    def members(self, plan: Plan) -> Bits:
        """The customers for whom the plan holds."""
        return self._combine(plan.root, plan)

    def column(self, attribute: Attribute) -> Column:
        """An attribute's value for everybody."""
        if attribute not in self._columns:
            self._columns[attribute] = column_of(attribute)(self.now, self._ranks.day)
        return self._columns[attribute]

    def _combine(self, node: Expression, plan: Plan) -> Bits:
        match node:
            case Leaf(number):
                return self._answer(plan.tests[number], plan)
            case Intersection(parts):
                return intersection(self._combine(part, plan) for part in parts)
            case Union(parts):
                return union(self._combine(part, plan) for part in parts)
            case Difference(part):
                return self.live & ~self._combine(part, plan)
        assert_never(node)

    def _answer(self, test: Test, plan: Plan) -> Bits:
        if isinstance(test, AttributeTest) and test.field.name == "segments":
            return packed(self._by_segments(test, plan))
        if test not in self._tests:
            match test:
                case AttributeTest():
                    self._tests[test] = packed(self._by_attribute(test))
                case RecordTest():
                    self._tests[test] = packed(self._by_records(test))
        return self._tests[test]

    def _segment(self, plan: Plan) -> Bits:
        """The members of a segment that others refer to, found once."""
        if plan not in self._segments:
            self._segments[plan] = self.members(plan)
        return self._segments[plan]

    def _by_attribute(self, test: AttributeTest) -> Mask:
        among = self.now.live
        if test.operator in RANKING:
            among = self.now.population(test.field)
        return among & holding(test, self._resolver.given(test), self.column(test.field))

    def _by_segments(self, test: AttributeTest, plan: Plan) -> Mask:
        """Membership of other segments, whose plans came along with this one."""
        inside = [
            np.flatnonzero(unpacked(self._segment(other), self.now.size))
            for _, other in plan.segments
        ]
        codes = [np.full(len(each), number) for number, each in enumerate(inside)]
        nobody = np.empty(0, np.int64)
        names = Words(name for name, _ in plan.segments)
        segments = Lists(
            np.concatenate([nobody, *inside]),
            np.concatenate([nobody, *codes]),
            names,
            self.now.size,
        )
        return self.now.live & holding(test, self._resolver.given(test), segments)

    def _by_records(self, test: RecordTest) -> Mask:
        """Those whose records left by the filters satisfy the aggregates, or are any at all."""
        records = RECORDS[test.function.name]
        left = records.there(self.now, test)
        for each in test.filters:
            column = records.fields[each.field.name](self.now)
            left = left & holding(each, self._resolver.given(each), column)
        rows = np.flatnonzero(left)
        found = [count_by(records.owners(self.now)[rows], self.now.size) > 0]
        if test.aggregates:
            found = [
                holding(
                    each,
                    self._resolver.given(each),
                    aggregate(records, each.field.name, rows, self.now),
                )
                for each in test.aggregates
            ]
        return self.now.live & (every(found) ^ test.negated)
