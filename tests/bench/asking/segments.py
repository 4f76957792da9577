"""Draws segments: as many as wanted, the same for the same seed, the first of many the
same as those of few.

Two populations. *Standard* segments take their windows, amounts and counts from the few
that people choose, so that many conditions are the same; *arbitrary* ones take any.
"""

from __future__ import annotations

from random import Random

from tests.bench.workload.sales import products_of

from .descriptions import All, AnyOf, Described, InSegment, Not
from .draws import Draws, Population
from .kinds import any_condition
from .shapes import any_shape

_PRESETS = 0.4
"""Share of segments that begin as a ready-made one."""
_REFERENCES = 0.05
"""Share of segments that refer to an earlier one."""
_SIZES = (2, 3, 4, 5, 6)
_SIZE_WEIGHTS = (20, 35, 25, 12, 8)


def draw_segments(
    population: Population, count: int, customers: int, seed: int = 1
) -> tuple[Described, ...]:
    """So many segments about a store of so many customers."""
    draws = Draws(Random(f"{population} {seed}"), population, products_of(customers))
    return tuple(_segment(draws, number) for number in range(count))


def _segment(draws: Draws, number: int) -> Described:
    """A preset with a condition or two more, or conditions all of its own."""
    if draws.often(_PRESETS):
        preset = any_shape(draws)
        extra = [_maybe_not(draws) for _ in range(draws.one((0, 1, 1, 2)))]
        return All((*_parts(preset), *extra)) if extra else preset
    parts: list[Described] = [_maybe_not(draws) for _ in range(draws.one(_SIZES, _SIZE_WEIGHTS))]
    if number and draws.often(_REFERENCES):
        parts[0] = InSegment(draws.random.randrange(number // 2 + 1))
    if len(parts) >= 3 and draws.often(0.4):
        return All((*parts[:-2], AnyOf(tuple(parts[-2:]))))
    return AnyOf(tuple(parts)) if draws.often(0.08) else All(tuple(parts))


def _parts(described: Described) -> tuple[Described, ...]:
    return described.parts if isinstance(described, All) else (described,)


def _maybe_not(draws: Draws) -> Described:
    condition = any_condition(draws)
    return Not(condition) if draws.often(0.1) else condition
