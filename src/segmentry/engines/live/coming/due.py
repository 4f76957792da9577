"""The moment before which nobody joins or leaves by time alone, for everybody at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from segmentry.engines.live.answers import Answers
from segmentry.engines.live.columns import Column, Dates
from segmentry.engines.live.effects import LAST
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.moments import MICROSECOND, moment_of_number, number_of
from segmentry.engines.live.picking import rows_left
from segmentry.engines.live.records import records_of
from segmentry.facts.tables import CUSTOMERS
from segmentry.plan.nodes import Plan
from segmentry.plan.passing import Cut, by_the_day, cuts, moves, tables
from segmentry.query.bound import AttributeTest
from segmentry.query.dates import LAST_DAY, day_start, local_day


def next_due(generation: Generation, plan: Plan, as_of: datetime) -> datetime | None:
    """A moment after one before which no answer to a plan, as it was bound, changes by time
    alone; None where none ever does."""
    until = number_of(as_of)
    found = [_next_effect(generation, plan, until), *_cuts(generation, plan, as_of)]
    due = moment_of_number(earliest) if (earliest := min(found)) < LAST else None
    if by_the_day(plan):
        zone = generation.store.zone
        midnight = day_start(local_day(as_of, zone) + timedelta(days=1), zone)
        due = midnight if due is None else min(due, midnight)
    return due if due is None or local_day(due, generation.store.zone) <= LAST_DAY else None


def _next_effect(generation: Generation, plan: Plan, until: int) -> int:
    """When a fact that concerns a plan next takes effect, or a customer comes to be known."""
    wanted = {CUSTOMERS.name, *tables(plan)}
    return min(held.layer.effects.after(each, until) for held in generation.held for each in wanted)


def _cuts(generation: Generation, plan: Plan, as_of: datetime) -> Iterator[int]:
    """When each cut next comes to a date, with the facts that are in effect."""
    until = number_of(as_of)
    for cut in cuts(plan):
        for held in generation.held:
            for answers in held.layer.known_by(until).answers:
                dates = _dates(cut, answers, generation, as_of)
                yield _earliest(dates + cut.after // MICROSECOND, until)


def _dates(cut: Cut, answers: Answers, generation: Generation, as_of: datetime) -> Whole:
    """The dates that a cut can come to: of records only those that fit what does not move."""
    if isinstance(cut.test, AttributeTest):
        return _known(answers.value(cut.test.field, generation.day(as_of).day))
    assert cut.of is not None, "a filter is that of records"
    filters = [each for each in cut.of.filters if not moves(each)]
    records = records_of(cut.of.function, filters)
    rows = rows_left(records, filters, answers.now, generation.meanings(as_of))
    return _known(records.column(cut.test.field, answers.now).taken(rows))


def _known(column: Column) -> Whole:
    assert isinstance(column, Dates), "compared with moments"
    return column.at[column.known]


def _earliest(moments: Whole, after: int) -> int:
    return int(moments.min(initial=LAST, where=moments > after))
