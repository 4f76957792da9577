"""What a workspace remembers of its saved segments: their strategy, their uses, when somebody
last joined or left."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from segmentry.storage.app_db import MembershipChange, Segment, SegmentUse

SERIES = "series"
"""The kind of use that follows up on those who join."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """One saved segment that is not archived.

    A snapshot is `fixed`. `changed_at` is when somebody last joined or left, missing where
    its history does not tell; `used_at` when something else, such as a campaign, last used
    it; `in_series` whether a series does.
    """

    name: str
    key: str
    query: str
    strategy: str
    created_at: datetime
    fixed: bool
    changed_at: datetime | None
    used_at: datetime | None
    in_series: bool


def remembered(app: Engine) -> list[Remembered]:
    """The segments in use, in the order they were made."""
    with Session(app) as session:
        segments = session.scalars(
            select(Segment).where(Segment.archived_at.is_(None)).order_by(Segment.id)
        ).all()
        changed = {row.segment_id: row.at for row in session.execute(_LAST_CHANGES)}
        uses: dict[int | None, list[SegmentUse]] = defaultdict(list)
        for use in session.scalars(select(SegmentUse)):
            uses[use.segment_id].append(use)
        return [_one(each, changed.get(each.id), uses[each.id]) for each in segments]


_LAST_CHANGES = (
    select(MembershipChange.segment_id, func.max(MembershipChange.at).label("at"))
    .where(MembershipChange.joined_count + MembershipChange.left_count > 0)
    .group_by(MembershipChange.segment_id)
)


def _one(row: Segment, changed_at: datetime | None, uses: list[SegmentUse]) -> Remembered:
    return Remembered(
        row.name,
        row.name_key,
        row.query,
        row.strategy,
        row.created_at,
        row.fixed_at is not None,
        changed_at,
        max((use.used_at for use in uses), default=None),
        any(use.kind == SERIES for use in uses),
    )
