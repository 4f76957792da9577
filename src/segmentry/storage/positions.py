"""The one sequence of all that changes facts: imports and messages, each with its position.

Positions follow each other without a gap, and none is given twice: the count is kept beside
what it counts, so it survives that messages are moved to the archive.
"""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from segmentry.storage.journal_tables import Counter

POSITION = "position"


def take_positions(session: Session, count: int) -> int:
    """The first of so many positions, which are the caller's if the transaction is kept."""
    return add_to(session, POSITION, count) - count + 1


def last_position(session: Session) -> int:
    """The last position that was given; 0 before the first."""
    return counted(session, POSITION)


def add_to(session: Session, name: str, count: int) -> int:
    """A counter after so many more."""
    value = counted(session, name) + count
    changed = update(Counter).where(Counter.name == name).values(value=value)
    if not session.connection().execute(changed).rowcount:
        session.connection().execute(insert(Counter).values(name=name, value=value))
    return value


def counted(session: Session, name: str) -> int:
    """A counter as it is; 0 before it was first added to."""
    rows = session.connection().execute(select(Counter.value).where(Counter.name == name))
    return rows.scalar() or 0
