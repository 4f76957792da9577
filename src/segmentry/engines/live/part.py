"""Some customers of a store, with all that is theirs, as columns of their own.

They are picked from the columns that were read, without a look at the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import cached_property

import numpy as np
import pyarrow as pa

from segmentry.engines.live.addresses import Places
from segmentry.engines.live.checkouts import Became, Checkouts
from segmentry.engines.live.columns import Coded, Column, Dates, Numbers
from segmentry.engines.live.consent import Acts
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.event_log import EventLog
from segmentry.engines.live.events import Events
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.groups import FEW, spread
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.lines import Lines
from segmentry.engines.live.orders import Orders, OrderTable
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
    def order_table(self) -> OrderTable:
        """The orders as they were read."""
        orders, rows, _ = self._own_orders
        whole = self._whole.order_table
        return OrderTable(whole.table, whole.rows[rows], orders.owners)

    @cached_property
    def order_days(self) -> Whole:
        """The local day of each order."""
        return self._whole.order_days[self._rows("orders")]

    @cached_property
    def _own_checkouts(self) -> tuple[Checkouts, Whole]:
        return self._whole.checkouts.of(self._ordinals)

    @property
    def checkouts(self) -> Checkouts:
        """The checkouts of the customers."""
        return self._own_checkouts[0]

    @cached_property
    def became(self) -> Became:
        """The orders that the checkouts became, those of other customers too."""
        return self._whole.became.of(self._own_checkouts[1])

    @cached_property
    def events(self) -> EventLog:
        """What the customers did."""
        return _PartOfEvents(self._whole.events, self._ordinals)

    @cached_property
    def places(self) -> Places:
        """Where the customers' addresses are."""
        return self._whole.places.of(self._ordinals)

    @cached_property
    def credits(self) -> tuple[pa.Table, Whole]:
        """Store credit accounts, and whose each is, in order."""
        return self._of_owners(*self._whole.credits)

    @cached_property
    def subscriptions(self) -> tuple[pa.Table, Whole]:
        """Product subscriptions, and whose each is, in order."""
        return self._of_owners(*self._whole.subscriptions)

    def _of_owners(self, table: pa.Table, owners: Whole) -> tuple[pa.Table, Whole]:
        rows, own = spread(owners, self._ordinals)
        return table.take(pa.array(rows)), own

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
        """The rows of a column that the whole store keeps. Of few orders one that it does not
        keep yet is read for these alone: somebody may ask about no more than one customer."""
        if name not in self._kept:
            if of == "orders" and not self._whole.keeps(name) and self._few_orders:
                self._kept[name] = read(self)
            else:
                self._kept[name] = self._whole.kept(name, read, of).taken(self._rows(of))
        return self._kept[name]

    @property
    def _few_orders(self) -> bool:
        return FEW * self.orders.size < self._whole.orders.size

    def _rows(self, of: RowsOf) -> Whole:
        """Which rows of the whole store these are."""
        match of:
            case "customers":
                return self._ordinals
            case "orders":
                return self._own_orders[1]
            case "purchases":
                return self._own_purchases[1]
        return spread(self._whole.owners_of(of), self._ordinals)[0]


class _PartOfCustomers(Customers):
    def __init__(self, whole: Customers, ordinals: Whole) -> None:
        self._whole = whole
        self._ordinals = ordinals

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self._ordinals)

    @cached_property
    def keys(self) -> Keys:
        """Their ids, to be looked up."""
        return Keys(self._whole.keys.texts.take(pa.array(self._ordinals)))

    @cached_property
    def ids(self) -> Whole:
        """Their ids, as an array of texts."""
        return self._whole.ids[self._ordinals]

    def among(self, customers: Set[str]) -> Mask:
        """Who is one of some customers; these are few, so each is looked up."""
        return np.fromiter((each in customers for each in self.ids), np.bool_, self.size)

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

    def texts(self, name: str) -> pa.ChunkedArray:
        """A column of texts as it was read, in the order of ordinals."""
        return self._whole.texts(name).take(pa.array(self._ordinals))


class _PartOfEvents(EventLog):
    def __init__(self, whole: EventLog, ordinals: Whole) -> None:
        self._whole = whole
        self._ordinals = ordinals
        self._named = {}
        self._machines = {}
        self._ends = {}

    @cached_property
    def every(self) -> Events:
        """All of them."""
        return self._whole.every.of(self._ordinals)[0]

    def _put_aside(self, names: tuple[str, ...]) -> Events:
        return self._whole.named(*names).of(self._ordinals)[0]

    def _by_machine(self, name: str) -> Mask:
        return self._whole.by_machine(name)[self._rows(name)]

    def _ended_at(self, name: str) -> Whole:
        return self._whole.ends(name)[self._rows(name)]

    def _rows(self, name: str) -> Whole:
        return self._whole.named(name).of(self._ordinals)[1]
