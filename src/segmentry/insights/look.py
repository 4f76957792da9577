"""All customers at one moment, and which of them are in the saved segments.

What compares segments works on this: sets of customers as packed bits, all in one order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.view import Bits, View
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.names import Names


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The customers of a view at a moment; `shown` gives the id that people know for a key."""

    as_of: datetime
    view: View
    names: Names
    shown: Callable[[str], str]

    @property
    def size(self) -> int:
        """How many places a set has, those of customers who are not there included."""
        return len(self.view.ids)

    @property
    def live(self) -> Bits:
        """The customers there are."""
        return self.view.live

    def members(self, text: str) -> Bits:
        """The members of a query. Refuses one that cannot be answered."""
        return self.view.members(plan(bind(text, self.names)))

    def of_segment(self, key: str, text: str) -> Bits:
        """The members of a saved segment, by its name key, if this is its query."""
        return self.view.members(plan(bind(text, self.names, (key,))))

    def ids(self, members: Bits) -> tuple[str, ...]:
        """The ids of a set, in order."""
        return tuple(customer for customer, _ in self.first(members))

    def first(self, members: Bits, most: int | None = None) -> list[tuple[str, int]]:
        """The first so many ids of a set, each with the customer's place; or all of them."""
        places = np.flatnonzero(mask_of(members, self.size))
        ids = map(self.shown, self.view.ids[places].tolist())
        return sorted(zip(ids, places.tolist(), strict=True))[:most]


def mask_of(members: Bits, size: int) -> NDArray[np.bool_]:
    """One truth a customer."""
    return np.unpackbits(members, count=size).view(np.bool_)


def size_of(members: Bits) -> int:
    """How many customers are in a set."""
    return int(np.bitwise_count(members).sum(dtype=np.int64))
