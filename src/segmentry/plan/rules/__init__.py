"""The rewrites of a plan, one a file, in the order in which they are applied.

Each takes a test and returns what to ask instead: the test itself where it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from segmentry.plan.nodes import Expression
from segmentry.plan.rules.all_time import all_time
from segmentry.plan.rules.at_least import at_least
from segmentry.plan.rules.one_aggregate import one_aggregate
from segmentry.plan.rules.open_end import open_end
from segmentry.plan.rules.positive import positive
from segmentry.plan.rules.reached import reached
from segmentry.query.bound import Test

Rule: TypeAlias = Callable[[Test], Expression]

RULES: tuple[Rule, ...] = (positive, one_aggregate, open_end, all_time, at_least, reached)
