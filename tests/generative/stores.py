"""Small made-up stores, as rows a workspace loads, and moments worth asking about.

Facts crowd around a clock change of the store's zone, around midnights and around each
other, where answers are most likely to be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import segmentry as sg
from segmentry.base.text import email_key
from segmentry.facts.attributes.consent import STATES as CONSENT_STATES
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import TYPES, metafield
from segmentry.facts.orders import STATES as ORDER_STATES

from . import words

Row = dict[str, Any]
Records = dict[str, list[Row]]

SOURCE = "made_up"
CLOCK_CHANGES = {
    "America/New_York": date(2026, 3, 8),
    "America/Havana": date(2026, 3, 8),
    "Europe/London": date(2026, 10, 25),
    "Africa/Cairo": date(2026, 4, 24),
    "Asia/Beirut": date(2026, 3, 29),
    "Australia/Lord_Howe": date(2026, 4, 5),
    "Asia/Kolkata": date(2026, 3, 8),
    "UTC": date(2026, 3, 1),
}
"""Zones, each with a day on which its clock changes, if it does at all."""

METAFIELDS = {f"metafields.custom.{kind}": kind for kind in TYPES}
"""One declared metafield of each type."""

SEGMENTS = {"Café": "number_of_orders > 1", "red": "segments CONTAINS 'café' OR amount_spent > 20"}
"""Saved segments, the second referring to the first."""

CUSTOMERS = tuple(f"c{number}" for number in range(1, 7))
_PRODUCTS = ("p1", "p2", "3")
_UNFIT: tuple[Any, ...] = (None, "not of this type", 7, {})
_TICK = timedelta(microseconds=1)
T = TypeVar("T")


@dataclass(frozen=True)
class MadeUpStore:
    """A store's zone and currency, its records, and a moment to ask about."""

    zone: str
    currency: str
    records: Records
    as_of: datetime


def declared_metafields() -> tuple[Attribute, ...]:
    """The metafields every made-up store declares."""
    return tuple(metafield(name, kind) for name, kind in METAFIELDS.items())


@contextmanager
def opened(store: MadeUpStore, *imports: Records) -> Iterator[sg.Workspace]:
    """A workspace in memory that took in the store's records, or these imports in turn."""
    with sg.Workspace.create(None, timezone=store.zone, currency=store.currency) as workspace:
        for name, kind in METAFIELDS.items():
            workspace.metafields.add(name, kind)
        for name, query in SEGMENTS.items():
            workspace.segments.add(name, query)
        for records in imports or (store.records,):
            workspace.load(records, source=SOURCE)
        yield workspace


def members(workspace: sg.Workspace, query: str, as_of: datetime) -> set[str]:
    """The members of a query."""
    return set(workspace.query(query, as_of=as_of).ids)


# -- making one up ----------------------------------------------------------------------


def stores() -> st.SearchStrategy[MadeUpStore]:
    """Any small store, and a moment to ask it about. What fails shrinks to few customers."""
    return st.builds(make_up, st.integers(2, len(CUSTOMERS)), st.integers(0, 2**32))


def make_up(size: int, seed: int) -> MadeUpStore:
    """The store of a seed, with so many customers."""
    maker = _Maker(Random(seed))
    records = maker.records(CUSTOMERS[:size])
    currency = maker.random.choice(words.CURRENCIES)
    return MadeUpStore(maker.zone, currency, records, maker.asked(records))


class _Maker:
    """Draws rows; each value that may be missing is missing now and then."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.zone = random.choice(list(CLOCK_CHANGES))

    # -- moments and values -----------------------------------------------------------

    def at(self) -> datetime:
        """A moment around the zone's clock change: a midnight, a noon or anything between."""
        random = self.random
        near = random.choice([0, 0, 0, -1, -1, 1, -2, -7, -30, -31, -90, -365])
        day = CLOCK_CHANGES[self.zone] + timedelta(random.choice([near, random.randint(-500, 3)]))
        any_time = time(random.randrange(24), random.randrange(60), random.randrange(60))
        edges = [time(), time(12), time(23, 59, 59, 999_999), time(1, 30), any_time, any_time]
        return datetime.combine(day, random.choice(edges), ZoneInfo(self.zone)).astimezone(UTC)

    def asked(self, records: Records) -> datetime:
        """The moment of a fact, mostly a late one, or a little before or after it."""
        values = (v for rows in records.values() for row in rows for v in row.values())
        facts = sorted(value for value in values if isinstance(value, datetime)) or [self.at()]
        late = self.random.choice(facts[len(facts) // 2 :])
        ticks = [timedelta(), -_TICK, _TICK, timedelta(hours=1), timedelta(1), timedelta(40)]
        return self.random.choice([late, late, self.random.choice(facts)]) + self.one(ticks)

    def one(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def maybe(self, value: T) -> T | None:
        return value if self.random.random() < 0.7 else None

    def word(self) -> str:
        return self.one(words.WORDS)

    def amount(self) -> str:
        return self.one(words.AMOUNTS)

    def several(self, make: Callable[[], Row], most: int) -> list[Row]:
        return [make() for _ in range(self.random.randint(0, most))]

    # -- rows -------------------------------------------------------------------------

    def records(self, customers: tuple[str, ...]) -> Records:
        """All rows of a store with these customers; some orders are of others, or of nobody."""
        people = [self.customer(name) for name in customers]
        owners = (*customers, *customers, "c6", None)
        orders = [self.order(str(n), self.one(owners)) for n in range(self.random.randint(0, 12))]
        numbers = [row["order_id"] for row in orders] or ["none"]
        size = len(customers)
        return {
            "customers": people,
            "addresses": self.several(lambda: self.address(self.one(customers)), 2 * size),
            "customer_tags": self.tagged("customer_id", customers),
            "attributes": self.metafields(customers),
            "consents": self.consents([row for row in people if row["email"]]),
            "orders": orders,
            "refunds": [self.refund(str(n), orders) for n in range(self.random.randint(0, 5))],
            "order_tags": self.tagged("order_id", numbers),
            "order_lines": self.lines(numbers),
            "products": [{"product_id": name, "vendor": self.word()} for name in _PRODUCTS],
            "product_tags": self.tagged("product_id", _PRODUCTS),
            **self.checkouts(customers, numbers, self.random.randint(0, 6)),
            "credits": [self.credit(str(n), customers) for n in range(self.random.randint(0, 4))],
            "subscriptions": [
                self.subscription(str(n), customers) for n in range(self.random.randint(0, 4))
            ],
            "events": self.events(customers, self.random.randint(0, 12)),
        }

    def checkouts(self, customers: Sequence[str], orders: Sequence[str], most: int) -> Records:
        """Carts at the checkout, some of which became an order, and what was in them."""
        carts = [self.checkout(str(n), customers, orders) for n in range(most)]
        lines = [self.cart_line(str(n), self.one(carts)) for n in range(2 * most)] if carts else []
        return {"checkouts": carts, "checkout_lines": lines}

    def customer(self, name: str) -> Row:
        return {
            "customer_id": name,
            "created_at": self.maybe(self.at()),
            "email": self.maybe(f"{name.upper()}@{self.one(words.DOMAINS[:4])}"),
            "phone": self.maybe(f"+4479460000{name[1:]}"),
            "name": self.maybe(self.word()),
            "language": self.maybe(self.one(["en", "en-US", "de"])),
            "account_status": self.maybe(self.one(["ENABLED", "DISABLED"])),
            "birth_date": self.maybe(date(self.random.randint(1950, 2010), 2, 28)),
            "age": self.maybe(self.random.randint(18, 90)),
            "income": self.maybe(self.amount()),
            "gender": self.maybe(self.word()),
            "internal": self.one([None, None, False, True]),
        }

    def address(self, customer: str) -> Row:
        return {
            "customer_id": customer,
            "country": self.maybe(self.one(words.COUNTRIES)),
            "region": self.maybe(self.one(words.REGIONS)),
            "city": self.maybe(self.one(["New York City", "Berlin"])),
            "latitude": self.maybe(self.one([51.5, -33.9, 0.0, 90.0])),
            "longitude": self.maybe(self.one([-0.12, 151.2, 0.0, 180.0])),
            "postal_code": self.maybe(self.one(["10001", "SW1A 1AA"])),
        }

    def tagged(self, owner: str, owners: Sequence[str]) -> list[Row]:
        pairs = {(self.one(owners), self.word()) for _ in range(self.random.randint(0, 6))}
        return [{owner: name, "tag": tag} for name, tag in sorted(pairs)]

    def metafields(self, customers: Sequence[str]) -> list[Row]:
        """Values of the declared types, and some that do not fit them."""
        fitting: dict[str, list[Any]] = {
            "text": list(words.WORDS),
            "number": [-1, 0, 1, 2, 0.5, 1.25],
            "boolean": [True, False],
            "date": ["2026-03-08T01:30:00", "2026-03-08T05:00:00Z"],
            "day": ["2026-03-08", "2026-03-07"],
            "list": [[word] for word in words.WORDS] + [["red", "Blue"], []],
        }
        return [
            {
                "customer_id": name,
                "namespace": "custom",
                "key": kind,
                "type": kind,
                "value": json.dumps(self.one([*fitting[kind], *_UNFIT])),
            }
            for name in customers
            for kind in TYPES
            if self.maybe(kind)
        ]

    def consents(self, owners: list[Row]) -> list[Row]:
        """Acts of people with an address, no two of one person at one moment."""
        acts = {
            (row["customer_id"], at): {
                "customer_id": row["customer_id"],
                "channel": "EMAIL",
                "address_key": email_key(row["email"]),
                "state": self.one(CONSENT_STATES),
                "acted_at": at,
                "source": self.one(["form", "import"]),
            }
            for row in owners
            for at in [self.at() for _ in range(self.random.randint(0, 3))]
        }
        return list(acts.values())

    def order(self, number: str, customer: str | None) -> Row:
        return {
            "order_id": number,
            "customer_id": customer,
            "ordered_at": self.at(),
            "state": self.one(["PAID", "PAID", self.one(ORDER_STATES)]),
            "placed": self.random.random() < 0.9,
            "paid": self.one([*words.AMOUNTS, None]),
            "cancelled_at": self.one([None, None, None, self.at()]),
            "refunded_at": self.one([None, None, None, self.at()]),
            "discount": self.maybe(self.amount()),
            "currency": self.maybe(self.one(words.CURRENCIES)),
            "channel": self.maybe(self.word()),
            "location_id": self.maybe(self.one(words.IDS)),
            "renewal": self.maybe(self.random.random() < 0.5),
            "shipping_country": self.maybe(self.one(words.COUNTRIES)),
        }

    def checkout(self, number: str, customers: Sequence[str], orders: Sequence[str]) -> Row:
        return {
            "checkout_id": number,
            "customer_id": self.maybe(self.one(customers)),
            "last_active_at": self.at() + timedelta(minutes=self.one([0, 59, 60, 61])),
            "value": self.maybe(self.amount()),
            "cart_id": self.maybe(self.one(["k1", "k2", "k3"])),
            "order_id": self.one([None, None, self.one(orders), "unknown"]),
        }

    def cart_line(self, number: str, checkout: Row) -> Row:
        return {
            "checkout_id": checkout["checkout_id"],
            "line_number": number,
            "product_id": self.maybe(self.one(_PRODUCTS)),
            "variant_id": self.maybe(self.one(words.IDS)),
            "sku": self.maybe(self.word()),
        }

    def credit(self, number: str, customers: Sequence[str]) -> Row:
        return {
            "credit_id": number,
            "customer_id": self.one(customers),
            "balance": self.amount(),
            "currency": self.maybe(self.one(words.CURRENCIES)),
            "next_expiry_at": self.maybe(self.at()),
            "last_credit_at": self.maybe(self.at()),
        }

    def subscription(self, number: str, customers: Sequence[str]) -> Row:
        return {
            "subscription_id": number,
            "customer_id": self.one(customers),
            "state": self.one(["ACTIVE", "CANCELED", "EXPIRED", "FAILED", "PAUSED"]),
            "started_at": self.maybe(self.at()),
            "ended_at": self.maybe(self.at()),
        }

    def events(self, customers: Sequence[str], most: int) -> list[Row]:
        return [self.event(str(n), customers) for n in range(most)]

    def event(self, number: str, customers: Sequence[str]) -> Row:
        properties = {name: self.one(values) for name, values in words.PROPERTIES.items()}
        some = {name: value for name, value in properties.items() if self.random.random() < 0.5}
        return {
            "event_id": number,
            "customer_id": self.maybe(self.one(customers)),
            "name": self.one(words.EVENTS),
            "occurred_at": self.at() + timedelta(seconds=self.one([0, 0, 1, 2])),
            "product_id": self.maybe(self.one(_PRODUCTS)),
            "activity_id": self.maybe(self.one(words.IDS)),
            "properties": self.one([some, some, json.dumps(some), None]),
        }

    def refund(self, number: str, orders: list[Row]) -> Row:
        """A refund of an order, or of none: then of a customer."""
        loose = {"order_id": None, "customer_id": self.one(CUSTOMERS)}
        of = self.one([loose, *orders, *orders])
        return {
            "refund_id": number,
            "order_id": of["order_id"],
            "customer_id": of["customer_id"],
            "refunded_at": self.maybe(self.at()),
            "amount": self.amount(),
        }

    def lines(self, orders: Sequence[str]) -> list[Row]:
        return [
            {
                "order_id": self.one(orders),
                "line_number": number,
                "product_id": self.maybe(self.one(_PRODUCTS)),
                "quantity": self.random.randint(1, 3),
                "amount": self.maybe(self.amount()),
                "title": self.maybe(self.word()),
                "sku": self.maybe(self.word()),
            }
            for number in range(1, self.random.randint(1, 8))
        ]


# -- imports in parts -------------------------------------------------------------------

_OWNERS = (
    "event_id",
    "credit_id",
    "subscription_id",
    "checkout_id",
    "order_id",
    "customer_id",
    "product_id",
)


def halves(records: Records, first: Callable[[str], bool]) -> tuple[Records, Records]:
    """The records in two imports. `first` says of an order, customer or product whether it
    comes with the first; what belongs to it comes along."""

    def comes_first(row: Row) -> bool:
        owner = next(row[name] for name in _OWNERS if row.get(name) is not None)
        return first(owner)

    one = {name: [row for row in rows if comes_first(row)] for name, rows in records.items()}
    two = {name: [row for row in rows if not comes_first(row)] for name, rows in records.items()}
    return one, two
