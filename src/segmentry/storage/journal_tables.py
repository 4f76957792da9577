"""The tables of the journal in `app.sqlite`: live messages, their ids, where compacted ones are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from segmentry.storage.app_db import Base

PLACE = BigInteger().with_variant(Integer, "sqlite")
"""A place in the sequence, which outgrows 32 bits where they are all an Integer has."""


class Counter(Base):
    """A number that only grows, in the transaction that makes it so: the last position given,
    how many ids came again with other content."""

    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(PLACE)


class JournalEntry(Base):
    """One message, by its place in the sequence of all imports and messages.

    `body` is its content as canonical JSON and `digest` the hash of that, `about_at` when its
    source last changed what it tells. `checksum` is over all of it.
    """

    __tablename__ = "journal"
    position: Mapped[int] = mapped_column(PLACE, primary_key=True, autoincrement=False)
    source: Mapped[str]
    message_id: Mapped[str | None]
    received_at: Mapped[datetime]
    about_at: Mapped[datetime]
    body: Mapped[bytes]
    digest: Mapped[bytes]
    checksum: Mapped[int] = mapped_column(BigInteger)


class MessageId(Base):
    """An id that a source gave a message, what the message was, and when it came."""

    __tablename__ = "message_ids"
    __table_args__ = (Index("ix_message_ids_received_at", "received_at"),)
    source: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    position: Mapped[int] = mapped_column(PLACE)
    received_at: Mapped[datetime]


class JournalFile(Base):
    """Messages that follow each other in the sequence and were moved to the archive."""

    __tablename__ = "journal_files"
    first: Mapped[int] = mapped_column(PLACE, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(PLACE)
    sha256: Mapped[str]
    messages: Mapped[int]
