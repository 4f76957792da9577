"""The tables of jobs: work that is to be done, and when schedules last began some."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from segmentry.storage.app_db import Base


class Job(Base):
    """One piece of work. Its `key`, if it has one, is its `open_key` while it is not ended, and
    then that of no other.

    That of the lowest `rank` goes first, as the index is read; a priority is the other way round.
    Whoever works on it is its `owner` until `lease_until`; after that anybody may take it.
    `attempts` is how often it was ever begun: together with the owner it names a lease.
    `failures` and `interruptions` are how many of these went wrong since a person last had it
    tried. `arguments` and `result` are JSON.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("open_key"),
        Index("jobs_next", "state", "rank", "run_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    arguments: Mapped[str]
    key: Mapped[str | None]
    open_key: Mapped[str | None]
    state: Mapped[str]
    rank: Mapped[int]
    run_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0)
    most_attempts: Mapped[int]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    cancelling: Mapped[bool] = mapped_column(default=False)
    share: Mapped[float] = mapped_column(Float, default=0.0)
    step: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str | None]
    error: Mapped[str | None]


class Schedule(Base):
    """When a schedule last had its work begun."""

    __tablename__ = "schedules"
    name: Mapped[str] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]
