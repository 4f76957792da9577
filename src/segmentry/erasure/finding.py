"""Finds what is one person's: under every id and address that they have and had, in the facts
and in what these are made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.erasure.hashes import kind_of
from segmentry.erasure.known import CHANNELS
from segmentry.erasure.stores import Stores, imported
from segmentry.facts.tables import CONSENTS, CUSTOMERS, TABLES, Table
from segmentry.storage.journal import Written
from segmentry.storage.traces import BY_RECORD, Row, Traces

_OPTED_OUT = ("UNSUBSCRIBED", "INVALID", "REDACTED")
_ADDRESSES = {"customers": ("email_key", "phone"), "consents": ("address_key",)}
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class OptedOut:
    """That an address is opted out of a channel, since when, in which state."""

    address: str
    channel: str
    state: str
    acted_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be erased: their traces, all their addresses, the words that name them, and
    the opt-outs that stay."""

    traces: Traces
    addresses: frozenset[str]
    words: frozenset[str]
    opted_out: tuple[OptedOut, ...]


def find_person(stores: Stores, customers: Iterable[str]) -> Person:
    """All that is of a person, by one of their keys or several."""
    survivors = stores.facts.survivors()
    ids = {id for each in customers for id in _all_ids(survivors, each)}
    profiles, acts = _theirs(stores, ids)
    addresses = _of(profiles, "customers") | _of(acts, "consents")
    known = _rows(stores, CUSTOMERS, "email_key", addresses)
    known += _rows(stores, CUSTOMERS, "phone", addresses)
    guests = {row["customer_id"] for row in known if row["guest"]} - ids
    if guests:
        ids |= guests
        profiles += [row for row in known if row["customer_id"] in guests]
    others = [row for row in known if row["customer_id"] not in ids]
    heirs = _heirs(others, addresses)
    alone = addresses - heirs.keys()
    traces = Traces(
        frozenset(ids),
        {name: _records(stores, TABLES[name], ids) for name in ("orders", *BY_RECORD)},
        dict.fromkeys(alone),
        heirs,
    )
    return Person(
        traces,
        frozenset(addresses),
        _words(ids, addresses, profiles),
        tuple(_opted_out(stores, alone)),
    )


def _all_ids(survivors: Mapping[str, str], customer: str) -> set[str]:
    """The keys of the person: whoever they are now, and all that were merged into them."""
    now = survivors.get(customer, customer)
    return {now, *(gone for gone, lives in survivors.items() if lives == now)}


def _theirs(stores: Stores, ids: set[str]) -> tuple[list[Row], list[Row]]:
    """Their profiles and acts of consent, as they are and as they ever came."""
    found: dict[str, list[Row]] = {name: [] for name in _ADDRESSES}
    for name in _ADDRESSES:
        found[name] += _rows(stores, TABLES[name], "customer_id", ids)
    value_set = pa.array(sorted(ids), pa.string())
    for table, _, rows in imported(stores, *_ADDRESSES):
        hit = pc.is_in(rows.column("customer_id"), value_set=value_set)
        found[table.name] += rows.filter(hit).to_pylist()
    for message in _messages(stores):
        records = _decode(message.entry.body)["records"]
        for name in _ADDRESSES:
            found[name] += [r for r in records.get(name, ()) if r["customer_id"] in ids]
    return found["customers"], found["consents"]


def _messages(stores: Stores) -> Iterator[Written]:
    for some in stores.journal.every():
        yield from some
    for _, some in stores.journal.files():
        yield from some


def _rows(stores: Stores, table: Table, by: str, wanted: Iterable[str]) -> list[Row]:
    rows: list[Row] = stores.facts.stored(table, by, sorted(wanted)).to_pylist()
    return rows


def _of(rows: Iterable[Mapping[str, Any]], name: str) -> set[str]:
    return {row[column] for row in rows for column in _ADDRESSES[name] if row.get(column)}


def _records(stores: Stores, table: Table, ids: Iterable[str]) -> frozenset[str]:
    found = stores.facts.stored(table, "customer_id", sorted(ids))
    return frozenset(found.column(table.owner[0]).to_pylist())


def _heirs(others: Sequence[Row], addresses: set[str]) -> dict[str, str]:
    """Who else has an address, of several the first by their key."""
    heirs: dict[str, str] = {}
    for row in sorted(others, key=lambda row: str(row["customer_id"])):
        for address in _of([row], "customers") & addresses:
            heirs.setdefault(address, row["customer_id"])
    return heirs


def _words(ids: set[str], addresses: set[str], profiles: Iterable[Row]) -> frozenset[str]:
    """What names them where something is only text: their ids with and without the source,
    their addresses, as typed too, and their names."""
    typed = {row[name] for row in profiles for name in ("email", "name") if row.get(name)}
    plain = {id.partition(":")[2] for id in ids}
    return frozenset(word for word in (*ids, *plain, *addresses, *typed) if word.strip())


def _opted_out(stores: Stores, addresses: set[str]) -> Iterator[OptedOut]:
    """The last act of an address where it is an opt-out; of two of one moment that is later."""
    last: dict[tuple[str, str], Row] = {}

    def rank(row: Row) -> tuple[datetime, bool]:
        return row["acted_at"], row["state"] in _OPTED_OUT

    for row in _rows(stores, CONSENTS, "address_key", addresses):
        key = row["address_key"], row["channel"]
        if key not in last or rank(last[key]) < rank(row):
            last[key] = row
    for (address, channel), row in sorted(last.items()):
        if row["state"] in _OPTED_OUT and channel == CHANNELS[kind_of(address)]:
            yield OptedOut(address, channel, row["state"], row["acted_at"])
