"""Steps that are asked at each moment, one after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segmentry.engines.live.asked import Asked, AskedPlan
from segmentry.engines.live.bits import unpacked
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.past.moments import Moments
from segmentry.engines.live.past.spans import Spans


def asked_each_moment(
    generation: Generation, steps: Sequence[Asked], moments: Moments
) -> list[dict[Asked, Spans]]:
    """The customers for whom steps hold, of each layer. What is kept for the moments that are
    asked about otherwise stays."""
    apart = generation.apart()
    plans = {asked: AskedPlan(asked, (asked,), ()) for asked in steps}
    found = [{asked: _Changes(held.layer.size) for asked in steps} for held in apart.held]
    for place, moment in enumerate(moments.when):
        answered = apart.at(moment)
        for asked, plan in plans.items():
            for changes, bits in zip(found, answered.members(plan), strict=True):
                changes[asked].at(place, unpacked(bits, len(changes[asked].inside)))
    return [{asked: each.spans(moments) for asked, each in changes.items()} for changes in found]


class _Changes:
    """Who came into a set and went out of it, moment by moment."""

    def __init__(self, size: int) -> None:
        self.inside = np.zeros(size, np.bool_)
        self._changed: list[Whole] = []
        self._places: list[Whole] = []

    def at(self, place: int, inside: Mask) -> None:
        changed = np.flatnonzero(inside != self.inside)
        self.inside = inside
        self._changed.append(changed)
        self._places.append(np.full_like(changed, place))

    def spans(self, moments: Moments) -> Spans:
        """Whoever is in at the last moment is in to the end. What changes a second time goes
        out, and so on in turns."""
        last = np.flatnonzero(self.inside)
        owners = np.concatenate([*self._changed, last])
        places = np.concatenate([*self._places, np.full_like(last, moments.count)])
        edges = np.sort(owners * moments.width + places)
        return Spans(edges[::2], edges[1::2])
