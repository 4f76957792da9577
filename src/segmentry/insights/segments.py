"""The saved segments of a workspace, compared with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Engine

from segmentry.base.errors import QueryError, SegmentError
from segmentry.engines.view import Bits
from segmentry.insights.look import Look
from segmentry.insights.overlap import Overlap, overlap
from segmentry.insights.partition import Partition, partition
from segmentry.insights.profile import SideBySide, Titles, side_by_side
from segmentry.insights.remembered import remembered
from segmentry.segments.saved import Asking, SavedSegments
from segmentry.segments.segment import Segment


class ComparedSegments(SavedSegments):
    """Saved segments that can be laid over each other and put side by side.

    `look` gives all customers at a moment, now where it is None.
    """

    def __init__(
        self,
        app: Engine,
        asking: Asking,
        author: str,
        look: Callable[[datetime | date | None], Look],
        titles: Titles,
    ) -> None:
        super().__init__(app, asking, author)
        self._look = look
        self._titles = titles

    def overlap(
        self, names: Sequence[str] = (), *, as_of: datetime | date | None = None
    ) -> Overlap:
        """What two segments or more have in common at a moment, all active ones if none are
        named. Refuses one that is unknown, named twice or cannot be answered."""
        look = self._look(as_of)
        if not names:
            return overlap(look, *self._answered(look))
        return overlap(look, self._sets(look, names, least=2))

    def partition(
        self,
        names: Sequence[str],
        *,
        of: str | None = None,
        as_of: datetime | date | None = None,
    ) -> Partition:
        """Whether segments part all customers, or the members `of` another segment, without
        gap and overlap."""
        look = self._look(as_of)
        sets = self._sets(look, names)
        if of is None:
            return partition(look, sets)
        whole = self[of]
        return partition(look, sets, whole.name, _members(look, whole))

    def compare(
        self,
        names: Sequence[str],
        *,
        as_of: datetime | date | None = None,
        most: int = 10,
    ) -> SideBySide:
        """Segments side by side against the whole store, with the `most` usual products,
        kinds of product and countries of each."""
        look = self._look(as_of)
        return side_by_side(look, self._sets(look, names), self._titles, most)

    def _sets(self, look: Look, names: Sequence[str], least: int = 1) -> dict[str, Bits]:
        if isinstance(names, str):
            raise SegmentError("Give the names of segments as a list, as in ['VIP', 'Lapsed'].")
        segments = [self[name] for name in names]
        found = {each.name: _members(look, each) for each in segments}
        if len(found) < len(segments):
            raise SegmentError("Name each segment only once.")
        if len(found) < least:
            raise SegmentError(f"Name at least {least} segments.")
        return found

    def _answered(self, look: Look) -> tuple[dict[str, Bits], list[str]]:
        """The members of all active segments, and the names of those that cannot be answered: one
        broken segment hides no other."""
        found: dict[str, Bits] = {}
        unanswered: list[str] = []
        for each in remembered(self._app):
            try:
                found[each.name] = look.of_segment(each.key, each.query)
            except QueryError:
                unanswered.append(each.name)
        return found, unanswered


def _members(look: Look, segment: Segment) -> Bits:
    return look.of_segment(segment.key, segment.query)
