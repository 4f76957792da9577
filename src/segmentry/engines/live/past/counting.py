"""How many customers a plan holds for at each of many moments.

Each step of the plan is made into spans, in which it does not matter how many moments there
are; a step for which that cannot be done is asked at each moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never

import numpy as np

from segmentry.engines.live.asked import Asked, AskedPlan, Node
from segmentry.engines.live.columns import Words
from segmentry.engines.live.comparing import words_fitting
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.past.asking import asked_each_moment
from segmentry.engines.live.past.attributes import by_attribute
from segmentry.engines.live.past.facts import Facts
from segmentry.engines.live.past.moments import Moments, NotSpans
from segmentry.engines.live.past.records import by_feature, by_records
from segmentry.engines.live.past.spans import Spans, counts, intersection, union, without
from segmentry.facts.operators import CONTAINS_ALL, IS_NULL
from segmentry.plan.nodes import Compared, Intersection, Listed, Step, Union
from segmentry.query.bound import AnniversaryTest, AttributeTest, RecordTest


def sizes(generation: Generation, plan: AskedPlan, moments: Sequence[datetime]) -> list[int]:
    """The number of members of a plan at each moment, in the order in which they are given."""
    if not moments:
        return []
    asked = Moments.of(moments, generation.store.zone)
    found = np.sum(list(_counted(generation, plan, asked)), axis=0)
    by_moment = dict(zip(asked.when, found.tolist(), strict=True))
    return [by_moment[moment] for moment in moments]


def _counted(generation: Generation, plan: AskedPlan, moments: Moments) -> Iterator[Whole]:
    """The counts of each layer."""
    rules = generation.store.order_rules
    facts = [Facts(held.layer.columns, moments, rules) for held in generation.held]
    known: list[dict[Asked, Spans]] = [{} for _ in facts]
    late: list[Asked] = []
    for asked in dict.fromkeys(_steps(plan)):
        try:
            found = [_spans(asked.step, each) for each in facts]
        except NotSpans:
            late.append(asked)
        else:
            for spans, of_layer in zip(known, found, strict=True):
                spans[asked] = of_layer
    if late:
        asked_late = asked_each_moment(generation, late, moments)
        known = [one | other for one, other in zip(known, asked_late, strict=True)]
    for held, each, spans in zip(generation.held, facts, known, strict=True):
        all_held = held.count == held.layer.size
        members = _members(plan, spans, each.live)
        yield counts(members, moments.count, None if all_held else held.holds)


def _steps(plan: AskedPlan) -> Iterator[Asked]:
    """The steps of a plan and of the segments that it refers to."""
    for asked in plan.steps:
        if not _of_segments(asked.step):
            yield asked
    for _, other in plan.segments:
        yield from _steps(other)


def _of_segments(step: Step) -> bool:
    return isinstance(step, AttributeTest) and step.field.name == "segments"


def _spans(step: Step, facts: Facts) -> Spans:
    match step:
        case AttributeTest():
            return by_attribute(step, facts)
        case AnniversaryTest():
            raise NotSpans
        case Compared():
            return by_feature(step, facts)
        case RecordTest():
            return by_records(step, facts)
        case Listed(customers):
            rows = facts.columns.customers.ordinals(customers)
            return facts.among_live(facts.spans(rows, facts.always(rows)))
    assert_never(step)


# -- how steps combine ------------------------------------------------------------------


def _members(plan: AskedPlan, steps: Mapping[Asked, Spans], live: Spans) -> Spans:
    def of(node: Node) -> Spans:
        if isinstance(node, Asked):
            if _of_segments(node.step):
                return _in_segments(node.step, plan, steps, live)
            return steps[node]
        parts = [of(part) for part in node.parts]
        if node.how is Intersection:
            return intersection(parts or [live])
        if node.how is Union:
            return union(parts)
        return without(live, parts[0])

    return of(plan.root)


def _in_segments(step: Step, plan: AskedPlan, steps: Mapping[Asked, Spans], live: Spans) -> Spans:
    """Membership of other segments, whose plans came along with this one."""
    assert isinstance(step, AttributeTest)
    inside = [_members(other, steps, live) for _, other in plan.segments]
    names = Words(name for name, _ in plan.segments)

    def in_any(*operands: object) -> Spans:
        fitting = words_fitting(step.field, step.operator, operands, names)
        return union([each for each, fits in zip(inside, fitting, strict=True) if fits])

    if step.operator is IS_NULL:
        found = without(live, union(inside))
    elif step.operator is CONTAINS_ALL:
        found = intersection([in_any(each) for each in step.operands])
    else:
        found = in_any(*step.operands)
    return without(live, found) if step.negated else found
