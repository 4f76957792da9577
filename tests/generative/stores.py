"""Small made-up stores, as rows a workspace loads, and moments worth asking about.

Facts crowd around a clock change of the store's zone, around midnights and around each
other, where answers are most likely to be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
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
_TICK = timedelta(microseconds=1)


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
            workspace.segments.add(name, query, datetime(2026, 1, 1, tzinfo=UTC))
        for records in imports or (store.records,):
            workspace.load(records, source=SOURCE)
        yield workspace


def members(workspace: sg.Workspace, query: str, as_of: datetime) -> set[str]:
    """The members of a query."""
    return set(workspace.query(query, as_of=as_of).ids)


# -- moments ----------------------------------------------------------------------------


def moments(zone: str) -> st.SearchStrategy[datetime]:
    """Moments around the zone's clock change: its midnights, noons and anything between."""
    first = CLOCK_CHANGES[zone]
    near = st.sampled_from([0, 0, 0, -1, -1, 1, -2, -7, -30, -31, -90, -365])
    days = (near | st.integers(-500, 3)).map(lambda ago: first + timedelta(days=ago))
    edges = st.sampled_from([time(), time(12), time(23, 59, 59, 999_999), time(1, 30)])
    return st.builds(lambda day, at: _utc(day, at, zone), days, edges | st.times())


def _utc(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _asked(records: Records, zone: str) -> st.SearchStrategy[datetime]:
    """A moment of a fact, a tick before or after it, or any."""
    facts = sorted(
        value
        for rows in records.values()
        for row in rows
        for value in row.values()
        if isinstance(value, datetime)
    )
    later = moments(zone).map(lambda moment: moment + timedelta(days=1))
    if not facts:
        return later
    ticks = st.sampled_from([timedelta(), -_TICK, _TICK, timedelta(hours=1), timedelta(days=1)])
    return st.builds(lambda at, tick: at + tick, st.sampled_from(facts), ticks) | later


# -- rows -------------------------------------------------------------------------------


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _words() -> st.SearchStrategy[str]:
    return st.sampled_from(words.WORDS)


def _amounts() -> st.SearchStrategy[str]:
    return st.sampled_from(words.AMOUNTS)


def _customer(name: str, at: st.SearchStrategy[datetime]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {"customer_id": st.just(name)},
        optional={
            "created_at": at,
            "email": st.just(f"{name.upper()}@Example.com"),
            "phone": st.just(f"+4479460000{name[1:]}"),
            "name": _words(),
            "language": st.sampled_from(["en", "en-US", "de"]),
            "account_status": st.sampled_from(["ENABLED", "DISABLED"]),
            "birth_date": st.dates(date(1950, 1, 1), date(2010, 12, 31)),
            "age": st.integers(18, 90),
            "income": _amounts(),
            "gender": _words(),
            "internal": st.booleans(),
        },
    )


def _order(number: str, at: st.SearchStrategy[datetime]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "order_id": st.just(number),
            "customer_id": _maybe(st.sampled_from(CUSTOMERS)),
            "ordered_at": at,
            "state": st.just("PAID") | st.sampled_from(ORDER_STATES),
            "placed": st.sampled_from([True, True, True, False]),
            "paid": _maybe(_amounts()),
        },
        optional={
            "cancelled_at": at,
            "refunded_at": at,
            "discount": _amounts(),
            "currency": st.sampled_from(words.CURRENCIES),
            "channel": _words(),
            "location_id": st.sampled_from(words.IDS),
            "renewal": st.booleans(),
            "shipping_country": st.sampled_from(words.COUNTRIES),
        },
    )


def _refund(
    number: str, at: st.SearchStrategy[datetime], orders: list[Row]
) -> st.SearchStrategy[Row]:
    """A refund of an order, or of none: then of a customer."""
    loose = st.builds(lambda name: (None, name), st.sampled_from(CUSTOMERS))
    linked = [(row["order_id"], row["customer_id"]) for row in orders]
    return st.builds(
        lambda whose, when, amount: {
            "refund_id": number,
            "order_id": whose[0],
            "customer_id": whose[1],
            "refunded_at": when,
            "amount": amount,
        },
        loose | st.sampled_from(linked) if linked else loose,
        _maybe(at),
        _amounts(),
    )


def _line(order_id: str, number: int) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "order_id": st.just(order_id),
            "line_number": st.just(number),
            "product_id": _maybe(st.sampled_from(_PRODUCTS)),
            "quantity": st.integers(1, 3),
            "amount": _maybe(_amounts()),
        },
        optional={"title": _words(), "sku": _words()},
    )


def _consents(customers: list[Row], at: st.SearchStrategy[datetime]) -> st.SearchStrategy[Any]:
    """Acts of people with an address, no two at one moment."""
    owners = [row for row in customers if "email" in row]
    if not owners:
        return st.just([])
    act = st.builds(
        lambda row, state, when, source: {
            "customer_id": row["customer_id"],
            "channel": "EMAIL",
            "address_key": email_key(row["email"]),
            "state": state,
            "acted_at": when,
            "source": source,
        },
        st.sampled_from(owners),
        st.sampled_from(CONSENT_STATES),
        at,
        st.sampled_from(["form", "import"]),
    )
    return st.lists(act, max_size=4, unique_by=lambda row: (row["customer_id"], row["acted_at"]))


def _addresses(name: str) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {"customer_id": st.just(name)},
        optional={
            "country": st.sampled_from(words.COUNTRIES),
            "region": st.sampled_from(words.REGIONS),
            "city": st.sampled_from(["New York City", "Berlin"]),
            "postal_code": st.sampled_from(["10001", "SW1A 1AA"]),
        },
    )


def _metafield_value(kind: str) -> st.SearchStrategy[Any]:
    """A value of a declared type, or one that does not fit it."""
    fitting: dict[str, st.SearchStrategy[Any]] = {
        "text": _words(),
        "number": st.integers(-2, 6) | st.sampled_from([0.5, 1.25]),
        "boolean": st.booleans(),
        "date": st.sampled_from(["2026-03-08T01:30:00", "2026-03-08T05:00:00Z"]),
        "day": st.sampled_from(["2026-03-08", "2026-03-07"]),
        "list": st.lists(_words(), max_size=2),
    }
    return fitting[kind] | st.sampled_from([None, "not of this type", 7, [], {}])


def _metafields(name: str) -> st.SearchStrategy[Row]:
    return st.sampled_from(list(METAFIELDS.values())).flatmap(
        lambda kind: st.builds(
            lambda value: {
                "customer_id": name,
                "namespace": "custom",
                "key": kind,
                "type": kind,
                "value": json.dumps(value),
            },
            _metafield_value(kind),
        )
    )


def _tagged(table: str, owners: tuple[str, ...]) -> st.SearchStrategy[list[Row]]:
    tags = st.tuples(st.sampled_from(owners), _words())
    return st.lists(tags, max_size=4, unique=True).map(
        lambda pairs: [{table: owner, "tag": tag} for owner, tag in pairs]
    )


@st.composite
def records(draw: st.DrawFn, zone: str) -> Records:
    """All rows of a small store."""
    at = moments(zone)
    known = CUSTOMERS[: draw(st.integers(1, len(CUSTOMERS)))]
    customers = [draw(_customer(name, at)) for name in known]
    numbers = tuple(str(number) for number in range(1, draw(st.integers(1, 9))))
    orders = [draw(_order(number, at)) for number in numbers]
    found: Records = {
        "customers": customers,
        "addresses": draw(_some(_addresses, known)),
        "customer_tags": draw(_tagged("customer_id", known)),
        "attributes": _last(draw(_some(_metafields, known)), "customer_id", "key"),
        "consents": draw(_consents(customers, at)),
        "orders": orders,
        "refunds": [
            draw(_refund(str(number), at, orders)) for number in range(draw(st.integers(0, 4)))
        ],
        "products": [{"product_id": name, "vendor": draw(_words())} for name in _PRODUCTS],
        "product_tags": draw(_tagged("product_id", _PRODUCTS)),
    }
    if numbers:
        found["order_tags"] = draw(_tagged("order_id", numbers))
        found["order_lines"] = draw(_lines(numbers))
    return found


def _some(
    row: Callable[[str], st.SearchStrategy[Row]], owners: tuple[str, ...]
) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.sampled_from(owners).flatmap(row), max_size=4)


def _last(rows: list[Row], *keys: str) -> list[Row]:
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


@st.composite
def _lines(draw: st.DrawFn, orders: tuple[str, ...]) -> list[Row]:
    owners = draw(st.lists(st.sampled_from(orders), max_size=5))
    return [draw(_line(owner, number)) for number, owner in enumerate(owners, start=1)]


@st.composite
def stores(draw: st.DrawFn) -> MadeUpStore:
    """Any small store, and a moment to ask it about."""
    zone = draw(st.sampled_from(list(CLOCK_CHANGES)))
    found = draw(records(zone))
    return MadeUpStore(
        zone, draw(st.sampled_from(words.CURRENCIES)), found, draw(_asked(found, zone))
    )


# -- imports in parts -------------------------------------------------------------------

_OWNERS = ("order_id", "customer_id", "product_id")


def halves(records: Records, first: Callable[[str], bool]) -> tuple[Records, Records]:
    """The records in two imports. `first` says of an order, customer or product whether it
    comes with the first; what belongs to it comes along."""

    def comes_first(row: Row) -> bool:
        owner = next(row[name] for name in _OWNERS if row.get(name) is not None)
        return first(owner)

    one = {name: [row for row in rows if comes_first(row)] for name, rows in records.items()}
    two = {name: [row for row in rows if not comes_first(row)] for name, rows in records.items()}
    return one, two
