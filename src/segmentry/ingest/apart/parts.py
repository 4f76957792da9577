"""What was read of files, written to a folder and read from it again: tables as Arrow files, the
rest as JSON. Nothing in there is run; what does not fit the canonical tables is refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import pyarrow as pa

from segmentry.base.errors import DataError
from segmentry.facts.tables import TABLES
from segmentry.ingest.events import Gathered
from segmentry.ingest.events.message import Message
from segmentry.ingest.files import FileImport, FileReport, Note
from segmentry.ingest.files.report import REFUSED
from segmentry.ingest.from_files import FilesRead

Kind: TypeAlias = Literal["files", "events"]
Read: TypeAlias = FilesRead | Gathered

GONE = "The files that were sent are not there any more. Send them again."

_TOLD, _REFUSED, _MESSAGES = "told.json", "refused", "messages"
_SURE, _IF_NEW = "tables", "if_new"
_MESSAGE = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "name", "user", "device")),
        ("at", pa.timestamp("us", tz="UTC")),
        *((name, pa.string()) for name in ("properties", "about")),
        *((name, pa.int64()) for name in ("source", "line")),
    ]
)
_REFUSAL = pa.schema(
    [
        *((name, pa.int64()) for name in ("source", "line")),
        *((name, pa.string()) for name in ("field", "value", "reason")),
    ]
)
_NUMBER = "\0number"
"""The one key of what stands for a number with a point, which has to come back exactly."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Files that are to be read, and how: as a plan of import has it, `mapping` as its text."""

    kind: Kind
    paths: tuple[str, ...]
    source: str
    zone: str
    currency: str
    country: str | None
    mapping: str | None
    now: datetime
    first_seen: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class _Files:
    """What of files is no table."""

    plan: str
    sha256: tuple[str, ...]
    tables: tuple[str, ...]
    if_new: tuple[str, ...]
    whole: tuple[str, ...]
    accepted: int
    refused_rows: int
    notes: tuple[Note, ...]
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Events:
    """What of events is no table."""

    names: tuple[str, ...]
    remarks: tuple[tuple[int, str, int], ...]
    taken: int


@dataclass(frozen=True, slots=True)
class _Told:
    """What was asked, and what came of it beside the tables."""

    asked: Asked
    files: _Files | None = None
    events: _Events | None = None


def write_parts(folder: Path, asked: Asked, read: Read) -> None:
    """Write what was read to an empty folder."""
    match read:
        case FilesRead():
            told = _files(folder, asked, read)
        case Gathered():
            told = _events(folder, asked, read)
    (folder / _TOLD).write_bytes(msgspec.json.encode(told))


def read_parts(folder: Path) -> tuple[Asked, Read]:
    """What was asked and read. Refuses a folder that is gone, and parts that cannot be."""
    try:
        told = msgspec.json.decode((folder / _TOLD).read_bytes(), type=_Told)
        if told.files is not None:
            return told.asked, _files_again(folder, told.files)
        if told.events is not None:
            return told.asked, _events_again(folder, told.events)
    except FileNotFoundError as error:
        raise DataError(GONE) from error
    except (OSError, ValueError, ArithmeticError, KeyError, pa.ArrowException) as error:
        raise DataError("What was read of the files cannot be used. Send them again.") from error
    raise DataError("What was read of the files cannot be used. Send them again.")


# -- files ------------------------------------------------------------------------------


def _files(folder: Path, asked: Asked, read: FilesRead) -> _Told:
    found, report = read.found, read.found.report
    for kind, tables in ((_SURE, found.tables), (_IF_NEW, found.if_new)):
        (folder / kind).mkdir(mode=0o700)
        for name, table in tables.items():
            _write(folder / kind / name, table)
    _write(folder / _REFUSED, report.refused)
    files = _Files(
        read.plan,
        read.sha256,
        tuple(found.tables),
        tuple(found.if_new),
        tuple(sorted(found.whole)),
        report.accepted,
        report.refused_rows,
        report.notes,
        dict(report.tables),
    )
    return _Told(asked, files=files)


def _files_again(folder: Path, told: _Files) -> FilesRead:
    report = FileReport(
        told.accepted,
        told.refused_rows,
        _table(folder / _REFUSED, REFUSED),
        told.notes,
        told.rows,
    )
    sure, if_new = _tables(folder / _SURE, told.tables), _tables(folder / _IF_NEW, told.if_new)
    found = FileImport(sure, if_new, frozenset(told.whole), report)
    return FilesRead(found, told.plan, told.sha256)


def _tables(folder: Path, names: Iterable[str]) -> dict[str, pa.Table]:
    """Canonical tables; of another name there is none."""
    return {name: _table(folder / TABLES[name].name, TABLES[name].schema) for name in names}


# -- events -----------------------------------------------------------------------------


def _events(folder: Path, asked: Asked, found: Gathered) -> _Told:
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "user": each.user,
            "device": each.device,
            "at": each.at,
            "properties": json.dumps(each.properties, default=_number),
            "about": json.dumps(dict(each.about)),
            "source": source,
            "line": line,
        }
        for each, source, line in found.messages.values()
    ]
    _write(folder / _MESSAGES, pa.Table.from_pylist(rows, schema=_MESSAGE))
    refused = [dict(zip(_REFUSAL.names, each, strict=True)) for each in found.refused]
    _write(folder / _REFUSED, pa.Table.from_pylist(refused, schema=_REFUSAL))
    remarks = tuple((source, what, count) for (source, what), count in found.remarks.items())
    return _Told(asked, events=_Events(found.names, remarks, found.taken))


def _events_again(folder: Path, told: _Events) -> Gathered:
    found = Gathered(told.names, taken=told.taken)
    for row in _rows(folder / _MESSAGES, _MESSAGE):
        properties = json.loads(row["properties"], object_hook=_as_number)
        message = Message(
            *(row["id"], row["name"], row["user"], row["device"], row["at"]),
            *(properties, json.loads(row["about"])),
        )
        found.messages[message.id] = (message, row["source"], row["line"])
    found.refused.extend(
        (row["source"], row["line"], row["field"], row["value"], row["reason"])
        for row in _rows(folder / _REFUSED, _REFUSAL)
    )
    found.remarks = Counter({(source, what): count for source, what, count in told.remarks})
    return found


def _number(value: Any) -> Mapping[str, str]:
    if isinstance(value, Decimal):
        return {_NUMBER: str(value)}
    raise TypeError(type(value).__name__)


def _as_number(found: dict[str, Any]) -> Any:
    return Decimal(found[_NUMBER]) if found.keys() == {_NUMBER} else found


# -- Arrow ------------------------------------------------------------------------------


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table)


def _table(path: Path, schema: pa.Schema) -> pa.Table:
    """A table of a schema, as a file has it; all of it is looked at, as it may be damaged."""
    with pa.OSFile(str(path), "rb") as file:
        found = pa.ipc.open_file(file).read_all()
    if not found.schema.equals(schema):
        raise ValueError(f"{path.name} has other columns")
    found.validate(full=True)
    return found


def _rows(path: Path, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    for batch in _table(path, schema).to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
