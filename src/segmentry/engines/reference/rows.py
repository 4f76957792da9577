"""The rows a customer's values are computed from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from segmentry.engines.base import FactSource
from segmentry.facts.events import ACTIVE
from segmentry.facts.tables import (
    ADDRESSES,
    CHECKOUTS,
    CONSENTS,
    CUSTOMERS,
    EVENTS,
    ORDERS,
    REFUNDS,
    Table,
)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; without a moment of its own it counts from its order's."""

    refunded_at: datetime | None
    amount: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as last reported, with its refunds."""

    ordered_at: datetime
    state: str
    placed: bool
    cancelled_at: datetime | None
    refunded_at: datetime | None
    paid: int | None
    channel: str | None
    currency: str | None
    refunds: tuple[Refund, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """One act of consent on one channel."""

    channel: str
    state: str
    acted_at: datetime


@dataclass(slots=True)
class Customer:
    """All rows of one customer."""

    customer_id: str
    created_at: datetime | None
    internal: bool
    countries: frozenset[str] = frozenset()
    orders: list[Order] = field(default_factory=list)
    unlinked_refunds: list[Refund] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    checkouts: list[datetime] = field(default_factory=list)
    """When each was last active."""
    visits: list[datetime] = field(default_factory=list)
    """Storefront visits, opens and clicks."""


def read_customers(facts: FactSource) -> list[Customer]:
    """Every customer with their rows, orders by the moment they were placed."""
    customers = {
        row["customer_id"]: Customer(row["customer_id"], row["created_at"], bool(row["internal"]))
        for row in _rows(facts, CUSTOMERS, ("customer_id", "created_at", "internal"))
    }
    _add_countries(facts, customers)
    _add_orders(facts, customers)
    _add_activity(facts, customers)
    return list(customers.values())


def _add_countries(facts: FactSource, customers: dict[str, Customer]) -> None:
    countries = defaultdict(set)
    for row in _rows(facts, ADDRESSES, ("customer_id", "country")):
        if row["country"] is not None:
            countries[row["customer_id"]].add(row["country"].casefold())
    for customer_id, found in countries.items():
        if customer_id in customers:
            customers[customer_id].countries = frozenset(found)


def _add_orders(facts: FactSource, customers: dict[str, Customer]) -> None:
    refunds: dict[str, list[Refund]] = defaultdict(list)
    columns = ("order_id", "customer_id", "refunded_at", "amount")
    for row in _rows(facts, REFUNDS, columns):
        refund = Refund(row["refunded_at"], row["amount"])
        if row["order_id"] is not None:
            refunds[row["order_id"]].append(refund)
        elif row["customer_id"] in customers:
            customers[row["customer_id"]].unlinked_refunds.append(refund)
    for row in _rows(facts, ORDERS, _ORDER_COLUMNS):
        if row["customer_id"] in customers:
            order = _order(row, refunds[row["order_id"]])
            customers[row["customer_id"]].orders.append(order)
    for customer in customers.values():
        customer.orders.sort(key=lambda order: order.ordered_at)


def _add_activity(facts: FactSource, customers: dict[str, Customer]) -> None:
    for row in _rows(facts, CHECKOUTS, ("customer_id", "last_active_at")):
        if row["customer_id"] in customers:
            customers[row["customer_id"]].checkouts.append(row["last_active_at"])
    for row in _rows(facts, EVENTS, ("customer_id", "name", "occurred_at")):
        if row["customer_id"] in customers and row["name"] in ACTIVE:
            customers[row["customer_id"]].visits.append(row["occurred_at"])
    for row in _rows(facts, CONSENTS, ("customer_id", "channel", "state", "acted_at")):
        if row["customer_id"] in customers:
            act = Consent(row["channel"], row["state"], row["acted_at"])
            customers[row["customer_id"]].consents.append(act)


_ORDER_COLUMNS = (
    "order_id",
    "customer_id",
    "ordered_at",
    "state",
    "placed",
    "cancelled_at",
    "refunded_at",
    "paid",
    "channel",
    "currency",
)


def _order(row: dict[str, Any], refunds: Iterable[Refund]) -> Order:
    return Order(
        row["ordered_at"],
        row["state"],
        row["placed"],
        row["cancelled_at"],
        row["refunded_at"],
        row["paid"],
        row["channel"],
        row["currency"],
        tuple(refunds),
    )


def _rows(facts: FactSource, table: Table, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    read = facts.read(table)
    lists = [read.column(name).to_pylist() for name in columns]
    for values in zip(*lists, strict=True):
        yield dict(zip(columns, values, strict=True))
