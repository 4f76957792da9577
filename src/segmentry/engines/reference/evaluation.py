"""All questions about one moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.comparing import Resolver
from segmentry.engines.reference.people import Moment, Person, people_at
from segmentry.engines.reference.records import RECORDS, aggregate
from segmentry.engines.reference.rows import StoreRows
from segmentry.engines.reference.store_values import StoreValues
from segmentry.engines.reference.thresholds import Thresholds, in_population
from segmentry.engines.reference.values import value_of
from segmentry.facts.field import Attribute
from segmentry.facts.operators import RANKING
from segmentry.facts.store import Store
from segmentry.plan.nodes import Difference, Expression, Intersection, Leaf, Plan, Union
from segmentry.query.bound import AttributeTest, RecordTest, Test
from segmentry.query.dates import last_midnight

_JUST_BEFORE = timedelta(microseconds=1)


class Evaluation:
    """The people at `as_of`, what they are measured against, and the tests made so far."""

    def __init__(self, rows: StoreRows, as_of: datetime, store: Store) -> None:
        midnight = last_midnight(as_of, store.zone)
        known_then = Moment(midnight, until=midnight - _JUST_BEFORE)
        self.store = StoreValues(people_at(rows, known_then, store))
        self.people = people_at(rows, Moment(as_of, until=as_of), store)
        self._resolver = Resolver(as_of, store.zone, Thresholds(self.store))
        self._answers: dict[Test, frozenset[str]] = {}

    def members(self, plan: Plan) -> frozenset[str]:
        """The customers for whom the plan holds."""
        return self._combine(plan.root, plan)

    def values(self, attribute: Attribute) -> dict[str, CustomerValue]:
        """The attribute's value for everybody."""
        value = value_of(attribute)
        return {key: value(person, self.store) for key, person in self.people.items()}

    def _combine(self, node: Expression, plan: Plan) -> frozenset[str]:
        match node:
            case Leaf(number):
                return self._answer(plan.tests[number], plan)
            case Intersection(parts):
                return frozenset.intersection(*(self._combine(part, plan) for part in parts))
            case Union(parts):
                return frozenset.union(*(self._combine(part, plan) for part in parts))
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
                case RecordTest():
                    self._answers[test] = self._by_records(test)
        return self._answers[test]

    def _by_attribute(self, test: AttributeTest) -> frozenset[str]:
        value = value_of(test.field)
        comparison = self._resolver.comparison(test)
        ranked = test.operator in RANKING
        return frozenset(
            key
            for key, person in self.people.items()
            if (not ranked or in_population(person, test.field))
            and comparison.holds(value(person, self.store))
        )

    def _by_segments(self, test: AttributeTest, plan: Plan) -> frozenset[str]:
        """Membership of other segments, whose plans came along with this one."""
        others = {name: self.members(other) for name, other in plan.segments}
        comparison = self._resolver.comparison(test)
        return frozenset(
            key
            for key in self.people
            if comparison.holds(frozenset(name for name, inside in others.items() if key in inside))
        )

    def _by_records(self, test: RecordTest) -> frozenset[str]:
        return frozenset(key for key, person in self.people.items() if self._has(person, test))

    def _has(self, person: Person, test: RecordTest) -> bool:
        """Whether the records left by the filters satisfy the aggregates, or are any at all."""
        filters = [self._resolver.comparison(each) for each in test.filters]
        records = [
            record
            for record in RECORDS[test.function.name](person, test)
            if all(each.holds(record[each.test.field.name]) for each in filters)
        ]
        if not test.aggregates:
            return bool(records) != test.negated
        aggregates = [self._resolver.comparison(each) for each in test.aggregates]
        found = (each.holds(aggregate(each.test.field.name, records)) for each in aggregates)
        return all(found) != test.negated
