"""When the facts about some customers take effect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from segmentry.engines.live.effects import of_orders, own_effects
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.part import Part
from segmentry.facts.tables import CHECKOUTS, CUSTOMERS


def effects_after(part: Part, tables: frozenset[str], moment: int) -> list[int]:
    """The different moments after one at which a fact about the customers takes effect that is
    in one of these tables, or the first about one of them, in order."""
    found = np.concatenate(list(_effects(part, tables, moment)))
    return [int(each) for each in np.unique(found[found > moment])]


def _effects(part: Part, tables: frozenset[str], since: int) -> Iterator[Whole]:
    for _, moments in own_effects(part, since, {CUSTOMERS.name, *tables}):
        yield moments
    if CHECKOUTS.name in tables:  # which orders of others can close
        for _, moments in of_orders(part.became.orders):
            yield moments
