"""Measures in a copy of this process, so that no run finds what an earlier one left."""

from __future__ import annotations

import gc
import os
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TypeVar

from tests.bench.measuring import Cost, middle

T = TypeVar("T")
_LONG = 30.0
"""Seconds after which something is not measured once more."""


def in_a_copy(measure: Callable[[], T]) -> T:
    """What a function returns that runs in a copy. Raises if it fails there."""
    receiving, sending = os.pipe()
    gc.freeze()
    with warnings.catch_warnings():
        # The threads of Arrow, which wait for work, are no danger to a copy without them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os._exit(_answer(measure, sending))
    os.close(sending)
    with os.fdopen(receiving, "rb") as answer:
        found = answer.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("what was measured in a copy failed there")
    answered: T = pickle.loads(found)
    return answered


def _answer(measure: Callable[[], object], sending: int) -> int:
    try:
        with os.fdopen(sending, "wb") as answer:
            pickle.dump(measure(), answer)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def repeated(measure: Callable[[], Cost], repeats: int) -> tuple[Cost, int]:
    """The median of several measurements, fewer where they take long, and how many."""
    costs = list(_within_reason(measure, repeats))
    return middle(costs), len(costs)


def _within_reason(measure: Callable[[], Cost], repeats: int) -> Iterator[Cost]:
    began = perf_counter()
    for _ in range(repeats):
        yield measure()
        if perf_counter() - began > _LONG:
            return


def high(costs: list[Cost], share: float) -> Cost:
    """The cost that a share of all do not exceed, by the wall clock."""
    ordered = sorted(costs, key=lambda cost: cost.wall)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
