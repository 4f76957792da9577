"""One message to what the journal keeps of it, or to the reason why not.

Every value becomes what its canonical column keeps, so that two ways to write one thing are
one, and nothing is found wrong after a message was accepted. Does not know what came before:
whether an id was used already is for the journal.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from segmentry.base.errors import DataError
from segmentry.base.grace import GRACE
from segmentry.facts.tables import TABLES, Column, Table
from segmentry.ingest.cells import cell, moment
from segmentry.ingest.messages.limits import DEPTH, ID, KEY, MESSAGE, PROPERTIES
from segmentry.ingest.messages.parse import Faulty, step
from segmentry.ingest.records import check_source, default_of
from segmentry.storage.journal import Entry

_KEYS = ("message_id", "at", "records")
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63

encode = msgspec.json.Encoder(order="deterministic").encode
"""Canonical JSON: keys in order, no spaces."""

_encode_any = msgspec.json.Encoder(enc_hook=str).encode


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a message is refused: a code for programs, words, and where, as a JSON pointer."""

    code: str
    message: str
    pointer: str


class _Wrong(Exception):
    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        self.problem = Problem(code, message, pointer)


@dataclass(frozen=True, slots=True)
class Checking:
    """What messages are checked by: their source, the store's zone, and the moment."""

    source: str
    zone: ZoneInfo
    now: datetime

    def __post_init__(self) -> None:
        """Refuses what is no name of a source."""
        check_source(self.source)

    def entry(self, message: Any) -> Entry | Problem:
        """What the journal keeps of a message; pointers begin at the message."""
        try:
            return self._entry(message)
        except _Wrong as wrong:
            return wrong.problem

    def _entry(self, message: Any) -> Entry:
        if isinstance(message, Faulty):
            raise _Wrong("json", f"{message.why[:1].upper()}{message.why[1:]}.")
        if not isinstance(message, Mapping):
            raise _Wrong("shape", 'A message is an object: {"records": {...}}.')
        _look(message)
        _refuse_large(message)
        for key in message:
            if key not in _KEYS:
                raise _Wrong(
                    "shape", f"A message has {', '.join(_KEYS)}, nothing else.", f"/{step(key)}"
                )
        at, id = self._at(message.get("at")), _id(message.get("message_id"))
        content: dict[str, Any] = {"records": self._records(message.get("records"))}
        if at is not None:
            content["at"] = _micros(at)
        body = encode(content)
        digest = hashlib.sha256(body).digest()
        return Entry(self.source, id, self.now, at or self.now, body, digest)

    def _at(self, value: Any, pointer: str = "/at") -> datetime | None:
        """A moment by which records are told apart; one to come would outdo all that follow."""
        if value is None:
            return None
        try:
            found = moment(value, self.zone)
        except (ValueError, TypeError) as error:
            raise _Wrong("value", f"at: {error}", pointer) from None
        if found > self.now + GRACE:
            raise _Wrong("future", "This moment is more than a day ahead of the clock.", pointer)
        return found

    def _records(self, records: Any) -> dict[str, list[dict[str, Any]]]:
        if not isinstance(records, Mapping) or not records:
            said = 'The records of a message are an object: {"orders": [{...}]}.'
            raise _Wrong("shape", said, "/records")
        return {name: self._rows(name, rows) for name, rows in records.items()}

    def _rows(self, name: str, rows: Any) -> list[dict[str, Any]]:
        pointer = f"/records/{step(name)}"
        table = _TABLES.get(name)
        if table is None:
            raise _Wrong("table", f"There is no such table. Tables: {', '.join(TABLES)}.", pointer)
        if isinstance(rows, str | bytes) or not isinstance(rows, Sequence):
            raise _Wrong("shape", f"The rows of {name} are a list.", pointer)
        return [self._row(table, row, f"{pointer}/{at}") for at, row in enumerate(rows)]

    def _row(self, known: _Known, row: Any, pointer: str) -> dict[str, Any]:
        table = known.table
        if not isinstance(row, Mapping):
            raise _Wrong("shape", f"A row of {table.name} is an object.", pointer)
        for key in row:
            if key not in known.columns:
                raise _Wrong(
                    "column",
                    f"There is no such column. Columns: {', '.join(known.columns)}.",
                    f"{pointer}/{step(key)}",
                )
        kept: dict[str, Any] = {}
        for name, column in known.columns.items():
            if name not in row and name not in known.without_saying:
                continue
            value = row[name] if name in row else default_of(table, column, row)
            try:
                found = cell(table.name, column, value, self.source, self.zone)
            except (ValueError, TypeError, OverflowError, RecursionError) as error:
                said = f"{table.name}, {name}: {error}"
                raise _Wrong("value", said, f"{pointer}/{name}") from None
            if found is not None:
                kept[name] = _plain(found)
        self._further(table, row, kept, pointer)
        return kept

    def _further(
        self, table: Table, row: Mapping[str, Any], kept: Mapping[str, Any], pointer: str
    ) -> None:
        """What is wrong only with a row as a whole."""
        if table.name == "customer_merges" and kept["customer_id"] == kept["merged_into"]:
            raise _Wrong("value", "A profile cannot be merged into itself.", pointer)
        if table.name == "deletions":
            self._at(row.get("deleted_at"), f"{pointer}/deleted_at")


@dataclass(frozen=True, slots=True)
class _Known:
    """A table, its columns by name, and those that have a value where a row says none."""

    table: Table
    columns: Mapping[str, Column]
    without_saying: frozenset[str]


def _known(table: Table) -> _Known:
    columns = {column.name: column for column in table.columns}
    always = {
        column.name
        for column in table.columns
        if column.required or default_of(table, column, {"email": "a@b.example"}) is not None
    }
    return _Known(table, columns, frozenset(always))


_TABLES = {name: _known(table) for name, table in TABLES.items()}


def _id(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("shape", "A message id is a text.", "/message_id")
    if len(value) > ID:
        raise _Wrong("too_large", f"A message id has at most {ID} characters.", "/message_id")
    return value


def _look(value: Any, pointer: str = "", depth: int = 0) -> None:
    """Refuse what no column can hold, wherever it stands."""
    if isinstance(value, str):
        if _HALF_A_CHARACTER.search(value):
            raise _Wrong("value", "This text holds half a character.", pointer)
    elif isinstance(value, Mapping):
        _refuse_many(value, pointer, depth)
        for key, each in value.items():
            _look_at_key(key, pointer)
            _look(each, f"{pointer}/{step(key)}", depth + 1)
    elif isinstance(value, list | tuple):
        _refuse_many(value, pointer, depth)
        for number, each in enumerate(value):
            _look(each, f"{pointer}/{number}", depth + 1)
    elif isinstance(value, Faulty):
        raise _Wrong("json", f"This cannot be read: {value.why}.", pointer)
    elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        said = "A whole number lies within 64 bits; write a longer one as a text."
        raise _Wrong("value", said, pointer)


def _refuse_many(value: Mapping[Any, Any] | Sequence[Any], pointer: str, depth: int) -> None:
    if depth == DEPTH:
        raise _Wrong("too_large", f"Values lie at most {DEPTH} deep in each other.", pointer)
    if len(value) > PROPERTIES:
        raise _Wrong("too_large", f"An object or list has at most {PROPERTIES:,} parts.", pointer)


def _look_at_key(key: Any, pointer: str) -> None:
    if not isinstance(key, str):
        raise _Wrong("shape", "Keys are texts.", pointer)
    if len(key) > KEY:
        said = f"A key has at most {KEY:,} characters."
        raise _Wrong("too_large", said, f"{pointer}/{step(key)}")
    if _HALF_A_CHARACTER.search(key):
        raise _Wrong("value", "A key holds half a character.", pointer)


def _refuse_large(message: Any) -> None:
    try:
        size = len(_encode_any(message))
    except (TypeError, ValueError, OverflowError, DataError) as error:
        raise _Wrong("value", f"This cannot be written as JSON: {error}") from None
    if size > MESSAGE:
        said = f"A message has at most {MESSAGE:,} bytes; this one has {size:,}."
        raise _Wrong("too_large", said)


def _plain(value: Any) -> Any:
    """A cell as the journal keeps it: moments in microseconds, days in days, since 1970."""
    if isinstance(value, datetime):
        return _micros(value)
    if isinstance(value, date):
        return value.toordinal() - _EPOCH.toordinal()
    return value


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
