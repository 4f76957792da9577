"""Consent on one channel: the acts that hold, and each person's state at a moment.

Whether an act holds does not depend on the moment. Acts follow one another in the order
people made them; at one moment a withdrawal is the later. An import can lower consent,
and can raise it only where nothing is on record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded, Dates, Words
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.exact import Mask, Whole
from segmentry.facts.attributes.consent import STATES

UNKNOWN = STATES.index("NOT_SUBSCRIBED")
SUBSCRIBED = STATES.index("SUBSCRIBED")


@dataclass(frozen=True, slots=True, eq=False)
class Acts:
    """The acts that hold on one channel, sorted by customer and time.

    `state` is a place among `words`; `subscribed_at` the moment from which the customer
    had been subscribed by then, where the act leaves them subscribed.
    """

    owners: Whole
    acted_at: Whole
    state: Whole
    subscribed_at: Whole
    words: Words
    size: int

    def at(self, until: int) -> tuple[Coded, Dates]:
        """Each customer's state as of a moment, and since when they are subscribed."""
        last = np.full(self.size, NONE)
        rows = np.flatnonzero(self.acted_at <= until)
        last[self.owners[rows]] = rows  # of several the last one stays
        state = np.append(self.state, UNKNOWN)[last]
        since = np.append(self.subscribed_at, 0)[last]
        return Coded(state, self.words), Dates(since, state == SUBSCRIBED)


def read_acts(table: pa.Table, owners: Whole, customers: Customers, channel: str) -> Acts:
    """The acts of a channel for the address that the customer has now."""
    address = customers.texts("email_key" if channel == "EMAIL" else "phone")
    own = pc.equal(table.column("address_key"), address.take(pa.array(owners)))
    mine = np.asarray(pc.and_(pc.equal(table.column("channel"), channel), own).fill_null(False))
    table, owners = table.filter(pa.array(mine)), owners[mine]
    acted_at = reading.dates(table.column("acted_at")).at
    words, state = _states(table)
    order = np.lexsort((state != SUBSCRIBED, acted_at, owners))
    imported = np.asarray(pc.starts_with(table.column("source"), "import").fill_null(False))
    holds = order[_holding(owners[order], state[order], imported[order])]
    owners, acted_at, state = owners[holds], acted_at[holds], state[holds]
    since = acted_at[_run_starts(owners, state)] if len(owners) else acted_at
    return Acts(owners, acted_at, state, since, words, customers.size)


def _states(table: pa.Table) -> tuple[Words, Whole]:
    """The states there are, those the catalogue knows first, and each act's place there."""
    column = table.column("state")
    words = tuple(dict.fromkeys((*STATES, *column.unique().to_pylist())))
    return Words(words), reading.rows_of(column, pa.array(words))


def _holding(owners: Whole, state: Whole, imported: Mask) -> Whole:
    """Which acts hold: all but imports that would raise consent after an earlier act."""
    first = _starts(owners)
    return np.flatnonzero(first | ~imported | (state != SUBSCRIBED))


def _run_starts(owners: Whole, state: Whole) -> Whole:
    """For each act the row at which its customer's run of the same state began."""
    starts = _starts(owners) | np.append(True, state[1:] != state[:-1])
    rows = np.arange(len(owners))
    return np.maximum.accumulate(np.where(starts, rows, 0))


def _starts(owners: Whole) -> Mask:
    """Where another customer's rows begin."""
    return np.append(True, owners[1:] != owners[:-1])[: len(owners)]
