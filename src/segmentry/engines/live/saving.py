"""Columns in a file, so that a store can be asked again without its facts being read.

The objects are pickled, and their arrays lie beside the pickle as they are in memory: the
file is mapped, and a column that nobody asks about is never copied. A pickle can name any
function to be called, so that only the few kinds that columns consist of are let through.

The file says which facts it was made of, and by which code and libraries. What does not
fit, or is damaged, is as good as no file: then the facts are read.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import pickle
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from segmentry.engines.base import FactSource
from segmentry.engines.live import (
    addresses,
    checkouts,
    columns,
    consent,
    customers,
    event_log,
    events,
    groups,
    keys,
    lines,
    orders,
    purchases,
)
from segmentry.engines.live.store import StoreColumns
from segmentry.storage.private import make_folder, new_file

_ALIGNED = 64
_MAGIC = b"segmentry columns\n"
_OURS: tuple[type, ...] = (
    *(StoreColumns, customers.Customers, keys.Keys, groups.Index),
    *(columns.Numbers, columns.Dates, columns.Coded, columns.Lists, columns.Through),
    *(columns.Words, orders.Orders, orders.OrderTable, orders.Refunds, lines.Lines),
    *(purchases.Purchases, checkouts.Checkouts, checkouts.Became, consent.Acts),
    *(event_log.EventLog, events.EventTable, events.Events, addresses.Places),
)
_LIBRARIES: frozenset[tuple[str, str]] = frozenset(
    {
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.numeric", "_frombuffer"),
        ("pyarrow.lib", "_restore_array"),
        ("pyarrow.lib", "chunked_array"),
        ("pyarrow.lib", "_reconstruct_table"),
        ("pyarrow.lib", "py_buffer"),
        ("pyarrow.lib", "schema"),
        ("pyarrow.lib", "field"),
        ("pyarrow.lib", "type_for_alias"),
        ("pyarrow.lib", "timestamp"),
    }
)


class NotUsable(Exception):
    """A file that columns cannot be taken from, and why."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Columns as they were saved, the import that their facts stood at, and how many bytes
    their arrays take."""

    columns: StoreColumns
    position: int
    size: int


def save(columns: StoreColumns, path: Path, version: str, position: int) -> None:
    """Put all columns read so far into a file, in place of the one that is there.

    `version` names the facts and `position` their last import when the first column was
    read. A process that ends before the end leaves the former file.
    """
    make_folder(path.parent)
    unfinished = path.with_suffix(".unfinished")
    with new_file(unfinished) as file:
        _write(file, *_pickled(columns), _about(version, columns.zone) | {"position": position})
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def size_of(columns: StoreColumns) -> int:
    """How many bytes the arrays of columns take in a file."""
    return sum(map(len, _once(_pickled(columns)[1])[0]))


def load(path: Path, facts: FactSource, version: str, zone: ZoneInfo) -> Saved | None:
    """The columns in a file; None where there is none that fits. What is asked for and not
    in it, is read from the facts."""
    try:
        return _load(path, facts, zone, _about(version, zone))
    except (OSError, NotUsable):
        return None


def problem_of(path: Path) -> str | None:
    """What is damaged in a file of columns; None if nothing is, or none is there."""
    try:
        with path.open("rb") as file:
            mapped = _mapped(file)
        _parts(memoryview(mapped))
    except FileNotFoundError:
        return None
    except (OSError, NotUsable) as error:
        return str(error)
    return None


def _load(path: Path, facts: FactSource, zone: ZoneInfo, about: Mapping[str, str]) -> Saved:
    with path.open("rb") as file:
        mapped = _mapped(file)  # stays as long as an array of it does
    header, pickled, parts = _parts(memoryview(mapped))
    if not about.items() <= header.items():
        raise NotUsable("It was made of other facts or by another version.")
    try:
        buffers = [parts[place] for place in header["places"]]
        columns = _Unpickler(pickled, buffers, facts, zone).load()
    except Exception as error:  # a pickle can fail in any way
        raise NotUsable(f"It cannot be read: {error}") from error
    if not isinstance(columns, StoreColumns):
        raise NotUsable("It holds something else.")
    return Saved(columns, int(header["position"]), sum(map(len, parts)))


# -- the file -------------------------------------------------------------------------


def _write(
    file: BinaryIO, pickled: bytes, buffers: Sequence[memoryview], header: Mapping[str, Any]
) -> None:
    """The first line, a header in JSON, and the parts, each at a round place."""
    different, places = _once(buffers)
    parts = (memoryview(pickled), *different)
    listed = [(len(part), _sum(part)) for part in parts]
    text = json.dumps({**header, "parts": listed, "places": places}).encode()
    file.write(_MAGIC + f"{len(text):>12} {_sum(memoryview(text)):>20}\n".encode() + text)
    for part in parts:
        file.write(bytes(-file.tell() % _ALIGNED))
        file.write(part)


def _once(buffers: Sequence[memoryview]) -> tuple[list[memoryview], list[int]]:
    """The different buffers, and the place of each among them: pieces of one Arrow array all
    name the whole of it."""
    places: dict[tuple[int, int], int] = {}
    different: list[memoryview] = []
    found = []
    for buffer in buffers:
        key = (np.frombuffer(buffer, np.uint8).ctypes.data, len(buffer))
        if key not in places:
            places[key] = len(different)
            different.append(buffer)
        found.append(places[key])
    return different, found


def _mapped(file: BinaryIO) -> mmap.mmap:
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise NotUsable("It is empty.") from error


def _parts(file: memoryview) -> tuple[dict[str, Any], memoryview, list[memoryview]]:
    """Header, pickle and arrays. Refuses what is not as it was written."""
    place = len(_MAGIC) + 34
    begin = bytes(file[:place])
    if not begin.startswith(_MAGIC):
        raise NotUsable("It is no file of columns.")
    try:
        length, total = map(int, begin[len(_MAGIC) :].split())
    except ValueError as error:
        raise NotUsable("Its beginning is damaged.") from error
    text = file[place : place + length]
    if len(text) != length or _sum(text) != total:
        raise NotUsable("Its header is damaged.")
    header: dict[str, Any] = json.loads(bytes(text))
    pickled, *parts = _cut(file, place + length, header["parts"])
    return header, pickled, parts


def _cut(file: memoryview, place: int, listed: Sequence[tuple[int, int]]) -> Iterator[memoryview]:
    for length, total in listed:
        place += -place % _ALIGNED
        part = file[place : place + length]
        if len(part) != length:
            raise NotUsable("Its end is missing.")
        if _sum(part) != total:
            raise NotUsable(f"It is damaged between bytes {place:,} and {place + length:,}.")
        yield part
        place += length


def _sum(part: memoryview) -> int:
    """Of the part as whole numbers of eight bytes: no slower than memory is read, and any
    one damaged number changes it."""
    whole = len(part) // 8 * 8
    numbers = np.frombuffer(part[:whole], np.uint64) if whole else np.empty(0, np.uint64)
    rest = int.from_bytes(part[whole:], "little")
    return (int(numbers.sum(dtype=np.uint64)) + rest + len(part)) % 2**64


def _about(version: str, zone: ZoneInfo) -> dict[str, str]:
    """All that must be the same for columns to be taken as they are."""
    return {
        "facts": version,
        "zone": zone.key,
        "code": _code(),
        "libraries": f"{platform.python_version()} {np.__version__} {pa.__version__}",
    }


@cache
def _code() -> str:
    """Names the code that columns are made by."""
    found = sha256()
    for path in sorted(Path(__file__).parents[2].rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


# -- the objects ------------------------------------------------------------------------


def _pickled(columns: StoreColumns) -> tuple[bytes, list[memoryview]]:
    """The objects, and their arrays, which are not copied."""
    buffers: list[memoryview] = []

    def aside(buffer: pickle.PickleBuffer) -> bool:
        with suppress(BufferError):
            buffers.append(buffer.raw())
            return False
        return True

    written = io.BytesIO()
    _Pickler(written, columns, aside).dump(columns)
    return written.getvalue(), buffers


class _Pickler(pickle.Pickler):
    def __init__(
        self,
        file: io.BytesIO,
        columns: StoreColumns,
        aside: Callable[[pickle.PickleBuffer], bool],
    ) -> None:
        super().__init__(file, protocol=5, buffer_callback=aside)
        self._columns = columns

    def persistent_id(self, obj: object) -> str | None:
        """Facts and zone are those of the workspace that the columns are read into."""
        return (
            "facts" if obj is self._columns.facts else "zone" if obj is self._columns.zone else None
        )


class _Unpickler(pickle.Unpickler):
    _allowed = _LIBRARIES | {(kind.__module__, kind.__qualname__) for kind in _OURS}

    def __init__(
        self,
        pickled: memoryview,
        buffers: Sequence[memoryview],
        facts: FactSource,
        zone: ZoneInfo,
    ) -> None:
        super().__init__(io.BytesIO(pickled), buffers=buffers)
        self._theirs: dict[str, FactSource | ZoneInfo] = {"facts": facts, "zone": zone}

    def persistent_load(self, pid: str) -> FactSource | ZoneInfo:
        """The facts, or the zone."""
        return self._theirs[pid]

    def find_class(self, module: str, name: str) -> Any:
        """Only kinds that columns consist of."""
        if (module, name) not in self._allowed:
            raise NotUsable(f"It names {module}.{name}.")
        return super().find_class(module, name)
