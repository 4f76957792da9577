"""The tables of erasure in `app.sqlite`: who was erased, as hashes alone, and what of their
addresses still counts; and when records were taken away because of their age."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from segmentry.storage.app_db import Base
from segmentry.storage.journal_tables import PLACE


class Erasure(Base):
    """One person's erasure. `pending` is JSON of what is theirs, while it is not ended; nothing
    up to `position` is about them then."""

    __tablename__ = "erasures"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    requested_at: Mapped[datetime | None]
    erased_at: Mapped[datetime]
    reason: Mapped[str]
    pending: Mapped[str | None]
    position: Mapped[int] = mapped_column(PLACE)


class ErasedPerson(Base):
    """The keyed hash of something a person was known by: `kind` is customer, email or phone."""

    __tablename__ = "erased_people"
    hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(ForeignKey("erasures.number"), index=True)


class Suppression(Base):
    """An opt-out that outlives whoever made it: of an address, known by its hash."""

    __tablename__ = "suppressions"
    hash: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    acted_at: Mapped[datetime]
    number: Mapped[int] = mapped_column(ForeignKey("erasures.number"))


class AgedOut(Base):
    """Events of one kind that were taken away because they were older than is kept."""

    __tablename__ = "aged_out"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    before: Mapped[datetime]
    rows: Mapped[int]
