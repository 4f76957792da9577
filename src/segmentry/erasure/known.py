"""Keeps out what arrives about people who were erased, and lets their opt-outs hold.

All that is known of them are hashes, so what arrives is hashed and looked for; what is
theirs is left as it was while they were erased. Whoever comes back under another id is
somebody new, and an opt-out of their address is theirs again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from segmentry.erasure.hashes import CUSTOMER, Hashes, kind_of
from segmentry.facts.tables import CONSENTS, TABLES
from segmentry.storage.app_db import reading
from segmentry.storage.erasure_tables import ErasedPerson, Erasure, Suppression
from segmentry.storage.journal import Written
from segmentry.storage.traces import Row, Traces, scrubbed, scrubbed_records

SOURCE = "erased"
"""Of acts of consent that outlived whoever made them; of ids made of hashes, too."""

CHANNELS = {"email": "EMAIL", "phone": "SMS"}

_IDS = ("customer_id", "merged_into")
_CONTACTS = ("email_key", "phone", "address_key")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class OptOut:
    """An act that still counts, and the number of the certificate it was kept with."""

    channel: str
    state: str
    acted_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class _Erased:
    """All hashes: of ids, of addresses with when they were erased, of opt-outs; and up to which
    position nothing is about them."""

    count: tuple[int, int]
    position: int = 0
    ids: frozenset[str] = frozenset()
    addresses: Mapping[str, datetime] = field(default_factory=dict)
    optouts: Mapping[str, OptOut] = field(default_factory=dict)


class ErasedPeople:
    """Who was erased from a workspace."""

    def __init__(self, app: Engine, hashes: Hashes) -> None:
        self._app = app
        self.hashes = hashes
        self._seen = _Erased((0, 0))

    def without_erased(
        self, tables: Mapping[str, pa.Table]
    ) -> tuple[dict[str, pa.Table], dict[str, int]]:
        """Canonical tables without what is about people who were erased, with the opt-outs
        of addresses that came back; and by table how many rows were dropped, or of orders left
        without anybody. Refuses, where anybody was erased, without the workspace's key."""
        erased = self._read()
        if not erased.ids:
            return dict(tables), {}
        traces, optouts = self._found(erased, *_distinct(tables))
        traces = replace(traces, records={"checkouts": _checkouts(tables, traces.ids)})
        found: dict[str, pa.Table] = {}
        dropped: dict[str, int] = {}
        for name, rows in tables.items():
            found[name], count = scrubbed(TABLES[name], rows, traces)
            if count:
                dropped[name] = count
        if optouts:
            contacts = (row for name in found for row in _with_contact(name, found[name], optouts))
            acts = list(_acts(contacts, optouts))
            _add_consents(found, acts)
        return found, dropped

    def from_messages(self, messages: Sequence[Written]) -> tuple[list[Written], int]:
        """Messages without what is about people who were erased, by the position of those that
        are to be others, and how many rows were dropped."""
        erased = self._read()
        if not erased.ids:
            return [], 0
        changed: list[Written] = []
        dropped = 0
        for each in messages:
            if each.position <= erased.position:  # as when the facts are made anew
                continue
            records = _decode(each.entry.body)["records"]
            ids, contacts = _named(records)
            traces, optouts = self._found(erased, ids, contacts)
            if not traces.ids and not traces.addresses:
                continue
            theirs = frozenset(
                row["checkout_id"]
                for row in records.get("checkouts", ())
                if row.get("customer_id") in traces.ids
            )
            left, count = scrubbed_records(records, replace(traces, records={"checkouts": theirs}))
            rows = (row | {"table": name} for name in left for row in left[name])
            acts = [_in_message(act) for act in _acts(rows, optouts)]
            known = left.get(CONSENTS.name, [])
            acts = [act for act in acts if act not in known]
            if acts:
                left = {**left, CONSENTS.name: [*known, *acts]}
            if count or acts:
                changed.append(anew(each, left))
                dropped += count
        return changed, dropped

    def _found(
        self, erased: _Erased, ids: Iterable[str], contacts: Iterable[str]
    ) -> tuple[Traces, dict[str, tuple[str, OptOut]]]:
        """Which of these ids and addresses were erased, and the opt-outs by address."""
        of = self.hashes.of
        theirs = frozenset(each for each in ids if of(CUSTOMER, each) in erased.ids)
        addresses: dict[str, datetime | None] = {}
        optouts: dict[str, tuple[str, OptOut]] = {}
        for each in contacts:
            hash = of(kind_of(each), each)
            if hash in erased.addresses:
                addresses[each] = erased.addresses[hash]
            if hash in erased.optouts:
                optouts[each] = (each, erased.optouts[hash])
        return Traces(theirs, addresses=addresses), optouts

    def _read(self) -> _Erased:
        """The hashes, read where there are others than when they were last."""
        with Session(reading(self._app)) as session:
            count = session.execute(
                select(func.coalesce(func.max(Erasure.number), 0), func.count(Erasure.number))
            ).one()
            if tuple(count) != self._seen.count:
                self._seen = _all(session, (count[0], count[1]))
        return self._seen


def _all(session: Session, count: tuple[int, int]) -> _Erased:
    of, at = ErasedPerson, Erasure.erased_at
    rows = session.execute(select(of.hash, of.kind, at).join(Erasure, of.number == Erasure.number))
    ids: set[str] = set()
    addresses: dict[str, datetime] = {}
    for hash, kind, erased_at in rows:
        if kind == CUSTOMER:
            ids.add(hash)
        else:
            addresses[hash] = erased_at
    optouts = {
        row.hash: OptOut(row.channel, row.state, row.acted_at, row.number)
        for row in session.scalars(select(Suppression))
    }
    position = session.scalar(select(func.max(Erasure.position))) or 0
    return _Erased(count, position, frozenset(ids), addresses, optouts)


# -- what tables and messages name ----------------------------------------------------------


def _distinct(tables: Mapping[str, pa.Table]) -> tuple[set[str], set[str]]:
    """The ids of customers and the addresses in tables, each once."""
    ids: set[str] = set()
    contacts: set[str] = set()
    for name, rows in tables.items():
        for column in rows.column_names:
            if column in _IDS:
                ids |= _values(rows.column(column))
            elif column in _CONTACTS:
                contacts |= _values(rows.column(column))
        if name == "deletions":
            of_customers = pc.equal(rows.column("kind"), "customer")
            ids |= _values(rows.filter(of_customers).column("record_id"))
    return ids, contacts


def _values(column: pa.ChunkedArray) -> set[str]:
    return {each for each in pc.unique(column).to_pylist() if each is not None}


def _named(records: Mapping[str, Sequence[Row]]) -> tuple[set[str], set[str]]:
    """The same of a message."""
    ids: set[str] = set()
    contacts: set[str] = set()
    for name, rows in records.items():
        for row in rows:
            ids |= {row[column] for column in _IDS if row.get(column)}
            contacts |= {row[column] for column in _CONTACTS if row.get(column)}
            if name == "deletions" and row["kind"] == "customer":
                ids.add(row["record_id"])
    return ids, contacts


def _checkouts(tables: Mapping[str, pa.Table], ids: frozenset[str]) -> frozenset[str]:
    rows = tables.get("checkouts")
    if rows is None or not ids:
        return frozenset()
    theirs = pc.is_in(rows.column("customer_id"), value_set=pa.array(sorted(ids), pa.string()))
    return frozenset(rows.filter(theirs).column("checkout_id").to_pylist())


# -- opt-outs -------------------------------------------------------------------------------


def _with_contact(
    name: str, rows: pa.Table, optouts: Mapping[str, tuple[str, OptOut]]
) -> Iterator[Row]:
    wanted = pa.array(sorted(optouts), pa.string())
    for column in _CONTACTS:
        if column in rows.column_names:
            hit = rows.filter(pc.is_in(rows.column(column), value_set=wanted))
            for row in hit.to_pylist():
                yield row | {"table": name}


def _acts(rows: Iterable[Row], optouts: Mapping[str, tuple[str, OptOut]]) -> Iterator[Row]:
    """An act of consent for everybody whose address comes back, each once."""
    made: set[tuple[str, str]] = set()
    for row in rows:
        for column in _CONTACTS:
            address = row.get(column)
            if address is None or address not in optouts:
                continue
            customer = row.get("customer_id") or _guest(row, address)
            optout = optouts[address][1]
            if customer is None or (customer, address) in made:
                continue
            made.add((customer, address))
            yield {
                "customer_id": customer,
                "channel": optout.channel,
                "address_key": address,
                "state": optout.state,
                "acted_at": optout.acted_at,
                "source": SOURCE,
                "proof": certificate(optout.number),
            }


def _guest(row: Row, address: str) -> str | None:
    """Whom an order without an account makes, see `identify`."""
    if row["table"] != "orders" or not row.get("guest"):
        return None
    return f"{row['order_id'].partition(':')[0]}:{row.get('email_key') or address}"


def _in_message(act: Row) -> Row:
    return act | {"acted_at": (act["acted_at"] - _EPOCH) // timedelta(microseconds=1)}


def _add_consents(tables: dict[str, pa.Table], acts: Sequence[Row]) -> None:
    added = pa.Table.from_pylist(list(acts), CONSENTS.schema)
    there = tables.get(CONSENTS.name)
    if there is not None:
        known = set(map(_same, there.to_pylist()))
        added = pa.Table.from_pylist(
            [act for act in acts if _same(act) not in known], CONSENTS.schema
        )
        added = pa.concat_tables([there, added])
    if added.num_rows:
        tables[CONSENTS.name] = added


def _same(act: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(act[name] for name in CONSENTS.owner)


def certificate(number: int) -> str:
    """The number of an erasure as people read it."""
    return f"ER-{number:06}"


# -- messages that are others ---------------------------------------------------------------


def anew(message: Written, records: Mapping[str, Sequence[Row]]) -> Written:
    """A message with other records. It has no id, which may say who they were about; of its
    digest as much stays as tells versions apart, and nothing where no record does."""
    body = _encode(_decode(message.entry.body) | {"records": records})
    digest = message.entry.digest[:8].ljust(32, b"\0") if records else sha256(body).digest()
    entry = replace(message.entry, message_id=None, body=body, digest=digest)
    return Written(message.position, entry)
