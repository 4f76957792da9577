"""Marks stored memberships as due, in the transaction that makes them so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from segmentry.storage.app_db import Membership

_ALREADY = datetime(1, 1, 1, tzinfo=UTC)


def mark_due(session: Session, segment_ids: Collection[int] | None = None) -> None:
    """Have these segments, or all, evaluated at the next refresh, whatever the moment.

    A process that ends before it refreshes leaves the mark to the next one.
    """
    due = update(Membership).values(due_at=_ALREADY)
    if segment_ids is not None:
        due = due.where(Membership.segment_id.in_(segment_ids))
    session.execute(due)
