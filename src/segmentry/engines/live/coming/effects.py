"""When the facts about some customers take effect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from segmentry.engines.live.effects import of_orders, own_effects
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.part import Part


def effects_after(part: Part, moment: int) -> list[int]:
    """The different moments after one at which a fact about the customers takes effect, in
    order."""
    found = np.concatenate(list(_effects(part, moment)))
    return [int(each) for each in np.unique(found[found > moment])]


def _effects(part: Part, since: int) -> Iterator[Whole]:
    for _, moments in own_effects(part, since):
        yield moments
    # Orders of others can close a checkout of these.
    for _, moments in of_orders(part.became.orders):
        yield moments
