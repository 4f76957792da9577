"""Some customers of a store, with all that is theirs, as columns of their own.

They are picked from the columns that were read, without a look at the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from segmentry.engines.live.columns import Coded, Column, Dates, Numbers
from segmentry.engines.live.consent import Acts
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.groups import spread
from segmentry.engines.live.lines import Lines
from segmentry.engines.live.orders import Orders
from segmentry.engines.live.purchases import Purchases
from segmentry.engines.live.store import RowsOf, StoreColumns


class Part(StoreColumns):
    """The customers of a store whose ordinals these are, in order."""

    def __init__(self, whole: StoreColumns, ordinals: Whole) -> None:
        self.zone = whole.zone
        self.customers = _PartOfCustomers(whole.customers, ordinals)
        self._whole = whole
        self._ordinals = ordinals
        self._kept = {}
        self._acts = {}

    @cached_property
    def _own_orders(self) -> tuple[Orders, Whole, Whole]:
        return self._whole.orders.of(self._ordinals)

    @property
    def orders(self) -> Orders:
        """Orders with their refunds."""
        return self._own_orders[0]

    @cached_property
    def order_days(self) -> Whole:
        """The local day of each order."""
        return self._whole.order_days[self._rows("orders")]

    @cached_property
    def checkouts(self) -> tuple[Whole, Whole]:
        """Whose each checkout is, and when it was last active."""
        owners, moments = self._whole.checkouts
        rows, own = spread(owners, self._ordinals)
        return own, moments[rows]

    @cached_property
    def visits(self) -> tuple[Whole, Whole]:
        """Whose each visit, open or click is, and when it was."""
        owners, moments = self._whole.visits
        own = np.full(self._whole.customers.size, -1)
        own[self._ordinals] = np.arange(len(self._ordinals))
        rows = np.flatnonzero(own[owners] >= 0)
        return own[owners[rows]], moments[rows]

    @cached_property
    def lines(self) -> Lines:
        """The lines of the orders."""
        revenue = self._whole.lines.revenue[self._rows("orders")]
        return Lines(revenue, self._own_purchases[0])

    @cached_property
    def _own_purchases(self) -> tuple[Purchases, Whole]:
        orders, rows, refund_rows = self._own_orders
        return self._whole.lines.purchases.of(rows, orders.refunds, refund_rows)

    @cached_property
    def first_known(self) -> Dates:
        """The earliest moment at which anything is known of each customer."""
        return self._whole.first_known.taken(self._ordinals)

    def acts(self, channel: str) -> Acts:
        """The acts of consent that hold on a channel."""
        if channel not in self._acts:
            self._acts[channel] = self._whole.acts(channel).of(self._ordinals)
        return self._acts[channel]

    def kept(
        self, name: str, read: Callable[[StoreColumns], Column], of: RowsOf = "customers"
    ) -> Column:
        """The rows of a column that the whole store keeps."""
        if name not in self._kept:
            self._kept[name] = self._whole.kept(name, read, of).taken(self._rows(of))
        return self._kept[name]

    def _rows(self, of: RowsOf) -> Whole:
        """Which rows of the whole store these are."""
        match of:
            case "customers":
                return self._ordinals
            case "orders":
                return self._own_orders[1]
            case "purchases":
                return self._own_purchases[1]


class _PartOfCustomers(Customers):
    def __init__(self, whole: Customers, ordinals: Whole) -> None:
        self._whole = whole
        self._ordinals = ordinals

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self._ordinals)

    @cached_property
    def ids(self) -> Whole:
        """Their ids, as an array of texts."""
        return self._whole.ids[self._ordinals]

    @cached_property
    def internal(self) -> Mask:
        """Staff and tests."""
        return self._whole.internal[self._ordinals]

    def coded(self, name: str) -> Coded:
        """A column of texts."""
        return self._whole.coded(name).taken(self._ordinals)

    def numbers(self, name: str) -> Numbers:
        """A column of whole numbers."""
        return self._whole.numbers(name).taken(self._ordinals)

    def dates(self, name: str) -> Dates:
        """A column of moments or days."""
        return self._whole.dates(name).taken(self._ordinals)
