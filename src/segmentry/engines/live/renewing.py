"""Reads all facts again beside, while questions are answered from what is there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from threading import Thread

import pyarrow as pa

from segmentry.engines.base import FactsBeside
from segmentry.engines.live.asked import AskedPlan
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.layer import Layer
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.store import Store
from segmentry.facts.tables import Table


class _Stopped(Exception):
    """Nobody wants the result any more."""


class Renewal:
    """One reading of all facts, begun when it is made.

    `plans` are answered at a moment once, so that what they need is there when the reading
    takes its place. `changed` are the customers whose facts have changed since, `position` is the
    last import that it reads.
    """

    def __init__(
        self, facts: FactsBeside, store: Store, plans: Iterable[AskedPlan], as_of: datetime
    ) -> None:
        self.changed: set[str] = set()
        self.position = facts.position
        self._facts = facts
        self._store = store
        self._plans = tuple(plans)
        self._as_of = as_of
        self._made: Generation | None = None
        self._stopped = False
        self._thread = Thread(target=self._run, name="renewing columns", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return not self._thread.is_alive()

    @property
    def result(self) -> Generation | None:
        """What was made; None where it could not be."""
        return self._made

    def taken(self) -> Generation | None:
        """The same, which is not kept here: the columns go on reading through this."""
        made, self._made = self._made, None
        return made

    def wait(self) -> None:
        """Until it has ended."""
        self._thread.join()

    def stop(self) -> None:
        """End it; there is no result then."""
        self._stopped = True
        self._facts.interrupt()
        self._thread.join()

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, unless it is to end."""
        self._go_on()
        return self._facts.read(table)

    def _go_on(self) -> None:
        if self._stopped:
            raise _Stopped

    def _run(self) -> None:
        # What there is goes on being right without it, so a failure is not the caller's.
        with suppress(Exception):
            columns = StoreColumns(self, self._store.zone)
            made = Generation.first(Layer(columns, self._store.order_rules), self._store)
            for plan in self._plans:
                self._go_on()
                made.at(self._as_of).members(plan)
            self._facts.go_on()
            self._made = made
