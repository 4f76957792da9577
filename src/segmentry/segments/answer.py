"""What a question is answered with: who the members are, when, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from segmentry.base.errors import Problem


@dataclass(frozen=True, slots=True)
class Result:
    """The members of a query at a moment. `ids` are as the store's sources give them."""

    text: str
    sentence: str
    notes: tuple[Problem, ...]
    as_of: datetime
    ids: tuple[str, ...]
    live: int

    @property
    def count(self) -> int:
        """How many members there are."""
        return len(self.ids)

    def members(self) -> pa.Table:
        """The members, one row each, in the order of their ids."""
        return pa.table({"customer_id": pa.array(self.ids, pa.string())})

    def to_polars(self) -> Any:
        """The members as a Polars frame; needs polars."""
        import polars

        return polars.from_arrow(self.members())

    def to_pandas(self) -> Any:
        """The members as a pandas frame; needs pandas."""
        return self.members().to_pandas()


@dataclass(frozen=True, slots=True)
class Change:
    """How many members a segment has before and after a change, and how many move."""

    before: int
    after: int
    joined: int
    left: int

    @property
    def any(self) -> bool:
        """Whether anybody moves."""
        return bool(self.joined or self.left)


def change(before: Result | None, after: Result | None) -> Change:
    """What lies between two answers; None is a segment that is not there."""
    old = set(before.ids) if before else set()
    new = set(after.ids) if after else set()
    return Change(len(old), len(new), len(new - old), len(old - new))
