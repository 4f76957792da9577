"""Since when a customer is in or not: moments that could matter, looked at backwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from segmentry.engines.live.answers import Answers
from segmentry.engines.live.coming.asking import Asking, known
from segmentry.engines.live.coming.effects import effects_after
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.held import Held
from segmentry.engines.live.moments import moment_of_number, number_of
from segmentry.engines.live.part import Part
from segmentry.plan.nodes import Plan
from segmentry.plan.passing import tables
from segmentry.query.dates import FIRST_DAY, day_start

MOST_MOMENTS = 200
"""So many moments are looked at before the answer is that it is not known."""
_TICK = timedelta(microseconds=1)


def since(generation: Generation, plan: Plan, customer: str, as_of: datetime) -> datetime | None:
    """The last moment up to one at which the answer to a plan, as it was bound, changed for a
    customer; None where it never did, or is not known."""
    for held in generation.held:
        ordinals = held.ordinals({customer})
        if len(ordinals):
            part = Part(held.layer.columns, ordinals)
            return _since(held, part, Asking(generation, plan, as_of))
    return None


def _since(held: Held, part: Part, asking: Asking) -> datetime | None:
    inside = bool(asking.answer(known(held, part, asking.as_of), asking.as_of)[0][0])
    moments = _backwards(held, part, asking)
    for _, (moment, before) in zip(range(MOST_MOMENTS), moments, strict=False):
        certain, possible = (bool(each[0]) for each in asking.answer(before, moment - _TICK))
        if certain != possible:
            return None
        if certain != inside:
            return moment
    return None


def _backwards(held: Held, part: Part, asking: Asking) -> Iterator[tuple[datetime, Answers]]:
    """All moments at which something can change, the latest first, and what was known just
    before each."""
    first, end = day_start(FIRST_DAY, asking.zone), asking.as_of + _TICK
    effects = map(moment_of_number, effects_after(part, tables(asking.plan), number_of(first)))
    begins = [first, *(each for each in effects if each < end)]
    for begin in reversed(begins):
        answers = known(held, part, begin)
        if end <= asking.as_of:
            yield end, answers
        if asking.moving(answers, begin).any():
            turns = []
            for moment in asking.turns(answers, begin):
                if moment >= end:
                    break
                turns.append(moment)
            yield from ((moment, answers) for moment in reversed(turns))
        end = begin
