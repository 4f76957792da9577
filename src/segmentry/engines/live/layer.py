"""Some of a store's customers as columns, and what has been found out about them."""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property

import numpy as np

from segmentry.engines.live.answers import Answers
from segmentry.engines.live.effects import NextEffects
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.known import Base, Known
from segmentry.engines.live.part import Part
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.orders import OrderRules

_KEPT_MOMENTS = 4
_KEPT_BASES = 3


class Layer:
    """The customers of `columns`, each at their ordinal."""

    def __init__(self, columns: StoreColumns, rules: OrderRules) -> None:
        self.columns = columns
        self._rules = rules
        self.effects = NextEffects(columns)
        self._known: list[Known] = []
        self._bases: list[Base] = []

    def apart(self) -> Layer:
        """The same customers, of whom nothing has been found out yet."""
        return self.of(self.columns)

    def of(self, columns: StoreColumns) -> Layer:
        """Other customers, of the same store."""
        return Layer(columns, self._rules)

    @property
    def size(self) -> int:
        """How many there are."""
        return self.columns.customers.size

    @cached_property
    def ids(self) -> Whole:
        """Their ids, as an array of texts."""
        return self.columns.customers.ids

    def having(self, customers: Set[str]) -> Whole:
        """The ordinals of those among some customers, in order."""
        return self.columns.customers.ordinals(customers)

    def known_by(self, moment: int) -> Known:
        """What is known by a moment, from what was known before it if that is near."""
        for known in self._known:
            if known.holds_at(moment):
                return known
        latest_first = sorted(self._bases, key=lambda base: -base.answers.now.until)
        found = (base.known_by(moment) for base in latest_first)
        made = next(filter(None, found), None) or self._known_anew(moment)
        self._known = [made, *self._known][:_KEPT_MOMENTS]
        return made

    def _known_anew(self, moment: int) -> Known:
        """The same, all customers asked; the last few bases are kept."""
        base = Base(Answers(Snapshot(self.columns, moment, self._rules)))
        self._bases = [base, *self._bases][:_KEPT_BASES]
        known = base.known_by(moment)
        assert known is not None, "a base is known by its own moment"
        return known

    def picked(self, ordinals: Whole, moment: int) -> Snapshot:
        """Some of the customers as they are known by a moment."""
        return self.snapshot(Part(self.columns, ordinals), moment)

    def snapshot(self, part: Part, moment: int) -> Snapshot:
        """Customers that were picked, as they are known by a moment."""
        return Snapshot(part, moment, self._rules)


def mask_of(ordinals: Whole, size: int) -> Mask:
    """One truth an ordinal."""
    mask = np.zeros(size, np.bool_)
    mask[ordinals] = True
    return mask
