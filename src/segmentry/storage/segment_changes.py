"""How often segments were changed, counted in `app.sqlite` itself.

The count is SQLite's `user_version`, so it is part of the transaction that changes
something, and every process that has the file open sees it for next to nothing.
"""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import Engine
from sqlalchemy.orm import Session

_COUNT = "PRAGMA user_version"


def changes_now(app: Engine) -> int:
    """The count as it is now; waits for nobody who is changing something."""
    with closing(app.raw_connection()) as connection:
        (count,) = connection.cursor().execute(_COUNT).fetchone()
    return int(count)


def changes_in(session: Session) -> int:
    """The count as a transaction sees it."""
    return int(session.connection().exec_driver_sql(_COUNT).scalar_one())


def note_change(session: Session) -> int:
    """Count one more change when the transaction is kept; gives the new count."""
    count = (changes_in(session) + 1) % 2**31
    session.connection().exec_driver_sql(f"{_COUNT} = {count}")
    return count
