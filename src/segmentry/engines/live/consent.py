"""Consent on one channel: the acts that hold, and each address's state at a moment.

Whether an act holds does not depend on the moment. Acts follow one another in the order
people made them, to the second; in one second the one that allows least is the last. An
import can lower consent, and can raise it only where nothing is on record.
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
from segmentry.engines.live.groups import spread
from segmentry.engines.live.keys import Keys
from segmentry.facts.consent import BY_ALLOWANCE, SUBSCRIBED, UNKNOWN

_SECOND = 1_000_000
SUBSCRIBED_PLACE, UNKNOWN_PLACE = map(BY_ALLOWANCE.index, (SUBSCRIBED, UNKNOWN))
"""Where these stand among the states."""


@dataclass(frozen=True, slots=True, eq=False)
class Acts:
    """The acts that hold on one channel, sorted by address and time.

    `state` is a place among `words`; `subscribed_at` the moment from which the address
    had been subscribed by then, where the act leaves it subscribed. `address_of` has the
    address of each customer, by the number that `addresses` names it with, NONE for none.
    """

    addresses: Whole
    acted_at: Whole
    state: Whole
    subscribed_at: Whole
    words: Words
    address_of: Whole

    def of(self, customers: Whole) -> Acts:
        """The acts for the addresses of some customers."""
        address_of = self.address_of[customers]
        addresses = np.unique(address_of[address_of != NONE])
        rows, which = spread(self.addresses, addresses)
        own = np.searchsorted(addresses, address_of)
        return Acts(
            which,
            self.acted_at[rows],
            self.state[rows],
            self.subscribed_at[rows],
            self.words,
            np.where(address_of == NONE, NONE, own),
        )

    def at(self, until: int) -> tuple[Coded, Dates]:
        """Each customer's state as of a moment, and since when they are subscribed."""
        count = max(self.address_of.max(initial=NONE), self.addresses.max(initial=NONE)) + 1
        last = np.full(count + 1, NONE)  # the last place is that of no address
        rows = np.flatnonzero(self.acted_at <= until)
        last[self.addresses[rows]] = rows  # of several the last one stays
        act = last[self.address_of]
        state = np.append(self.state, UNKNOWN_PLACE)[act]
        since = np.append(self.subscribed_at, 0)[act]
        return Coded(state, self.words), Dates(since, state == SUBSCRIBED_PLACE)


def read_acts(table: pa.Table, customers: Customers, channel: str) -> Acts:
    """The acts of a channel for the addresses that customers have now, whoever made them."""
    address = customers.texts("email_key" if channel == "EMAIL" else "phone")
    encoded = address.combine_chunks().dictionary_encode()
    known = Keys(encoded.dictionary)
    table = table.filter(pc.equal(table.column("channel"), channel))
    table, addresses = reading.owned(table, "address_key", known)
    acted_at = reading.dates(table.column("acted_at")).at
    words, state = _states(table)
    order = np.lexsort((acted_at, state, acted_at // _SECOND, addresses))
    imported = np.asarray(pc.starts_with(table.column("source"), "import").fill_null(False))
    holds = order[_holding(addresses[order], state[order], imported[order])]
    addresses, acted_at, state = addresses[holds], acted_at[holds], state[holds]
    since = acted_at[_run_starts(addresses, state)] if len(addresses) else acted_at
    return Acts(
        addresses,
        acted_at,
        state,
        since,
        words,
        encoded.indices.cast(pa.int64()).fill_null(NONE).to_numpy(),
    )


def _states(table: pa.Table) -> tuple[Words, Whole]:
    """The states by what they allow, and each act's place among them."""
    column, words = table.column("state"), BY_ALLOWANCE
    return Words(words), Keys(pa.array(words)).rows_of(column)


def _holding(owners: Whole, state: Whole, imported: Mask) -> Whole:
    """Which acts hold: all but imports that would raise consent after an earlier act."""
    first = _starts(owners)
    return np.flatnonzero(first | ~imported | (state != SUBSCRIBED_PLACE))


def _run_starts(owners: Whole, state: Whole) -> Whole:
    """For each act the row at which its address's run of the same state began."""
    starts = _starts(owners) | np.append(True, state[1:] != state[:-1])
    rows = np.arange(len(owners))
    return np.maximum.accumulate(np.where(starts, rows, 0))


def _starts(owners: Whole) -> Mask:
    """Where another owner's rows begin."""
    return np.append(True, owners[1:] != owners[:-1])[: len(owners)]
