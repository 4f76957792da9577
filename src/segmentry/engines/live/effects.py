"""When facts take effect: between two such moments nothing known of a customer changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segmentry.engines.live.columns import NONE
from segmentry.engines.live.consent import Acts
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.groups import spread
from segmentry.engines.live.moments import MICROSECOND
from segmentry.engines.live.standing import REFUNDED
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.checkouts import ABANDONED_AFTER

FIRST, LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """The facts that take effect after a moment, in the order of time: when, and of whom."""

    moments: Whole
    customers: Whole

    def by(self, moment: int) -> Whole:
        """The customers of whom one has taken effect by a moment, in order."""
        return np.unique(self.customers[: np.searchsorted(self.moments, moment, "right")])

    def between(self, moment: int) -> tuple[int, int]:
        """The moments of the last one that has taken effect by a moment, and of the next."""
        place = int(np.searchsorted(self.moments, moment, "right"))
        last = int(self.moments[place - 1]) if place else FIRST
        return last, int(self.moments[place]) if place < len(self.moments) else LAST


def later(columns: StoreColumns, moment: int, most: int) -> Later | None:
    """The facts that take effect after a moment; None where they are more than `most`."""
    moments, customers, count = [], [], 0
    for owners, effects in _effects(columns, moment):
        rows = np.flatnonzero(effects > moment)
        count += len(rows)
        if count > most:
            return None
        moments.append(effects[rows])
        customers.append(owners[rows])
    order = np.argsort(all_moments := np.concatenate(moments), kind="stable")
    return Later(all_moments[order], np.concatenate(customers)[order])


def _effects(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    """Whose facts they are, and when they take effect; of acts only those after a moment."""
    orders, known = columns.orders, columns.first_known
    yield np.flatnonzero(known.known), known.at[known.known]
    yield orders.owners, orders.ordered_at
    cancelled = np.flatnonzero(orders.cancelled_at.known)
    yield orders.owners[cancelled], orders.cancelled_at.at[cancelled]
    refunded = np.flatnonzero(orders.state == REFUNDED)
    yield orders.owners[refunded], orders.refunded_from[refunded]
    yield orders.refunds.owners, orders.refunds.effective_at
    yield columns.visits
    carts, active_at = columns.checkouts
    yield carts, active_at
    yield carts, active_at + ABANDONED_AFTER // MICROSECOND
    yield _acting(columns.acts("EMAIL"), since)
    yield _acting(columns.acts("SMS"), since)


def _acting(acts: Acts, since: int) -> tuple[Whole, Whole]:
    """An act changes every customer who has its address."""
    new = np.flatnonzero(acts.acted_at > since)
    having = np.flatnonzero(acts.address_of != NONE)
    having = having[np.argsort(acts.address_of[having], kind="stable")]
    rows, of = spread(acts.address_of[having], acts.addresses[new])
    return having[rows], acts.acted_at[new[of]]
