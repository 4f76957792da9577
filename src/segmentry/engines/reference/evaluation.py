"""All questions about one moment."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import datetime, timedelta
from typing import Any, assert_never

from segmentry.engines.anniversaries import asked
from segmentry.engines.base import CustomerValue, RecordValues
from segmentry.engines.operands import Resolver
from segmentry.engines.reference.anniversaries import has_anniversary
from segmentry.engines.reference.comparing import Comparison
from segmentry.engines.reference.people import Moment, people_at
from segmentry.engines.reference.record import Records, aggregate
from segmentry.engines.reference.records import RECORDS
from segmentry.engines.reference.rows import StoreRows
from segmentry.engines.reference.store_values import StoreValues
from segmentry.engines.reference.thresholds import Thresholds, in_population
from segmentry.engines.reference.values import value_of
from segmentry.facts.field import Attribute
from segmentry.facts.operators import RANKING
from segmentry.facts.store import Store
from segmentry.plan.nodes import (
    Compared,
    Difference,
    Expression,
    Intersection,
    Leaf,
    Listed,
    Plan,
    Union,
)
from segmentry.query.bound import AnniversaryTest, AttributeTest, RecordTest, Test
from segmentry.query.dates import last_midnight, local_day

_JUST_BEFORE = timedelta(microseconds=1)


class Evaluation:
    """The people at `as_of`, what they are measured against, and the tests made so far."""

    def __init__(self, rows: StoreRows, as_of: datetime, store: Store) -> None:
        midnight = last_midnight(as_of, store.zone)
        known_then = Moment(midnight, until=midnight - _JUST_BEFORE)
        self.store = StoreValues(people_at(rows, known_then, store))
        self.people = people_at(rows, Moment(as_of, until=as_of), store)
        self._today = local_day(as_of, store.zone)
        self._resolver = Resolver(as_of, store.zone, Thresholds(self.store))
        self._answers: dict[Test, frozenset[str]] = {}

    def among(self, customers: Iterable[str]) -> Evaluation:
        """The same questions put to these customers alone, measured against the same store."""
        part = copy(self)
        part.people = {key: self.people[key] for key in customers if key in self.people}
        part._answers = {}
        return part

    def members(self, plan: Plan) -> frozenset[str]:
        """The customers for whom the plan holds."""
        return self._combine(plan.root, plan)

    def values(self, attribute: Attribute) -> dict[str, CustomerValue]:
        """The attribute's value for everybody."""
        value = value_of(attribute)
        return {key: value(person, self.store) for key, person in self.people.items()}

    def records(self, test: RecordTest, customer: str) -> list[RecordValues]:
        """The records of one customer that a test's filters leave."""
        if customer not in self.people:
            return []
        records = RECORDS[test.function.name]
        filters = [Comparison(each, self._resolver.given(each)) for each in test.filters]
        left = _left(records, records.of(self.people[customer], test), filters)
        return [
            {name: _known(read(each)) for name, read in records.fields.items()} for each in left
        ]

    def _combine(self, node: Expression, plan: Plan) -> frozenset[str]:
        match node:
            case Leaf(step):
                assert not isinstance(step, Compared), "asked for plans as they were bound"
                if isinstance(step, Listed):
                    return step.customers & self.people.keys()
                return self._answer(step, plan)
            case Intersection(parts):
                return frozenset(self.people).intersection(
                    *(self._combine(part, plan) for part in parts)
                )
            case Union(parts):
                return frozenset().union(*(self._combine(part, plan) for part in parts))
            case Difference(part):
                return frozenset(self.people) - self._combine(part, plan)
        assert_never(node)

    def _answer(self, test: Test, plan: Plan) -> frozenset[str]:
        if isinstance(test, AttributeTest) and test.field.name == "segments":
            return self._by_segments(test, plan)
        if test not in self._answers:
            match test:
                case AttributeTest():
                    self._answers[test] = self._by_attribute(test)
                case AnniversaryTest():
                    self._answers[test] = self._by_anniversary(test)
                case RecordTest():
                    self._answers[test] = self._by_records(test)
        return self._answers[test]

    def _by_attribute(self, test: AttributeTest) -> frozenset[str]:
        value = value_of(test.field)
        comparison = Comparison(test, self._resolver.given(test))
        ranked = test.operator in RANKING
        return frozenset(
            key
            for key, person in self.people.items()
            if (not ranked or in_population(person, test.field))
            and comparison.holds(value(person, self.store))
        )

    def _by_anniversary(self, test: AnniversaryTest) -> frozenset[str]:
        value, days = value_of(test.field), asked(test, self._today)
        return frozenset(
            key
            for key, person in self.people.items()
            if has_anniversary(value(person, self.store), days, person.zone) != test.negated
        )

    def _by_segments(self, test: AttributeTest, plan: Plan) -> frozenset[str]:
        """Membership of other segments, whose plans came along with this one."""
        others = {name: self.members(other) for name, other in plan.segments}
        comparison = Comparison(test, self._resolver.given(test))
        return frozenset(
            key
            for key in self.people
            if comparison.holds(frozenset(name for name, inside in others.items() if key in inside))
        )

    def _by_records(self, test: RecordTest) -> frozenset[str]:
        """Those whose records left by the filters satisfy the aggregates, or are any at all."""
        records = RECORDS[test.function.name]
        filters = [Comparison(each, self._resolver.given(each)) for each in test.filters]
        aggregates = [Comparison(each, self._resolver.given(each)) for each in test.aggregates]
        return frozenset(
            key
            for key, person in self.people.items()
            if _has(records, records.of(person, test), filters, aggregates) != test.negated
        )


def _known(value: CustomerValue) -> CustomerValue:
    """The value; a list of nothing is missing."""
    return None if value == frozenset() else value


def _left(records: Records, found: list[Any], filters: list[Comparison]) -> list[Any]:
    return [
        each
        for each in found
        if all(test.holds(records.reader(test.test.field)(each)) for test in filters)
    ]


def _has(
    records: Records, found: list[Any], filters: list[Comparison], aggregates: list[Comparison]
) -> bool:
    left = _left(records, found, filters)
    if not aggregates:
        return bool(left)
    return all(test.holds(aggregate(records, test.test.field, left)) for test in aggregates)
