"""When facts take effect: between two such moments nothing known of a customer changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

import numpy as np

from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE
from segmentry.engines.live.consent import Acts
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.groups import spread
from segmentry.engines.live.moments import MICROSECOND
from segmentry.engines.live.orders import Orders
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
    closing = _closing(columns)
    for rows, moments in of_orders(columns.became.orders):
        yield _joined(*closing, rows, moments)
    yield from own_effects(columns, since)


def own_effects(
    columns: StoreColumns, since: int, tables: Set[str] | None = None
) -> Iterator[tuple[Whole, Whole]]:
    """The same without orders of others, which can close a checkout; of some tables, or all."""
    for name, of_table in _OF_TABLES.items():
        if tables is None or name in tables:
            yield from of_table(columns, since)


class NextEffects:
    """When the facts of each table next take effect, looked for once until they do."""

    def __init__(self, columns: StoreColumns) -> None:
        self._columns = columns
        self._between: dict[str, tuple[int, int]] = {}

    def after(self, table: str, moment: int) -> int:
        """The first moment after one at which a fact of a table takes effect; LAST for none."""
        since, until = self._between.get(table, (LAST, FIRST))
        if not since <= moment < until:
            until = min(self._found(table, moment), default=LAST)
            self._between[table] = moment, until
        return until

    def _found(self, table: str, moment: int) -> Iterator[int]:
        if table in _OF_TABLES:
            for _, moments in _OF_TABLES[table](self._columns, moment):
                yield int(moments.min(initial=LAST, where=moments > moment))


def _of_customers(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    known = columns.first_known
    yield np.flatnonzero(known.known), known.at[known.known]


def _of_refunds(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    """Refunds of no order; the others are with their orders."""
    refunds = columns.orders.refunds
    loose = np.flatnonzero(refunds.orders == NONE)
    yield refunds.owners[loose], refunds.effective_at[loose]


def _of_orders(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    for rows, moments in of_orders(columns.orders):
        yield columns.orders.owners[rows], moments


def _of_events(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    yield columns.events.every.owners, columns.events.every.at


def _of_checkouts(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    checkouts = columns.checkouts
    yield checkouts.owners, checkouts.at
    yield checkouts.owners, checkouts.at + ABANDONED_AFTER // MICROSECOND


def _of_subscriptions(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    subscriptions, owners = columns.subscriptions
    for name in ("started_at", "ended_at"):
        dates = reading.dates(subscriptions.column(name))
        yield owners[dates.known], dates.at[dates.known]


def _of_consents(columns: StoreColumns, since: int) -> Iterator[tuple[Whole, Whole]]:
    yield _acting(columns.acts("EMAIL"), since)
    yield _acting(columns.acts("SMS"), since)


_OF_TABLES: dict[str, Callable[[StoreColumns, int], Iterator[tuple[Whole, Whole]]]] = {
    "customers": _of_customers,
    "refunds": _of_refunds,
    "orders": _of_orders,
    "events": _of_events,
    "checkouts": _of_checkouts,
    "subscriptions": _of_subscriptions,
    "consents": _of_consents,
}
"""Whose facts of a table they are, and when they take effect; other tables have no dates."""


def of_orders(orders: Orders) -> Iterator[tuple[Whole, Whole]]:
    """Rows of orders, and when something becomes of them."""
    yield np.arange(orders.size), orders.ordered_at
    cancelled = np.flatnonzero(orders.cancelled_at.known)
    yield cancelled, orders.cancelled_at.at[cancelled]
    refunded = np.flatnonzero(orders.state == REFUNDED)
    yield refunded, orders.refunded_from[refunded]
    linked = orders.refunds.linked
    yield orders.refunds.orders[linked], orders.refunds.effective_at[linked]


def _closing(columns: StoreColumns) -> tuple[Whole, Whole]:
    """Orders, in order, that close a checkout of somebody else, and whose checkout it is; where
    customers were picked, of themselves as well."""
    became, owners = columns.became, columns.checkouts.owners
    own = np.flatnonzero(became.own != NONE)
    orders = np.concatenate([became.own[own], became.of_cart[1]])
    customers = owners[np.concatenate([own, became.of_cart[0]])]
    if became.orders is columns.orders:
        others = columns.orders.owners[orders] != customers
        orders, customers = orders[others], customers[others]
    order = np.argsort(orders, kind="stable")
    return orders[order], customers[order]


def _joined(keys: Whole, customers: Whole, wanted: Whole, moments: Whole) -> tuple[Whole, Whole]:
    """The customers of the wanted keys, of which each has a moment; keys are in order."""
    rows, of = spread(keys, wanted)
    return customers[rows], moments[of]


def _acting(acts: Acts, since: int) -> tuple[Whole, Whole]:
    """An act changes every customer who has its address."""
    new = np.flatnonzero(acts.acted_at > since)
    having = np.flatnonzero(acts.address_of != NONE)
    having = having[np.argsort(acts.address_of[having], kind="stable")]
    return _joined(acts.address_of[having], having, acts.addresses[new], acts.acted_at[new])
