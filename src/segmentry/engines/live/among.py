"""Questions put to some customers alone, in columns of their own.

Nobody else is looked at, but for what a query measures customers against: that is found
once a day for the whole store, and kept.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

import numpy as np

from segmentry.engines.live.answers import Answers
from segmentry.engines.live.asked import AskedPlan
from segmentry.engines.live.bits import unpacked
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.moments import number_of


def members_among(
    generation: Generation, customers: Set[str], plan: AskedPlan, as_of: datetime
) -> frozenset[str]:
    """Those of some customers for whom a plan holds at a moment."""
    day, meanings, until = generation.day(as_of).day, generation.meanings(as_of), number_of(as_of)
    found: set[str] = set()
    for held in generation.held:
        ordinals = held.ordinals(customers)
        if len(ordinals):
            answers = Answers(held.layer.picked(ordinals, until))
            inside: Mask = unpacked(Evaluation(answers, meanings, day).members(plan), len(ordinals))
            found.update(held.layer.ids[ordinals[np.flatnonzero(inside)]].tolist())
    return frozenset(found)
