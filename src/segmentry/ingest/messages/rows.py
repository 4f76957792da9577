"""Messages of the journal to tables of records, each record as its newest version has it.

Messages come in any order and several tell of one record, so each cell (the rows that share
an owner in one table) is settled by version before the facts are asked what they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import msgspec
import pyarrow as pa

from segmentry.facts.tables import MOMENT, TABLES, Table
from segmentry.storage.journal import Written
from segmentry.storage.versions import AT, GONE_SCHEMA, TIE, Arrival

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOREVER = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
"""The version of an erasure, which nothing outdoes."""

_decode = msgspec.json.Decoder().decode


class _Cell(NamedTuple):
    """A version as two numbers, and the rows written by it."""

    at: int
    tie: int
    rows: list[Row]


_Cells: TypeAlias = dict[str, dict[Key, _Cell]]


def arrivals(messages: Sequence[Written], live_since: datetime | None) -> list[Arrival]:
    """Messages as what arrives in the facts: first what is about a time before `live_since`,
    by which nobody is to be triggered, then what is about now; all are late without one."""
    late: list[Written] = []
    live: list[Written] = []
    for each in messages:
        is_live = live_since is not None and each.entry.about_at >= live_since
        (live if is_live else late).append(each)
    found = ((late, False), (live, True))
    return [_arrival(some, triggers=triggers) for some, triggers in found if some]


def _arrival(messages: Sequence[Written], *, triggers: bool) -> Arrival:
    cells: _Cells = {}
    for each in messages:
        for name, key, cell in _writes(each):
            of_table = cells.setdefault(name, {})
            known = of_table.get(key)
            if known is None or known[:2] < cell[:2]:
                of_table[key] = cell
    tables = {name: _table(TABLES[name], of_table) for name, of_table in cells.items()}
    return Arrival(tables, gone=_gone(cells), triggers=triggers)


def _writes(message: Written) -> Iterator[tuple[str, Key, _Cell]]:
    """What a message says of each cell that it is about."""
    entry = message.entry
    at = (entry.about_at - _EPOCH) // timedelta(microseconds=1)
    tie = -(int.from_bytes(entry.digest[:8]) >> 1) - 1
    records: Mapping[str, list[Row]] = _decode(entry.body)["records"]
    for name, rows in records.items():
        table = TABLES[name]
        if table.name == "deletions":
            for row in rows:
                gone_at = _FOREVER if row.get("erased") else row.get("deleted_at", at)
                yield name, _key(table, row), _Cell(gone_at, tie, [row])
            continue
        for key, together in _by_owner(table, rows, records).items():
            kept = together[-1:] if table.one_row_each else together
            yield name, key, _Cell(at, tie, kept)


def _by_owner(
    table: Table, rows: Sequence[Row], records: Mapping[str, Sequence[Row]]
) -> dict[Key, list[Row]]:
    """The rows of a table by their owner; none for an owner that comes without parts."""
    found: dict[Key, list[Row]] = {}
    for owner in records.get(table.part_of or "", ()):
        found[_key(table, owner)] = []
    for row in rows:
        found.setdefault(_key(table, row), []).append(row)
    return found


def _key(table: Table, row: Row) -> Key:
    return tuple([row.get(name) for name in table.owner])


def _table(table: Table, cells: Mapping[Key, _Cell]) -> pa.Table:
    rows = [(row, cell) for cell in cells.values() for row in cell.rows]
    columns = [
        pa.array([row.get(column.name) for row, _ in rows], column.type) for column in table.columns
    ]
    ats = pa.array([cell.at for _, cell in rows], MOMENT)
    ties = pa.array([cell.tie for _, cell in rows], pa.int64())
    names = [*table.schema.names, AT, TIE]
    return pa.Table.from_arrays([*columns, ats, ties], names=names)


def _gone(cells: _Cells) -> pa.Table:
    """The owners that have no parts any more."""
    gone = [
        (name, key[0], cell.at, cell.tie)
        for name, of_table in cells.items()
        for key, cell in of_table.items()
        if not cell.rows
    ]
    columns = zip(*gone, strict=True) if gone else [()] * len(GONE_SCHEMA)
    arrays = [
        pa.array(list(values), field.type)
        for values, field in zip(columns, GONE_SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=GONE_SCHEMA)
