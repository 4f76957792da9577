"""What is one person's in tables and messages, and what is left of a row of theirs.

The one rule for imports, messages and whatever arrives later; `FactsDb.erase` says the same
to the database. Orders stay without anything that names anybody, everything else goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import TABLES, Table

Row: TypeAlias = dict[str, Any]

BY_RECORD = ("checkouts", "events", "credits", "subscriptions", "refunds")
"""Tables whose records go, also where an older version does not say whose they are."""

NOBODY = {"customer_id": None, "guest": False, "email_key": None, "phone": None}
"""What an order says when nobody is named by it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTACTS = ("email_key", "phone", "address_key")
_OWNERS = ("customer_id", "merged_into", "record_id")


@dataclass(frozen=True, slots=True)
class Traces:
    """Who somebody is: keys of customers, ids of records by table, addresses that nobody else
    has, and who else has the others.

    An address comes with the moment up to which orders are theirs by it alone; None is while
    they are erased, when all goes that has it.
    """

    ids: frozenset[str]
    records: Mapping[str, frozenset[str]] = field(default_factory=dict)
    addresses: Mapping[str, datetime | None] = field(default_factory=dict)
    heirs: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """To be read by `from_json`."""
        return json.dumps(asdict(self), default=_plain)

    @classmethod
    def from_json(cls, text: str) -> Traces:
        """What `as_json` wrote."""
        read = json.loads(text)
        return cls(
            frozenset(read["ids"]),
            {name: frozenset(ids) for name, ids in read["records"].items()},
            {
                address: None if at is None else datetime.fromisoformat(at)
                for address, at in read["addresses"].items()
            },
            read["heirs"],
        )

    def left(self, table: Table, row: Row) -> Row | None:
        """What is left of a row: itself where it is another's, None where nothing is."""
        if table.name == "orders":
            return self._order(row)
        if table.name == "consents":
            return self._consent(row)
        if table.name == "customer_merges" and row["merged_into"] in self.ids:
            return None
        if table.name == "deletions":
            theirs = row["kind"] == "customer" and row["record_id"] in self.ids
            return None if theirs else row
        if row.get("customer_id") in self.ids:
            return None
        owner = table.part_of or table.name
        if owner in BY_RECORD and row[table.owner[0]] in self.records.get(owner, ()):
            return None
        return row

    def _order(self, row: Row) -> Row:
        email, phone = row.get("email_key"), row.get("phone")
        theirs = (
            row.get("customer_id") in self.ids
            or row["order_id"] in self.records.get("orders", ())
            or (bool(row.get("guest")) and self._by_address(email or phone, row["ordered_at"]))
        )
        if theirs:
            return row | NOBODY
        for name in ("email_key", "phone"):
            if self._by_address(row.get(name), row["ordered_at"]):
                row = row | {name: None}
        return row

    def _by_address(self, address: str | None, at: Any) -> bool:
        if address is None or address not in self.addresses:
            return False
        until = self.addresses[address]
        return until is None or moment_of(at) <= until

    def _consent(self, row: Row) -> Row | None:
        address = row["address_key"]
        if row["customer_id"] in self.ids:
            heir = self.heirs.get(address)
            return None if heir is None else row | {"customer_id": heir}
        gone = address in self.addresses and self.addresses[address] is None
        return None if gone else row


def scrubbed(table: Table, rows: pa.Table, traces: Traces) -> tuple[pa.Table, int]:
    """The rows as they are left, in their order, and how many are other than they were."""
    named = _looked_at(table, rows, traces)
    if not pc.any(named).as_py():
        return rows, 0
    places = pc.indices_nonzero(named)
    before = rows.take(places).to_pylist()
    after = [traces.left(table, row) for row in before]
    pairs = list(zip(before, after, places.to_pylist(), strict=True))
    changed = sum(now is not was for was, now, _ in pairs)
    if not changed:
        return rows, 0
    kept = [(now, place) for _, now, place in pairs if now is not None]
    anew = pa.Table.from_pylist([now for now, _ in kept], rows.schema)
    others = rows.filter(pc.invert(named))
    numbers = pc.indices_nonzero(pc.invert(named)).to_pylist() + [place for _, place in kept]
    order = pc.sort_indices(pa.array(numbers, pa.int64()))
    return pa.concat_tables([others, anew]).take(order), changed


def _looked_at(table: Table, rows: pa.Table, traces: Traces) -> pa.Array:
    """Which rows may be theirs."""
    ids = list(traces.ids)
    contacts = [*traces.addresses, *traces.heirs]
    found = pa.array([False] * rows.num_rows, pa.bool_())
    wanted: list[tuple[str, Iterable[str]]] = [(name, ids) for name in _OWNERS]
    wanted += [(name, contacts) for name in _CONTACTS]
    owner = table.part_of if table.part_of in BY_RECORD else table.name
    if owner is not None:
        wanted.append((TABLES[owner].owner[0], traces.records.get(owner, ())))
    for name, values in wanted:
        if values and name in rows.column_names:
            value_set = pa.array(sorted(values), pa.string())
            hit = pc.is_in(rows.column(name), value_set=value_set)
            found = pc.or_(found, hit.combine_chunks() if isinstance(hit, pa.ChunkedArray) else hit)
    return found


def scrubbed_records(
    records: Mapping[str, list[Row]], traces: Traces
) -> tuple[dict[str, list[Row]], int]:
    """The same of the records of a message: rows by table, those without any left out."""
    found: dict[str, list[Row]] = {}
    changed = 0
    for name, rows in records.items():
        after = [(row, traces.left(TABLES[name], row)) for row in rows]
        gone = sum(now is not was for was, now in after)
        left = [_said(now) if now is not was else now for was, now in after if now is not None]
        if left or not rows:
            found[name] = left
        changed += gone
    return found, changed


def _said(row: Row) -> Row:
    """A row of a message does not say what is missing."""
    return {name: value for name, value in row.items() if value is not None}


def moment_of(at: Any) -> datetime:
    """A moment of a table, or the microseconds of a message."""
    if isinstance(at, datetime):
        return at
    return _EPOCH + timedelta(microseconds=at)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else sorted(value)
