"""One saved segment, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from segmentry.base.quoting import quote
from segmentry.segments.answer import Every, FileWanted, MembersFile, Progress, Result
from segmentry.segments.definition import Definition
from segmentry.segments.lists import Listed
from segmentry.segments.page import Page
from segmentry.segments.upcoming import Upcoming
from segmentry.segments.versions import Version
from segmentry.segments.why import Why

if TYPE_CHECKING:
    from segmentry.segments.saved import SavedSegments


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment(Definition):
    """A saved segment: a definition, which version it is of those it had, and when it was made.

    Its `id` is a number that stays when its name changes. One with `archived_at` is put away;
    one with `fixed_at` is a snapshot, whose members are those of that moment.
    """

    id: int
    created_at: datetime
    version: int
    archived_at: datetime | None
    fixed_at: datetime | None
    _saved: SavedSegments = field(repr=False, compare=False)

    def result(
        self, *, as_of: datetime | date | None = None, among: Iterable[str] | None = None
    ) -> Result:
        """Its members at a moment, now if none is given, with count and sentence; with
        `among` only these customers are asked."""
        return self._saved.asking.answer(self._saved.bound(self), as_of, among)

    def members(
        self,
        *,
        as_of: datetime | date | None = None,
        among: Iterable[str] | None = None,
        fields: Sequence[str] = (),
    ) -> pa.Table:
        """Its members at a moment, each with the values of the attributes named."""
        return self._saved.table(self.result(as_of=as_of, among=among), fields)

    def page(
        self, offset: int = 0, limit: int = 50, *, as_of: datetime | date | None = None
    ) -> Page:
        """Some of its members at a moment, now if none is given, in order of their ids, each
        with the moment at which they leave. Refuses more than a few hundred at once."""
        return self._saved.asking.page(self._saved.bound(self), as_of, offset, limit)

    def others(self, *, as_of: datetime | date | None = None) -> Result:
        """Everybody who is not a member at a moment, now if none is given."""
        return self._saved.asking.answer(self._saved.query(self.complement), as_of, None)

    @property
    def complement(self) -> str:
        """The query of everybody who is not a member."""
        return f"NOT (segments CONTAINS {quote(self.name)})"

    def export(
        self,
        out: str | Path,
        *,
        format: str | None = None,
        fields: Sequence[str] | None = None,
        as_of: datetime | date | None = None,
        progress: Progress | None = None,
    ) -> MembersFile:
        """Write its members at a moment, now if none is given, to a file that is whole or not
        there: .csv, .xlsx, .parquet or .jsonl, or of a folder one named after the segment.

        `fields` are the attributes beside them and, once given, those of its next exports that
        name none; an empty list forgets them. The same export after one that was broken off
        goes on with it where nothing has changed since. Refuses what it cannot write, and more
        rows than a sheet has.
        """
        wanted = FileWanted(out, format, fields, as_of, progress)
        return self._saved.asking.export(self, wanted)

    def history(self, *, customer: str | None = None, limit: int = 10_000) -> pa.Table:
        """Who joined and left it, when and why, the latest first; of one customer or of all."""
        return self._saved.asking.history(self.name, customer, limit)

    def sizes(self, since: date, until: date | None = None, every: Every = "day") -> pa.Table:
        """How many members it had on each day. See `Workspace.sizes`."""
        return self._saved.asking.sizes(self._saved.bound(self), since, until, every)

    def next_change(self, customer: str, *, as_of: datetime | date | None = None) -> Upcoming:
        """When a customer next joins or leaves after a moment, now if none is given.

        Refuses the id of nobody. See `Workspace.next_change`.
        """
        return self._saved.asking.next_change(self._saved.bound(self), customer, as_of)

    def why(self, customer: str, *, as_of: datetime | date | None = None) -> Why:
        """Why a customer is in it or not at a moment, now if none is given.

        Refuses the id of nobody. See `Workspace.why`.
        """
        return self._saved.asking.why(self._saved.bound(self), customer, as_of)

    def versions(self) -> tuple[Version, ...]:
        """What it has been defined as, the first version first."""
        return self._saved.versions(self.name)

    def lists(self) -> Listed:
        """Who is put in and kept out by hand."""
        return self._saved.lists(self.name)

    @property
    def definition(self) -> Definition:
        """What defines it."""
        return Definition(**{each.name: getattr(self, each.name) for each in fields(Definition)})
