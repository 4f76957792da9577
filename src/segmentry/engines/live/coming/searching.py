"""Looks at the moments that can matter, in order, until one changes each answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

import numpy as np

from segmentry.engines.base import NextChange
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.coming.asking import Asking, known
from segmentry.engines.live.coming.effects import effects_after
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.held import Held
from segmentry.engines.live.moments import moment_of_number, number_of
from segmentry.engines.live.part import Part
from segmentry.plan.nodes import Plan
from segmentry.plan.passing import tables

MOST_MOMENTS = 2_000
"""So many moments are looked at before the answer is that it is not known from there on."""


_MOST_TOGETHER = 32
"""Where more facts about several customers are to take effect, they are asked one by one."""


def next_changes(
    generation: Generation, plan: Plan, customers: Iterable[str], as_of: datetime
) -> dict[str, NextChange]:
    """When each of some customers next joins or leaves a plan as it was bound, after a moment."""
    wanted = frozenset(customers)
    found = dict.fromkeys(wanted, NextChange(inside=False))
    asking = Asking(generation, plan, as_of)
    for held in generation.held:
        ordinals = held.ordinals(wanted)
        if len(ordinals):
            changes = _of_some(held, ordinals, asking)
            found |= zip(held.layer.ids[ordinals].tolist(), changes, strict=True)
    return found


def _of_some(held: Held, ordinals: Whole, asking: Asking) -> list[NextChange]:
    """The changes of the customers at some ordinals of a layer, in order."""
    search = _Search(held, ordinals, asking)
    if len(ordinals) > 1 and len(search.effects) > _MOST_TOGETHER:
        return [each for n in ordinals for each in _Search(held, np.array([n]), asking).result()]
    return search.result()


class _Search:
    """One question about some customers, whose moments are looked at together."""

    def __init__(self, held: Held, ordinals: Whole, asking: Asking) -> None:
        self._held = held
        self._ordinals = ordinals
        self._part = Part(held.layer.columns, ordinals)
        self._asking = asking
        self._looked_at = 0
        effects = effects_after(self._part, tables(asking.plan), number_of(asking.as_of))
        self.effects = [moment_of_number(n) for n in effects]

    def result(self) -> list[NextChange]:
        """What is found with as many moments as may be looked at."""
        as_of = self._asking.as_of
        answers = known(self._held, self._part, as_of)
        self._inside, _ = self._asking.answer(answers, as_of)
        self._found: list[NextChange | None] = [None] * len(self._inside)
        self._open = np.ones(len(self._inside), np.bool_)
        for begin, end in pairwise([as_of, *self.effects, None]):
            assert begin is not None, "only the last has no end"
            if begin > as_of:
                answers = known(self._held, self._part, begin)
                self._look(answers, begin)
            self._let_pass(answers, begin, end)
            if not self._open.any():
                break
        stay = (NextChange(inside) for inside in self._inside.tolist())
        return [found or other for found, other in zip(self._found, stay, strict=True)]

    def _let_pass(self, answers: Answers, begin: datetime, end: datetime | None) -> None:
        """Look at the moments between two at which time alone can change an answer."""
        moving = self._open & self._asking.moving(answers, begin)
        if not moving.any():
            return
        of_moving = answers
        if not moving.all():
            part = Part(self._held.layer.columns, self._ordinals[moving])
            of_moving = known(self._held, part, begin)
        for moment in self._asking.turns(of_moving, begin):
            if end is not None and moment >= end:
                return
            self._look(answers, moment)
            if not (moving & self._open).any():
                return

    def _look(self, answers: Answers, moment: datetime) -> None:
        """Note whose answer is another at a moment, or not known."""
        if self._looked_at == MOST_MOMENTS or moment > self._asking.last:
            self._note(self._open, unknown_from=moment)
            return
        self._looked_at += 1
        certain, possible = self._asking.answer(answers, moment)
        unknown = certain ^ possible
        self._note(self._open & unknown, unknown_from=moment)
        self._note(self._open & (certain ^ self._inside), at=moment)

    def _note(self, customers: Mask, **when: datetime) -> None:
        for place in np.flatnonzero(customers).tolist():
            self._found[place] = NextChange(bool(self._inside[place]), **when)
        self._open &= ~customers
