"""The rows a customer's values are computed from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from segmentry.engines.base import FactSource
from segmentry.facts.metafields import full_name
from segmentry.facts.tables import (
    ADDRESSES,
    ATTRIBUTES,
    CHECKOUT_LINES,
    CHECKOUTS,
    COLLECTIONS,
    COMPANIES,
    CONSENTS,
    CREDITS,
    CUSTOMER_TAGS,
    CUSTOMERS,
    EVENTS,
    ORDER_DISCOUNTS,
    ORDER_LINES,
    ORDER_TAGS,
    ORDERS,
    PRODUCT_SKUS,
    PRODUCT_TAGS,
    PRODUCTS,
    REFUNDS,
    SUBSCRIPTIONS,
    Table,
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; without a moment of its own it counts from its order's."""

    refund_id: str
    refunded_at: datetime | None
    amount: int
    line_number: int | None
    product_id: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as last reported, with its refunds, tags and discounts."""

    order_id: str
    ordered_at: datetime
    state: str
    placed: bool
    cancelled_at: datetime | None
    refunded_at: datetime | None
    paid: int | None
    discount: int | None
    row: Row
    refunds: tuple[Refund, ...]
    tags: frozenset[str]
    discount_codes: frozenset[str]
    discounted: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order."""

    line_number: int
    kind: str
    product_id: str | None
    variant_id: str | None
    sku: str | None
    title: str | None
    quantity: int
    unit_price: int | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class Product:
    """What is known of a product."""

    row: Row
    tags: frozenset[str]
    collections: frozenset[str]


@dataclass(frozen=True, slots=True)
class Consent:
    """One act of consent."""

    state: str
    acted_at: datetime
    source: str | None


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """What was in a cart."""

    product_id: str | None
    variant_id: str | None
    sku: str | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A cart that reached the checkout, and the order it became if it did."""

    checkout_id: str
    last_active_at: datetime
    value: int | None
    cart_id: str | None
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a customer did; `properties` is JSON."""

    event_id: str
    name: str
    occurred_at: datetime
    product_id: str | None
    activity_id: str | None
    properties: str | None

    def with_source(self, id: str) -> str:
        """An id that the event gives, with the source of the event before it."""
        return f"{self.event_id.partition(':')[0]}:{id}"


@dataclass(slots=True)
class Customer:
    """All rows of one customer; `profile` is the row of `customers`."""

    customer_id: str
    profile: Row
    orders: list[Order] = field(default_factory=list)
    unlinked_refunds: list[Refund] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    tags: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()
    acted_at: list[datetime] = field(default_factory=list)
    """When they made acts of consent, for whatever address."""
    metafields: dict[str, str | None] = field(default_factory=dict)
    """Full name to the value as JSON."""
    checkouts: list[Checkout] = field(default_factory=list)
    credits: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """In order of time."""

    @property
    def created_at(self) -> datetime | None:
        """When the source first knew them."""
        created: datetime | None = self.profile["created_at"]
        return created

    @property
    def birth_date(self) -> date | None:
        """Day of birth."""
        born: date | None = self.profile["birth_date"]
        return born

    @property
    def internal(self) -> bool:
        """Staff or test."""
        return bool(self.profile["internal"])


class StoreRows:
    """All rows of a store; what is large is read when it is first asked for."""

    def __init__(self, facts: FactSource) -> None:
        self._facts = facts
        self.customers = _customers(facts)

    @cached_property
    def lines(self) -> dict[str, list[Line]]:
        """The lines of every order, in their order."""
        lines = defaultdict(list)
        names = ("line_number", "kind", "product_id", "variant_id", "sku", "title")
        columns = ("order_id", *names, "quantity", "unit_price", "amount")
        for order_id, *values in _tuples(self._facts, ORDER_LINES, columns):
            lines[order_id].append(Line(*values))
        for found in lines.values():
            found.sort(key=lambda line: line.line_number)
        return dict(lines)

    @cached_property
    def orders(self) -> dict[str, Order]:
        """The orders of all customers by id."""
        return {order.order_id: order for each in self.customers for order in each.orders}

    @cached_property
    def checkout_lines(self) -> dict[str, list[CheckoutLine]]:
        """What was in the cart of every checkout."""
        lines = defaultdict(list)
        columns = ("checkout_id", "product_id", "variant_id", "sku")
        for checkout_id, *values in _tuples(self._facts, CHECKOUT_LINES, columns):
            lines[checkout_id].append(CheckoutLine(*values))
        return dict(lines)

    @cached_property
    def orders_of_cart(self) -> dict[str, list[Order]]:
        """The orders that the checkouts of each cart became."""
        found = defaultdict(list)
        for cart_id, order_id in _tuples(self._facts, CHECKOUTS, ("cart_id", "order_id")):
            if cart_id is not None and order_id in self.orders:
                found[cart_id].append(self.orders[order_id])
        return dict(found)

    @cached_property
    def consents(self) -> dict[tuple[str, str], list[Consent]]:
        """Acts of consent by channel and address, whoever made them."""
        acts = defaultdict(list)
        columns = ("channel", "address_key", "state", "acted_at", "source")
        for channel, address, *act in _tuples(self._facts, CONSENTS, columns):
            acts[channel, address].append(Consent(*act))
        return dict(acts)

    @cached_property
    def products(self) -> dict[str, Product]:
        """Every product by id."""
        tags = _sets(self._facts, PRODUCT_TAGS, "product_id", "tag")
        collections = _sets(self._facts, COLLECTIONS, "product_id", "collection_id")
        return {
            row["product_id"]: Product(row, tags[row["product_id"]], collections[row["product_id"]])
            for row in _rows(self._facts, PRODUCTS)
        }

    @cached_property
    def product_of_sku(self) -> dict[str, str]:
        """The product that a stock-keeping unit belongs to."""
        columns = ("sku", "product_id")
        return dict(sorted(_tuples(self._facts, PRODUCT_SKUS, columns)))


def _customers(facts: FactSource) -> list[Customer]:
    customers = {
        row["customer_id"]: Customer(row["customer_id"], row) for row in _rows(facts, CUSTOMERS)
    }
    _add_orders(facts, customers)
    _add_profile(facts, customers)
    _add_activity(facts, customers)
    return list(customers.values())


def _add_profile(facts: FactSource, customers: dict[str, Customer]) -> None:
    for customer, row in _of(customers, _rows(facts, ADDRESSES)):
        customer.addresses.append(row)
    tags = _sets(facts, CUSTOMER_TAGS, "customer_id", "tag")
    companies = _sets(facts, COMPANIES, "customer_id", "company_id")
    for customer in customers.values():
        customer.tags = tags[customer.customer_id]
        customer.companies = companies[customer.customer_id]
    for customer, row in _of(customers, _rows(facts, ATTRIBUTES)):
        customer.metafields[full_name(row["namespace"], row["key"])] = row["value"]
    for customer, row in _of(customers, _rows(facts, CREDITS)):
        customer.credits.append(row)
    for customer, row in _of(customers, _rows(facts, SUBSCRIPTIONS)):
        customer.subscriptions.append(row)
    for customer, row in _of(customers, _rows(facts, CONSENTS)):
        customer.acted_at.append(row["acted_at"])


def _add_orders(facts: FactSource, customers: dict[str, Customer]) -> None:
    refunds = _add_refunds(facts, customers)
    tags = _sets(facts, ORDER_TAGS, "order_id", "tag")
    codes = _sets(facts, ORDER_DISCOUNTS, "order_id", "code")
    discounted = {order_id for (order_id,) in _tuples(facts, ORDER_DISCOUNTS, ("order_id",))}
    for customer, row in _of(customers, _rows(facts, ORDERS)):
        key = row["order_id"]
        order = Order(
            key,
            row["ordered_at"],
            row["state"],
            row["placed"],
            row["cancelled_at"],
            row["refunded_at"],
            row["paid"],
            row["discount"],
            row,
            tuple(refunds[key]),
            tags[key],
            codes[key],
            key in discounted or (row["discount"] or 0) > 0,
        )
        customer.orders.append(order)
    for customer in customers.values():
        customer.orders.sort(key=lambda order: (order.ordered_at, order.order_id))


def _add_refunds(facts: FactSource, customers: dict[str, Customer]) -> dict[str, list[Refund]]:
    """Refunds by their order; those without one are given to their customer."""
    refunds: dict[str, list[Refund]] = defaultdict(list)
    for row in _rows(facts, REFUNDS):
        refund = Refund(
            row["refund_id"],
            row["refunded_at"],
            row["amount"],
            row["line_number"],
            row["product_id"],
            row["quantity"] or 0,
        )
        if row["order_id"] is not None:
            refunds[row["order_id"]].append(refund)
        elif row["customer_id"] in customers:
            customers[row["customer_id"]].unlinked_refunds.append(refund)
    return refunds


def _add_activity(facts: FactSource, customers: dict[str, Customer]) -> None:
    for customer, row in _of(customers, _rows(facts, CHECKOUTS)):
        customer.checkouts.append(_checkout(row))
    for customer, row in _of(customers, _rows(facts, EVENTS)):
        customer.events.append(_event(row))
    for customer in customers.values():
        customer.events.sort(key=lambda event: (event.occurred_at, event.event_id))


def _checkout(row: Row) -> Checkout:
    names = ("checkout_id", "last_active_at", "value", "cart_id", "order_id")
    return Checkout(*(row[name] for name in names))


def _event(row: Row) -> Event:
    names = ("event_id", "name", "occurred_at", "product_id", "activity_id", "properties")
    return Event(*(row[name] for name in names))


def _of(customers: dict[str, Customer], rows: Iterator[Row]) -> Iterator[tuple[Customer, Row]]:
    """Rows that belong to a customer there is."""
    for row in rows:
        if customer := customers.get(row["customer_id"]):
            yield customer, row


def _sets(facts: FactSource, table: Table, key: str, value: str) -> dict[str, frozenset[str]]:
    """The values that stand with each key; no value where a key does not stand."""
    found: dict[str, set[str]] = defaultdict(set)
    for owner, item in _tuples(facts, table, (key, value)):
        if item is not None:
            found[owner].add(item)
    sets: dict[str, frozenset[str]] = defaultdict(frozenset)
    sets.update((owner, frozenset(items)) for owner, items in found.items())
    return sets


def _rows(facts: FactSource, table: Table) -> Iterator[Row]:
    columns = tuple(column.name for column in table.columns)
    for values in _tuples(facts, table, columns):
        yield dict(zip(columns, values, strict=True))


def _tuples(facts: FactSource, table: Table, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    read = facts.read(table)
    yield from zip(*(read.column(name).to_pylist() for name in columns), strict=True)
