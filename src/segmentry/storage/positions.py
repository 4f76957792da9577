"""The one sequence of all that changes facts: imports and messages, each with its position.

Positions follow each other without a gap, and none is given twice: the count is kept beside
what it counts, so it survives that messages are moved to the archive.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from segmentry.storage.journal_tables import Counter

POSITION = "position"

SEGMENT = "segment"
"""The counter of segments: its number is the last one that a segment was given."""


def take_positions(connection: Connection, count: int) -> int:
    """The first of so many positions, which are the caller's if the transaction is kept."""
    return add_to(connection, POSITION, count) - count + 1


def last_position(connection: Connection) -> int:
    """The last position that was given; 0 before the first."""
    return counted(connection, POSITION)


def add_to(connection: Connection, name: str, count: int) -> int:
    """A counter after so many more."""
    more = update(Counter).where(Counter.name == name).values(value=Counter.value + count)
    value = connection.execute(more.returning(Counter.value)).scalar()
    if value is None:
        connection.execute(insert(Counter).values(name=name, value=count))
        return count
    return value


def counted(connection: Connection, name: str) -> int:
    """A counter as it is; 0 before it was first added to."""
    return connection.execute(select(Counter.value).where(Counter.name == name)).scalar() or 0
