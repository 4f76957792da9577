"""How many customers a plan holds for at each of many moments.

Each step of the plan is made into spans, in which it does not matter how many moments there
are; a step for which that cannot be done is asked at each moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import numpy as np

from segmentry.engines.live.asked import Asked, AskedPlan, Node
from segmentry.engines.live.columns import Words
from segmentry.engines.live.comparing import words_fitting
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.held import Held
from segmentry.engines.live.part import Part
from segmentry.engines.live.past.asking import asked_each_moment
from segmentry.engines.live.past.attributes import by_attribute, of_profiles
from segmentry.engines.live.past.facts import Facts
from segmentry.engines.live.past.moments import Moments, NotSpans
from segmentry.engines.live.past.records import by_feature, by_records
from segmentry.engines.live.past.spans import Spans, counts, intersection, union, without
from segmentry.engines.live.store import StoreColumns
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
    """The counts of each stretch of each layer."""
    rules = generation.store.order_rules
    steps = list(dict.fromkeys(_steps(plan)))
    of_all = [asked for asked in steps if _of_profiles(asked.step)]
    known = [_known(of_all, Facts(held.layer.columns, moments, rules)) for held in generation.held]
    stretches = list(_stretches(generation))
    others = [asked for asked in steps if asked not in of_all]
    found = [_known(others, Facts(each.columns(), moments, rules)) for each in stretches]
    late = [
        asked
        for asked in steps
        if not all(asked in each for each in (known if asked in of_all else found))
    ]
    if late:
        asked_late = asked_each_moment(generation, late, moments)
        known = [one | other for one, other in zip(known, asked_late, strict=True)]
    for stretch, spans in zip(stretches, found, strict=True):
        low, high = stretch.first * moments.width, stretch.last * moments.width
        of_layer = known[stretch.place]
        spans |= {asked: whole.between(low, high) for asked, whole in of_layer.items()}
        members = _members(plan, spans, Facts(stretch.columns(), moments, rules).live)
        yield counts(members, moments.count, stretch.holds)


def _known(steps: Sequence[Asked], facts: Facts) -> dict[Asked, Spans]:
    """The customers for whom steps hold, as far as that is known in spans."""
    found = {}
    for asked in steps:
        with suppress(NotSpans):
            found[asked] = _spans(asked.step, facts)
    return found


# -- few customers at once --------------------------------------------------------------

AT_ONCE = 2**15
"""So few customers that what is made of their orders stays near the processor; for a whole
store most of the time would go into fetching new memory."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Customers that are next to each other in the layer at a place."""

    held: Held
    place: int
    first: int
    last: int

    def columns(self) -> StoreColumns:
        """All that is theirs."""
        whole = self.held.layer.columns
        if self.last - self.first == self.held.layer.size:
            return whole
        return Part(whole, np.arange(self.first, self.last))

    @property
    def holds(self) -> Mask | None:
        """Who of them the layer holds; None where these are all of the layer."""
        if self.held.count == self.held.layer.size:
            return None
        return self.held.holds[self.first : self.last]


def _stretches(generation: Generation) -> Iterator[_Stretch]:
    for place, held in enumerate(generation.held):
        size = held.layer.size
        for first in range(0, max(1, size), AT_ONCE):
            yield _Stretch(held, place, first, min(first + AT_ONCE, size))


def _of_profiles(step: Step) -> bool:
    """Whether a step is asked of all customers at once: profiles are few rows, and their
    words, which are tested once however many rows have them, can be many."""
    return isinstance(step, Listed) or (isinstance(step, AttributeTest) and of_profiles(step))


# -- steps ------------------------------------------------------------------------------


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
