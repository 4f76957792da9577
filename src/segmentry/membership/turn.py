"""What a refresh finds: customers who joined and left a segment at one moment, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from pyroaring import BitMap

Cause: TypeAlias = Literal["definition", "data", "time", "restated"]
"""Why somebody joins or leaves: the segment was made or changed; something happened; time
passed; or what is known now says that it was so before, though it was not known then."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Customers, by their numbers, who joined and left at one moment for one cause.

    One that `triggers` may start what waits for people to join or leave.
    """

    at: datetime
    cause: Cause
    triggers: bool
    joined: BitMap
    left: BitMap

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self.joined or self.left)

    def among(self, customers: BitMap, cause: Cause, *, triggers: bool) -> Turn:
        """Those of some customers, with a cause of their own."""
        return Turn(self.at, cause, triggers, self.joined & customers, self.left & customers)

    def without(self, customers: BitMap) -> Turn:
        """All but some customers."""
        joined, left = self.joined - customers, self.left - customers
        return Turn(self.at, self.cause, self.triggers, joined, left)

    def after(self, members: BitMap) -> BitMap:
        """The members after it."""
        return (members | self.joined) - self.left


def turn(
    before: BitMap, after: BitMap, at: datetime, cause: Cause, *, triggers: bool = False
) -> Turn:
    """What lies between the members before and after a moment."""
    return Turn(at, cause, triggers, after - before, before - after)
