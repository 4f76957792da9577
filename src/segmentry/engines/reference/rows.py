"""The rows a customer's values are computed from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from segmentry.engines.base import FactSource
from segmentry.facts.events import ACTIVE
from segmentry.facts.metafields import full_name
from segmentry.facts.tables import (
    ADDRESSES,
    ATTRIBUTES,
    CHECKOUTS,
    COLLECTIONS,
    COMPANIES,
    CONSENTS,
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
    checkouts: list[datetime] = field(default_factory=list)
    """When each was last active."""
    visits: list[datetime] = field(default_factory=list)
    """Storefront visits, opens and clicks."""

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
        customer.checkouts.append(row["last_active_at"])
    for customer, row in _of(customers, _rows(facts, EVENTS)):
        if row["name"] in ACTIVE:
            customer.visits.append(row["occurred_at"])


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
