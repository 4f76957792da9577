"""The customers as they are at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from segmentry.engines.reference.consent import ConsentState, consent_state
from segmentry.engines.reference.messages import counts, preferred
from segmentry.engines.reference.orders import Standing, refunded, standing
from segmentry.engines.reference.rows import Checkout, Customer, Event, Order, StoreRows
from segmentry.facts.channels import PREFERENCE_DAYS
from segmentry.facts.checkouts import ABANDONED_AFTER
from segmentry.facts.consent import SUBSCRIBED
from segmentry.facts.events import ACTIVE
from segmentry.facts.orders import OrderRules
from segmentry.facts.store import Store
from segmentry.query.dates import day_start, local_day


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment asked about: `as_of` is now, facts effective up to `until` are known."""

    as_of: datetime
    until: datetime


class Person:
    """One live customer at a moment; everything is computed from rows when it is asked for."""

    def __init__(self, customer: Customer, rows: StoreRows, moment: Moment, store: Store) -> None:
        self.customer = customer
        self.rows = rows
        self.moment = moment
        self.zone: ZoneInfo = store.zone
        self.rules: OrderRules = store.order_rules

    @cached_property
    def placed(self) -> list[Standing]:
        """Orders placed, in order of time."""
        standings = [standing(o, self.moment.until, self.rules) for o in self.customer.orders]
        return [each for each in standings if each is not None]

    @cached_property
    def counting(self) -> list[Standing]:
        """Orders that count, in order of time."""
        return [each for each in self.placed if each.counts]

    @cached_property
    def today(self) -> date:
        """The store's present day."""
        return local_day(self.moment.as_of, self.zone)

    @cached_property
    def order_days(self) -> list[date]:
        """The different days with an order that counts, in order."""
        return sorted({local_day(each.ordered_at, self.zone) for each in self.counting})

    @property
    def gaps(self) -> list[int]:
        """Days from each order day to the next."""
        days = self.order_days
        return [(later - earlier).days for earlier, later in pairwise(days)]

    @cached_property
    def days_since_last_order(self) -> int | None:
        """Calendar days since the latest order that counts."""
        return (self.today - self.order_days[-1]).days if self.order_days else None

    @property
    def last_active(self) -> datetime | None:
        """The latest order that counts, checkout, visit, open or click."""
        carts = (checkout.last_active_at for checkout in self.customer.checkouts)
        seen = (*carts, *self._active)
        known = [moment for moment in seen if moment <= self.moment.until]
        return max(known + [each.ordered_at for each in self.counting], default=None)

    @property
    def _active(self) -> list[datetime]:
        """When the customer was there: visits, opens and clicks, not those of machines."""
        own = (event for event in self.events if event.name in ACTIVE)
        return [event.occurred_at for event in own if counts(event, self.events)]

    @property
    def preferred_channel(self) -> str | None:
        """The channel that the customer clicks on more."""
        start = day_start(self.today - timedelta(PREFERENCE_DAYS), self.zone)
        recent = [event for event in self.events if event.occurred_at >= start]
        subscribed = {"EMAIL": self.email.state, "SMS": self.sms.state}
        reachable = {channel: state == SUBSCRIBED for channel, state in subscribed.items()}
        return preferred(reachable, recent, self.events)

    @cached_property
    def events(self) -> list[Event]:
        """What the customer did, in order of time."""
        until = self.moment.until
        return [event for event in self.customer.events if event.occurred_at <= until]

    @cached_property
    def email(self) -> ConsentState:
        """Consent to e-mail."""
        return self._consent("EMAIL", self.customer.profile["email_key"])

    @cached_property
    def sms(self) -> ConsentState:
        """Consent to text messages."""
        return self._consent("SMS", self.customer.profile["phone"])

    def _consent(self, channel: str, address: str | None) -> ConsentState:
        acts = self.rows.consents.get((channel, address), ()) if address else ()
        return consent_state(acts, self.moment.until)

    @property
    def abandoned(self) -> list[Checkout]:
        """Checkouts still abandoned: quiet long enough, no order themselves, and no order since."""
        return [
            checkout
            for checkout in self.customer.checkouts
            if checkout.last_active_at + ABANDONED_AFTER <= self.moment.until
            and not self._is_order(checkout)
            and not any(at >= checkout.last_active_at for at in self._orders_near(checkout))
        ]

    def _is_order(self, checkout: Checkout) -> bool:
        """Whether it became an order that counts, or one that nobody's orders hold."""
        if checkout.order_id is None:
            return False
        order = self.rows.orders.get(checkout.order_id)
        return order is None or self._counts(order)

    def _counts(self, order: Order) -> bool:
        stands = standing(order, self.moment.until, self.rules)
        return stands is not None and stands.counts

    def _orders_near(self, checkout: Checkout) -> list[datetime]:
        """When orders that count were placed by the same customer or from the same cart."""
        of_cart = self.rows.orders_of_cart.get(checkout.cart_id or "", ())
        counting = [order.ordered_at for order in of_cart if self._counts(order)]
        return [each.ordered_at for each in self.counting] + counting

    @property
    def refunded(self) -> int:
        """Money given back for any order placed, and with no order."""
        until = self.moment.until
        loose = sum(
            refund.amount
            for refund in self.customer.unlinked_refunds
            if refund.refunded_at is None or refund.refunded_at <= until
        )
        return loose + sum(refunded(each.order, until) for each in self.placed)


def first_known(customer: Customer) -> datetime | None:
    """The earliest moment at which anything is known of a customer."""
    moments = [order.ordered_at for order in customer.orders]
    moments += [checkout.last_active_at for checkout in customer.checkouts]
    moments += [event.occurred_at for event in customer.events] + customer.acted_at
    moments += [r.refunded_at for r in customer.unlinked_refunds if r.refunded_at is not None]
    moments += [s["started_at"] for s in customer.subscriptions if s["started_at"] is not None]
    if customer.created_at is not None:
        moments.append(customer.created_at)
    return min(moments, default=None)


def people_at(rows: StoreRows, moment: Moment, store: Store) -> dict[str, Person]:
    """The customers there are at a moment, by id."""
    known = ((customer, first_known(customer)) for customer in rows.customers)
    return {
        customer.customer_id: Person(customer, rows, moment, store)
        for customer, since in known
        if since is None or since <= moment.until
    }
