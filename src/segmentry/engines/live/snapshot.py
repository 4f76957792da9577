"""The customers as the facts known by one moment show them, one place an ordinal.

Each column is made when it is first asked for, and shared by all conditions on it. None
depends on what day it is, so all hold until the next fact takes effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from segmentry.engines.live.checkouts import abandoned
from segmentry.engines.live.columns import Coded, Dates, dated
from segmentry.engines.live.exact import Mask, Whole, count_by, total_by
from segmentry.engines.live.groups import grouped
from segmentry.engines.live.standing import Standing, standing
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.field import Attribute, Population
from segmentry.facts.orders import OrderRules


class Snapshot:
    """What is known by a moment: facts effective up to `until`, in microseconds."""

    def __init__(self, columns: StoreColumns, until: int, rules: OrderRules) -> None:
        self.columns = columns
        self.customers = columns.customers
        self.rules = rules
        self.size = columns.customers.size
        self.until = until

    @cached_property
    def live(self) -> Mask:
        """The customers there are."""
        known = self.columns.first_known
        return ~known.known | (known.at <= self.until)

    # -- orders ---------------------------------------------------------------------

    @cached_property
    def standing(self) -> Standing:
        """The orders, as they stand."""
        return standing(self.columns.orders, self.until, self.rules)

    @cached_property
    def counting(self) -> Whole:
        """The rows of orders that count."""
        return np.flatnonzero(self.standing.counts)

    @cached_property
    def buyers(self) -> Whole:
        """Whose each counting order is."""
        return self.columns.orders.owners[self.counting]

    @cached_property
    def number_of_orders(self) -> Whole:
        """Counting orders of each customer."""
        return count_by(self.buyers, self.size)

    @cached_property
    def bought(self) -> Mask:
        """Customers with a counting order."""
        return self.number_of_orders > 0

    @cached_property
    def amount_spent(self) -> Whole:
        """What each customer's counting orders brought; unknown amounts bring nothing."""
        money = self.standing.money
        return self.total(np.where(money.known, money.top, 0))

    def total(self, values: Whole) -> Whole:
        """The sum over each customer's counting orders of a value for every order row."""
        return total_by(self.buyers, values[self.counting], self.size)

    @cached_property
    def first_order(self) -> Dates:
        """When each customer first ordered."""
        ordered_at = self.columns.orders.ordered_at[self.counting]
        return self.customers.earliest(self.buyers, dated(ordered_at))

    @cached_property
    def last_order(self) -> Dates:
        """When each customer last ordered."""
        return self.customers.latest(self.buyers, self.columns.orders.ordered_at[self.counting])

    # -- days with an order -----------------------------------------------------------

    @cached_property
    def order_days(self) -> tuple[Whole, Whole]:
        """Customer and day of every different day with a counting order, sorted by both."""
        rows = self.counting
        owners, days = self.columns.orders.owners[rows], self.columns.order_days[rows]
        different, _ = grouped(owners, days)
        return owners[different], days[different]

    @cached_property
    def last_order_day(self) -> Whole:
        """The latest order day; 0 for those who never ordered."""
        owners, days = self.order_days
        last = np.zeros(self.size, np.int64)
        last[owners] = days  # of several the last one stays
        return last

    @cached_property
    def gaps(self) -> tuple[Whole, Whole]:
        """How many gaps there are between a customer's order days, and their days together."""
        owners, days = self.order_days
        first = np.zeros(self.size, np.int64)
        first[owners[::-1]] = days[::-1]
        return np.maximum(0, count_by(owners, self.size) - 1), self.last_order_day - first

    # -- other activity ---------------------------------------------------------------

    @cached_property
    def last_active(self) -> Dates:
        """The latest order that counts, checkout, visit, open or click."""
        checkouts, (visitors, visited_at) = self.columns.checkouts, self.columns.events.active
        owners = np.concatenate([checkouts.owners, visitors])
        moments = np.concatenate([checkouts.at, visited_at])
        past = moments <= self.until
        ordered_at = self.columns.orders.ordered_at[self.counting]
        return self.customers.latest(
            np.concatenate([owners[past], self.buyers]),
            np.concatenate([moments[past], ordered_at]),
        )

    @cached_property
    def abandoned(self) -> Mask:
        """Which checkouts are still abandoned."""
        became = self.columns.became
        stands = self.standing
        if became.orders is not self.columns.orders:
            stands = standing(became.orders, self.until, self.rules)
        return abandoned(self.columns.checkouts, became, stands, self.last_order, self.until)

    @cached_property
    def last_abandoned(self) -> Dates:
        """When each customer last left a checkout that is still abandoned."""
        rows, checkouts = self.abandoned, self.columns.checkouts
        return self.customers.latest(checkouts.owners[rows], checkouts.at[rows])

    @cached_property
    def given_back(self) -> Whole:
        """The refund rows effective by now, of orders placed and of none."""
        refunds = self.columns.orders.refunds
        placed = np.append(self.standing.placed, True)[refunds.orders]
        return np.flatnonzero(placed & (refunds.effective_at <= self.until))

    @cached_property
    def refunded(self) -> Whole:
        """Money given back to each customer, for orders placed and for none."""
        refunds, rows = self.columns.orders.refunds, self.given_back
        return total_by(refunds.owners[rows], refunds.amount[rows], self.size)

    @cached_property
    def kept(self) -> tuple[Whole, Whole]:
        """Units and money of every purchase, less what was given back."""
        return self.columns.lines.purchases.kept(self.until)

    @cached_property
    def purchased(self) -> Mask:
        """Purchases of orders that count, of which at least one unit was kept."""
        return self.standing.counts[self.columns.lines.purchases.orders] & (self.kept[0] > 0)

    @cached_property
    def email(self) -> tuple[Coded, Dates]:
        """Consent to e-mail, and since when."""
        return self.columns.acts("EMAIL").at(self.until)

    @cached_property
    def sms(self) -> tuple[Coded, Dates]:
        """Consent to text messages, and since when."""
        return self.columns.acts("SMS").at(self.until)

    # -- the store --------------------------------------------------------------------

    @cached_property
    def buying(self) -> Mask:
        """Customers with a counting order, staff and tests left out."""
        return self.live & self.bought & ~self.customers.internal

    def population(self, attribute: Attribute) -> Mask:
        """Who takes part in ranks and averages of an attribute."""
        if attribute.population is Population.CUSTOMERS:
            return self.live & ~self.customers.internal
        return self.buying


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """A snapshot, and which of its customers it holds for; `ordinals` are these customers
    among those of the store, where it is not of all."""

    snapshot: Snapshot
    holds: Mask
    ordinals: Whole | None = None

    def among(self, customers: Mask) -> Share:
        """The share for those alone who are among some customers of the store."""
        own = customers if self.ordinals is None else customers[self.ordinals]
        return Share(self.snapshot, self.holds & own, self.ordinals)
