"""What a question is answered with: who the members are, when, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from segmentry.base.errors import Problem

Every: TypeAlias = Literal["day", "week", "month"]
"""How often a size is counted."""


@dataclass(frozen=True, slots=True)
class Result:
    """The members of a query at a moment. `ids` are as the store's sources give them.

    `undated` names what of a past moment is known only as it is today.
    """

    text: str
    sentence: str
    notes: tuple[Problem, ...]
    as_of: datetime
    ids: tuple[str, ...]
    live: int
    undated: tuple[str, ...] = ()

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


Progress = Callable[[float, str], None]
"""Is told the share that is done, and of what."""


@dataclass(frozen=True, slots=True)
class FileWanted:
    """A file of members to be written: where, in which format, with which attributes, as of
    when. Without attributes those of the last time are meant, without a moment now."""

    out: str | Path
    format: str | None = None
    fields: Sequence[str] | None = None
    as_of: datetime | date | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class MembersFile:
    """A file of members: where it is, how many and as of when, with which attributes.

    `remembered`: nobody named the attributes, so they are those of the last time. `resumed`:
    an export that was broken off was gone on with, at its moment.
    """

    path: Path
    count: int
    as_of: datetime
    fields: tuple[str, ...]
    remembered: bool
    resumed: bool


_NAMED = 5


@dataclass(frozen=True, slots=True)
class Change:
    """How many members a segment has before and after a change, how many move, and the first
    few of those who would join and leave."""

    before: int
    after: int
    joined: int
    left: int
    joining: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anybody moves."""
        return bool(self.joined or self.left)


def change(before: Result | None, after: Result | None) -> Change:
    """What lies between two answers; None is a segment that is not there."""
    old = set(before.ids) if before else set()
    new = set(after.ids) if after else set()
    came, went = sorted(new - old), sorted(old - new)
    some = tuple(came[:_NAMED]), tuple(went[:_NAMED])
    return Change(len(old), len(new), len(came), len(went), *some)
