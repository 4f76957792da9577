"""Checkouts as columns, without a moment, and which of them are abandoned at one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentry.engines.base import FactSource
from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Dates, Numbers
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.groups import matched, spread
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.moments import MICROSECOND
from segmentry.engines.live.orders import Orders
from segmentry.engines.live.standing import Standing
from segmentry.facts.checkouts import ABANDONED_AFTER
from segmentry.facts.tables import CHECKOUTS


@dataclass(frozen=True, slots=True, eq=False)
class Checkouts:
    """The checkouts of customers, by customer and time: whose, when last active, and the
    rest of their rows."""

    owners: Whole
    at: Whole
    table: pa.Table

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.owners)

    def keys(self) -> Keys:
        """Their ids."""
        return Keys(self.table.column("checkout_id").combine_chunks())

    @property
    def value(self) -> Numbers:
        """What each would have cost."""
        return reading.numbers(self.table.column("value"))

    def of(self, customers: Whole) -> tuple[Checkouts, Whole]:
        """Those of some customers, in order; and their rows."""
        rows, owners = spread(self.owners, customers)
        return Checkouts(owners, self.at[rows], self.table.take(pa.array(rows))), rows


@dataclass(frozen=True, slots=True, eq=False)
class Became:
    """The orders that checkouts became: each one's own, and those of its cart.

    They can be orders of other customers. `own` is the row among `orders` of a checkout's
    order; `elsewhere` is true for one whose order no customer has. `of_cart` pairs
    checkouts, in order, with such rows.
    """

    orders: Orders
    own: Whole
    elsewhere: Mask
    of_cart: tuple[Whole, Whole]

    def of(self, checkouts: Whole) -> Became:
        """The same for some checkouts."""
        pairs, which = spread(self.of_cart[0], checkouts)
        own, cart = self.own[checkouts], self.of_cart[1][pairs]
        needed = np.unique(np.concatenate([own[own != NONE], cart]))
        place = np.where(own == NONE, NONE, np.searchsorted(needed, own))
        return Became(
            self.orders.taken(needed),
            place,
            self.elsewhere[checkouts],
            (which, np.searchsorted(needed, cart)),
        )


def read_checkouts(facts: FactSource, customers: Customers) -> Checkouts:
    """All checkouts of the customers."""
    table = facts.read(CHECKOUTS)
    owners = customers.keys.rows_of(table.column("customer_id"))
    at = reading.dates(table.column("last_active_at")).at
    rows = reading.in_order(owners, at, table.column("checkout_id"))
    return Checkouts(owners[rows], at[rows], table.take(pa.array(rows)))


def orders_of(checkouts: Checkouts, orders: Orders, keys: Keys, facts: FactSource) -> Became:
    """The orders that the checkouts became, or others of the same cart did; `keys` are the
    ids of the orders."""
    named = checkouts.table.column("order_id")
    own = keys.rows_of(named)
    everything = facts.read(CHECKOUTS)
    carts = Keys(everything.column("cart_id").drop_null().unique())
    order = keys.rows_of(everything.column("order_id"))
    cart = carts.rows_of(everything.column("cart_id"))
    known = np.flatnonzero((order != NONE) & (cart != NONE))
    mine = carts.rows_of(checkouts.table.column("cart_id"))
    having = np.flatnonzero(mine != NONE)
    one, other = matched((mine[having], having * 0), (cart[known], known * 0))
    elsewhere = np.asarray(named.is_valid()) & (own == NONE)
    return Became(orders, own, elsewhere, (having[one], order[known[other]]))


def abandoned(
    checkouts: Checkouts, became: Became, standing: Standing, last_order: Dates, until: int
) -> Mask:
    """Which are abandoned: quiet long enough, no order themselves, and no order since.

    `standing` is that of the orders they became, `last_order` of each customer.
    """
    at = checkouts.at
    quiet = at + ABANDONED_AFTER // MICROSECOND <= until
    closed = became.elsewhere | np.append(standing.counts, False)[became.own]
    closed |= last_order.known[checkouts.owners] & (last_order.at[checkouts.owners] >= at)
    rows, orders = became.of_cart
    closed[rows[standing.counts[orders] & (became.orders.ordered_at[orders] >= at[rows])]] = True
    return np.asarray(quiet & ~closed)
