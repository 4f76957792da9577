"""Descriptions as plans, and how much must be read to evaluate them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import perf_counter

import numpy as np

from segmentry.base.text import text_key
from segmentry.plan.nodes import Compared, Listed, Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.bound import AnniversaryTest, AttributeTest, Operand, RecordTest, Test
from segmentry.query.names import Names, SavedQuery
from segmentry.query.values import DayOffset, NamedDay, TimeOffset

from .descriptions import Described
from .texts import name_of, text_of

_WIDTH = 8
"""Bytes of a number."""


def planned(segments: Sequence[Described]) -> tuple[Plan, ...]:
    """The plans of segments, which may refer to one another."""
    texts = [text_of(segment) for segment in segments]
    saved = {
        text_key(name_of(number)): SavedQuery(name_of(number), text)
        for number, text in enumerate(texts)
    }
    return tuple(plan(bind(text, Names(segments=saved))) for text in texts)


def bytes_to_read(plans: Iterable[Plan], rows: Mapping[str, int]) -> int:
    """What evaluating from facts reads at least: of every different test one number for each
    customer or, for each of its filters, for each record. `rows` are those of the tables."""
    return sum(_bytes(test, rows) for test in _tests(plans))


def bytes_to_compare(plans: Iterable[Plan], customers: int) -> int:
    """What a tick of the clock reads at least: of every different test that names a day or
    an hour by its distance from now, one number for each customer."""
    moving = [test for test in _tests(plans) if any(map(_moves, _operands(test)))]
    return len(moving) * customers * _WIDTH


def bytes_per_second() -> float:
    """How fast this machine compares numbers that no cache holds."""
    values = np.arange(1 << 25)
    found = np.empty(len(values), np.bool_)
    times = []
    for _ in range(5):
        began = perf_counter()
        np.greater_equal(values, 1 << 24, out=found)
        times.append(perf_counter() - began)
    return values.nbytes / sorted(times)[2]


def _tests(plans: Iterable[Plan]) -> set[Test]:
    """The different tests, as the planner has them before any rewrite."""
    steps = {step for each in plans for step in each.steps}
    return {step for step in steps if not isinstance(step, Compared | Listed)}


def _bytes(test: Test, rows: Mapping[str, int]) -> int:
    if isinstance(test, AttributeTest | AnniversaryTest):
        return rows["customers"] * _WIDTH
    each = rows[_TABLES[test.function.name]] * max(1, len(test.filters))
    return (each + rows["customers"] * len(test.aggregates)) * _WIDTH


_TABLES = {
    "orders_placed": "orders",
    "products_purchased": "order_lines",
    "refunds": "refunds",
}


def _operands(test: Test) -> Iterator[Operand]:
    if isinstance(test, RecordTest):
        for each in (*test.filters, *test.aggregates):
            yield from each.operands
    else:
        yield from test.operands


def _moves(operand: Operand) -> bool:
    return isinstance(operand, DayOffset | NamedDay | TimeOffset)
