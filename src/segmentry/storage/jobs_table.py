"""The tables of jobs: work that is to be done, and when schedules last began some."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from segmentry.storage.app_db import Base


class Job(Base):
    """One piece of work. While it is not ended its key, if it has one, is that of no other.

    Whoever works on it is its `owner` until `lease_until`; after that anybody may take it.
    `arguments` and `result` are JSON.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("open_key"),
        Index("jobs_next", "state", "priority", "run_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    arguments: Mapped[str]
    open_key: Mapped[str | None]
    state: Mapped[str]
    priority: Mapped[int]
    run_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    attempts: Mapped[int]
    most_attempts: Mapped[int]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    cancelling: Mapped[bool]
    share: Mapped[float] = mapped_column(Float)
    step: Mapped[str]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str | None]
    error: Mapped[str | None]


class Schedule(Base):
    """When a schedule last had its work begun."""

    __tablename__ = "schedules"
    name: Mapped[str] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]
