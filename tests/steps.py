"""Counts the steps of a piece of work, where a rule says how much work may be done.

A step is a call of a function, written in Python or built in. Their number is the same on
every machine and at every load, which no time is, and grows with what an algorithm does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooManySteps(BaseException):
    """Raised in the middle of what goes on for too long; nothing in the package catches it."""


class Steps:
    """How many steps were taken so far."""

    def __init__(self, most: int) -> None:
        self.taken = 0
        self._most = most

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """Count a call; raises TooManySteps beyond the most."""
        if event in ("call", "c_call"):
            self.taken += 1
            if self.taken > self._most:
                raise TooManySteps(f"more than {self._most:,} steps")


@contextmanager
def counted(most: int) -> Iterator[Steps]:
    """The steps that are taken within; raises TooManySteps as soon as they are more than `most`."""
    steps, before = Steps(most), sys.getprofile()
    sys.setprofile(steps.note)
    try:
        yield steps
    finally:
        sys.setprofile(before)
