"""Moments as people type them, on command lines and in addresses."""

from __future__ import annotations

import re
from datetime import date, datetime

from segmentry.base.errors import UserError

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)", re.ASCII)
"""ISO 8601 has shorter forms, which are too easily meant otherwise: 20240131 is no day here."""


def parse_moment(text: str | None) -> datetime | date | None:
    """A moment as people type it: 2024-01-31 (the whole day) or 2024-01-31T16:00:00."""
    if text is None:
        return None
    from segmentry.query.dates import FIRST_DAY, LAST_DAY  # the command line starts without

    wrong = UserError(f"'{text}' is not a moment. Write 2024-01-31 or 2024-01-31T16:00:00.")
    if not _WRITTEN.match(text):
        raise wrong
    try:
        moment = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise wrong from None
    if not FIRST_DAY.year <= moment.year <= LAST_DAY.year:
        raise UserError(f"Moments to ask about lie between {FIRST_DAY} and {LAST_DAY}.")
    return moment
