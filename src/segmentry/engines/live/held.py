"""A layer and the customers that it holds, and how layers come to lie on each other.

The first layer has all customers. The facts of those that change later are read again into
a layer of their own, above; a customer is held by one layer alone, so that every answer
about the others stays. A new layer takes in those above which it is not much smaller: there
are never many, and each customer is read again few times.

Where events were added, and nothing else, no facts are read again: such customers are held
by a layer that has its columns `over` those of another, with their events.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live.added import WithAdded
from segmentry.engines.live.bits import Bits, packed
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.layer import Layer, mask_of
from segmentry.engines.live.snapshot import Share

_GROWTH = 2
"""A new layer takes in those that have at most so many times its customers."""


@dataclass(frozen=True, eq=False)
class Held:
    """A layer, and which of its customers no other has.

    One of customers to whom events were `added` lies `over` another.
    """

    layer: Layer
    holds: Mask
    over: Layer | None = None
    added: pa.Table | None = None

    @classmethod
    def whole(cls, layer: Layer, over: Layer | None = None, added: pa.Table | None = None) -> Held:
        """A layer that holds all that it has."""
        return cls(layer, np.ones(layer.size, np.bool_), over, added)

    @cached_property
    def bits(self) -> Bits:
        """The same, packed."""
        return packed(self.holds)

    @cached_property
    def count(self) -> int:
        """How many customers it holds."""
        return int(np.count_nonzero(self.holds))

    @property
    def customers(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(self.layer.ids[self.holds].tolist())

    def apart(self) -> Held:
        """The same, of whom nothing has been found out yet."""
        return Held(self.layer.apart(), self.holds, self.over, self.added)

    def without(self, customers: Set[str]) -> Held:
        """The same layer beside one that has these customers."""
        gone = self.layer.having(customers)
        if not len(gone):
            return self
        return Held(self.layer, self.holds & ~mask_of(gone, self.layer.size), self.over, self.added)

    def shares(self, moment: int) -> list[Share]:
        """Its customers as they are known by a moment, each in one share."""
        shares = self.layer.known_by(moment).shares()
        return (
            shares if self.count == self.layer.size else [each.among(self.holds) for each in shares]
        )

    def ordinals(self, customers: Set[str]) -> Whole:
        """Where those among some customers are that it holds, in order."""
        ordinals = self.layer.having(customers)
        return ordinals[self.holds[ordinals]]

    def among(self, customers: Set[str]) -> frozenset[str]:
        """Those among some customers that it holds."""
        return frozenset(self.layer.ids[self.ordinals(customers)].tolist())

    def picked(self, customers: Set[str], moment: int) -> Share:
        """Those among some customers that it holds, as they are known by a moment."""
        ordinals = self.ordinals(customers)
        return Share(self.layer.picked(ordinals, moment), np.ones(len(ordinals), np.bool_))


def read_again(held: Sequence[Held], customers: Set[str]) -> tuple[list[Held], set[str]]:
    """The layers that stay below a new one for customers whose facts changed, and all customers
    that it is to have, with those of the layers that it takes in."""
    asked, below = set(customers), list(held)
    while len(read := [each for each in below if each.over is None]) > 1:
        last = [each for each in below if read[-1].layer in (each.layer, each.over)]
        if sum(each.count for each in last) > _GROWTH * len(asked):
            break
        asked.update(*(each.customers for each in last))
        below = [each for each in below if each not in last]
    return [each.without(asked) for each in below], asked


def add(held: Sequence[Held], events: pa.Table) -> list[Held]:
    """The layers after events were added to customers that they hold."""
    customers = frozenset(events.column("customer_id").unique().to_pylist())
    found = list(held)
    for each in held:
        if each.over is None:
            found = _added_over(each.layer, found, customers, events)
    return found


def _added_over(
    layer: Layer, held: Sequence[Held], customers: Set[str], events: pa.Table
) -> list[Held]:
    """The same for those of these customers whose other facts a layer has."""
    own = [each for each in held if layer in (each.layer, each.over)]
    asked = set[str]().union(*(each.among(customers) for each in own))
    if not asked:
        return list(held)
    before = [each for each in own if each.added is not None]
    for each in reversed(before):
        if each.count > _GROWTH * len(asked):
            break
        asked |= each.customers
    added = pa.concat_tables([*(each.added for each in before), events])
    theirs = pc.is_in(added.column("customer_id"), pa.array(sorted(asked), pa.string()))
    added = added.filter(theirs)
    columns = WithAdded(layer.columns, layer.having(asked), added)
    left = [each.without(asked) for each in held]
    kept = [each for each in left if each.over is None or each.count]
    return [*kept, Held.whole(layer.of(columns), layer, added)]
