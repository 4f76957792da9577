"""What was found out about the customers while no fact takes effect, kept for later moments.

The passing of time alone changes what features and values are compared with. So each step
is kept with what its operands meant; at another moment it is made anew only where they
mean something else by then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from operator import is_
from typing import TypeVar

import numpy as np

from segmentry.engines.live.asked import Asked, AskedPlan
from segmentry.engines.live.bits import Bits, packed
from segmentry.engines.live.columns import Column
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.features import column_of as feature_column
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import column_of, measured_against
from segmentry.facts.field import Attribute
from segmentry.plan.nodes import Feature

_MOST_KEPT = 10_000
"""So many features, steps and plans are kept, each; then the first ones make room."""
_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


class Answers:
    """Answers over `now` that hold at all moments until the next fact takes effect.

    Sets of customers are packed bits, and hold nobody who is not live.
    """

    def __init__(self, now: Snapshot) -> None:
        self.now = now
        self._values: dict[Attribute, tuple[Hashable, Column]] = {}
        self._features: dict[Feature, Column] = {}
        self._steps: dict[Asked, tuple[Hashable, Bits]] = {}
        self._plans: dict[AskedPlan, tuple[tuple[Bits, ...], Bits]] = {}

    @cached_property
    def live(self) -> Bits:
        """The customers there are."""
        return packed(self.now.live)

    def value(self, attribute: Attribute, day: StoreDay) -> Column:
        """An attribute's value for everybody on a day."""
        against = measured_against(attribute, day)
        kept = self._values.get(attribute)
        if kept is None or kept[0] != against:
            kept = self._values[attribute] = against, column_of(attribute)(self.now, day)
        return kept[1]

    def feature(self, feature: Feature, meanings: Meanings) -> Column:
        """A feature of everybody."""
        if feature not in self._features:
            _keep(self._features, feature, feature_column(feature, self.now, meanings))
        return self._features[feature]

    def kept(self, asked: Asked) -> Bits | None:
        """The customers for whom a step held when it was last asked, if it was."""
        kept = self._steps.get(asked)
        return kept and kept[1]

    def step(self, asked: Asked, meant: Hashable, make: Callable[[], Mask]) -> Bits:
        """The customers for whom a step holds, made anew where it `meant` something else; the
        very same set where they are the same."""
        kept = self._steps.get(asked)
        if kept is None or kept[0] != meant:
            made = packed(self.now.live & make())
            if kept is not None and np.array_equal(kept[1], made):
                made = kept[1]
            kept = _keep(self._steps, asked, (meant, made))
        return kept[1]

    def plan(self, plan: AskedPlan, steps: tuple[Bits, ...], make: Callable[[], Bits]) -> Bits:
        """The customers for whom a plan holds, made anew where one of its steps has others."""
        kept = self._plans.get(plan)
        if kept is None or not all(map(is_, kept[0], steps)):
            kept = _keep(self._plans, plan, (steps, make()))
        return kept[1]


def _keep(known: dict[_Key, _Kept], key: _Key, value: _Kept) -> _Kept:
    """Keep something made for a key, in place of what was made first where that is too much:
    what somebody types is asked once and never again."""
    known[key] = value
    if len(known) > _MOST_KEPT:
        known.pop(next(iter(known)))
    return value
