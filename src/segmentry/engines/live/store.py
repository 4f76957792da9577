"""All facts of one store as columns; what is large is read when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal, TypeAlias, assert_never
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from segmentry.engines.base import FactSource
from segmentry.engines.live import reading
from segmentry.engines.live.addresses import Places, read_places
from segmentry.engines.live.checkouts import Became, Checkouts, orders_of, read_checkouts
from segmentry.engines.live.columns import NONE, Column, Dates, dated
from segmentry.engines.live.consent import Acts, read_acts
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.days import local_days
from segmentry.engines.live.event_log import EventLog
from segmentry.engines.live.exact import Whole, count_by
from segmentry.engines.live.groups import FEW, Index, grouped, ranges
from segmentry.engines.live.lines import Lines, read_lines
from segmentry.engines.live.orders import Orders, OrderTable, read_order_table, read_orders
from segmentry.facts.tables import CONSENTS, CREDITS, SUBSCRIPTIONS

RowsOf: TypeAlias = (
    Literal["customers", "orders", "purchases", "checkouts", "credits", "events"] | tuple[str, ...]
)
"""What a column has a row for; a tuple stands for the events of these names."""


class StoreColumns:
    """The facts as they were read once; nothing here depends on a moment."""

    def __init__(self, facts: FactSource, zone: ZoneInfo) -> None:
        self.facts = facts
        self.zone = zone
        self.customers = Customers(facts)
        self._acts: dict[str, Acts] = {}
        self._kept: dict[str, Column] = {}

    @cached_property
    def order_table(self) -> OrderTable:
        """The orders as they were read."""
        return read_order_table(self.facts, self.customers)

    @cached_property
    def orders(self) -> Orders:
        """Orders with their refunds."""
        return read_orders(self.facts, self.customers, self.order_table)

    @cached_property
    def order_days(self) -> Whole:
        """The local day of each order."""
        return local_days(self.orders.ordered_at, self.zone)

    @cached_property
    def _by_time(self) -> tuple[Whole, Whole]:
        """When each order was, in order of time, and its row."""
        rows = np.argsort(self.orders.ordered_at)
        return self.orders.ordered_at[rows], rows

    def orders_between(self, start: int, end: int) -> Whole | None:
        """The rows of orders from one moment on, before another; None where they are many."""
        ordered_at, rows = self._by_time
        first, last = np.searchsorted(ordered_at, (start, end))
        return np.sort(rows[first:last]) if FEW * (last - first) < len(rows) else None

    def purchases_of(self, orders: Whole) -> Whole:
        """The rows of what was bought in some orders."""
        starts = self._purchase_starts[orders]
        return ranges(starts, self._purchase_starts[orders + 1] - starts)[0]

    @cached_property
    def _purchase_starts(self) -> Whole:
        """Where the purchases of each order begin and, last, where all end."""
        counts = count_by(self.lines.purchases.orders, self.orders.size)
        return np.append(0, np.cumsum(counts))

    @cached_property
    def checkouts(self) -> Checkouts:
        """The checkouts of the customers."""
        return read_checkouts(self.facts, self.customers)

    @cached_property
    def became(self) -> Became:
        """The orders that the checkouts became."""
        return orders_of(self.checkouts, self.orders, self.order_table.keys(), self.facts)

    @cached_property
    def events(self) -> EventLog:
        """What the customers did."""
        return EventLog(self.facts, self.customers)

    @cached_property
    def places(self) -> Places:
        """Where the customers' addresses are."""
        return read_places(self.customers)

    @cached_property
    def credits(self) -> tuple[pa.Table, Whole]:
        """Store credit accounts, and whose each is, in order."""
        return self.customers.belongings(CREDITS)

    @cached_property
    def subscriptions(self) -> tuple[pa.Table, Whole]:
        """Product subscriptions, and whose each is, in order."""
        return self.customers.belongings(SUBSCRIPTIONS)

    @cached_property
    def consents(self) -> pa.Table:
        """Every act of consent."""
        columns = [column.name for column in CONSENTS.columns if column.name != "proof"]
        return self.facts.read(CONSENTS.only(*columns))

    @cached_property
    def lines(self) -> Lines:
        """The lines of the orders."""
        return read_lines(self.facts, self.orders, self.order_table.keys())

    @cached_property
    def purchasers(self) -> Whole:
        """Whose each purchase is."""
        return self.orders.owners[self.lines.purchases.orders]

    @cached_property
    def bought(self) -> Index:
        """The purchases of each product."""
        product = self.lines.purchases.product
        return Index.of(product.codes, len(product.words.values))

    @cached_property
    def refund_groups(self) -> tuple[Whole, Whole]:
        """Whose each refund is, whatever number of lines it has, and the refund of each line."""
        refunds = self.orders.refunds
        first, groups = grouped(refunds.owners, refunds.refund)
        return refunds.owners[first], groups

    def acts(self, channel: str) -> Acts:
        """The acts of consent that hold on a channel."""
        if channel not in self._acts:
            self._acts[channel] = read_acts(self.consents, self.customers, channel)
        return self._acts[channel]

    def owners_of(self, of: RowsOf) -> Whole:
        """Whose each row is, in order."""
        match of:
            case "customers":
                return np.arange(self.customers.size)
            case "orders":
                return self.orders.owners
            case "purchases":
                return self.purchasers
            case "checkouts":
                return self.checkouts.owners
            case "credits":
                return self.credits[1]
            case "events":
                return self.events.every.owners
            case tuple():
                return self.events.named(*of).owners
        assert_never(of)

    def keeps(self, name: str) -> bool:
        """Whether a column was read under a name."""
        return name in self._kept

    def kept(
        self, name: str, read: Callable[[StoreColumns], Column], of: RowsOf = "customers"
    ) -> Column:
        """A column that does not depend on a moment, read once under its name.

        `of` says what it has a row for.
        """
        if name not in self._kept:
            self._kept[name] = read(self)
        return self._kept[name]

    @cached_property
    def first_known(self) -> Dates:
        """The earliest moment at which anything is known of each customer."""
        refunds = self.orders.refunds
        loose = refunds.orders == NONE
        subscriptions, subscribers = self.subscriptions
        events = self.events.every
        consents, consenting = reading.owned(self.consents, "customer_id", self.customers.keys)
        sources = (
            (np.arange(self.customers.size), self.customers.dates("created_at")),
            (self.orders.owners, dated(self.orders.ordered_at)),
            (self.checkouts.owners, dated(self.checkouts.at)),
            (events.owners, dated(events.at)),
            (subscribers, reading.dates(subscriptions.column("started_at"))),
            (consenting, reading.dates(consents.column("acted_at"))),
            (
                refunds.owners[loose],
                Dates(refunds.dated_at.at[loose], refunds.dated_at.known[loose]),
            ),
        )
        owners = np.concatenate([owner for owner, _ in sources])
        moments = np.concatenate([dates.at for _, dates in sources])
        known = np.concatenate([dates.known for _, dates in sources])
        return self.customers.earliest(owners, Dates(moments, known))
