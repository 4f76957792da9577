"""The columns of a workspace from one process to the next."""

from __future__ import annotations

from contextlib import suppress
from zoneinfo import ZoneInfo

from segmentry.engines.base import FactSource, Keeping
from segmentry.engines.live import saving
from segmentry.engines.live.saving import Saved
from segmentry.engines.live.store import StoreColumns

_MORE = 16
"""Columns are saved again when they have grown by one part in so many."""

_CHANGED = 16
"""And read anew where one customer in so many has changed since they were saved."""


class KeptColumns:
    """The file of columns that fits the facts, if there is one, and whether to write another.

    `touched` are the customers whose facts have changed since it was written, `position` the
    import that the columns in use stood at.
    """

    def __init__(self, keeping: Keeping, zone: ZoneInfo, facts: FactSource) -> None:
        self._keeping = keeping
        self._saved = saving.load(keeping.path, facts, keeping.version, zone)
        self.position = keeping.position
        self.touched: frozenset[str] = frozenset()
        if self._saved is not None:
            self._look_over(self._saved)

    def _look_over(self, saved: Saved) -> None:
        """Take what was saved, or leave it where too much has changed since."""
        touched = self._keeping.touched_since(saved.position)
        everybody = None if touched is None else touched.everybody
        if everybody is None or _CHANGED * len(everybody) > saved.columns.customers.size:
            self._saved = None
        else:
            self.position, self.touched = saved.position, everybody

    @property
    def columns(self) -> StoreColumns | None:
        """What was saved, if it can be used."""
        return self._saved.columns if self._saved else None

    def keep(self, columns: StoreColumns) -> None:
        """Save the columns in use, if they are others or have grown. A file that cannot be
        written is nobody's loss: the facts are read again."""
        saved = self._saved
        if saved is not None and saved.position == self.position:
            size = saving.size_of(columns)
            if _MORE * (size - saved.size) <= saved.size:
                return
        with suppress(OSError):
            saving.save(columns, self._keeping.path, self._keeping.version, self.position)
