"""The store's tables as an engine reads them: made once, then kept as Parquet files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.facts.store import Store
from segmentry.facts.tables import EVENTS, Table
from tests.bench.measuring import Cost, clocked

from . import behaviour, people, sales

AS_OF = datetime(2026, 6, 15, 14, 37, 20, tzinfo=UTC)
"""Now: no fact is later. A Monday in the afternoon of London's summer."""
BEGAN = datetime(2023, 6, 15, tzinfo=UTC)
STORE = Store(ZoneInfo("Europe/London"), "GBP")
_VERSION = 1
"""To be raised when the same size and seed give other tables."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Size:
    """Which store: how many customers, whose events or none, from which seed."""

    customers: int
    seed: int = 1
    events: bool = True

    @property
    def folder(self) -> str:
        """What its folder is called."""
        return f"w{_VERSION}-{self.customers}-{self.seed}"


@dataclass(slots=True)
class StoreTables:
    """A fact source that reads a table's file each time; `cost` is what that has taken."""

    size: Size
    folder: Path
    cost: Cost = field(default_factory=Cost.nothing)

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, in its declared schema; no rows if the store has no such file."""
        path = self.path(table.name)
        if not path.exists() or (table.name == EVENTS.name and not self.size.events):
            return table.schema.empty_table()
        with clocked() as clock:
            found = pq.read_table(path, schema=table.schema)
        self.cost += clock.cost
        return found

    def rows(self, table: Table) -> int:
        """How many rows a table has."""
        return int(pq.read_metadata(self.path(table.name)).num_rows)

    def path(self, name: str) -> Path:
        """Where the rows of a table are kept."""
        return self.folder / f"{name}.parquet"


def open_store(size: Size, kept: Path) -> StoreTables:
    """The store of a size, from the folder that stores are kept in; made if it is not there."""
    folder = kept / size.folder
    if not folder.exists():
        _make(size, folder)
    tables = StoreTables(size, folder)
    if size.events and not tables.path(EVENTS.name).exists():
        _write(tables.path(EVENTS.name), behaviour.events(_random(size, 4), _people(size)))
    return tables


def _make(size: Size, folder: Path) -> None:
    """Write all tables but events, into a folder that takes its name when it is whole."""
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for tables in _drawn(size):
        for name, table in tables.items():
            _write(unfinished / f"{name}.parquet", table)
    unfinished.rename(folder)


def _drawn(size: Size) -> Iterator[Mapping[str, pa.Table]]:
    who = _people(size)
    yield people.tables(_random(size, 1), who)
    sold = sales.draw_sales(_random(size, 2), who)
    yield sales.tables(_random(size, 5), who, sold)
    yield {"checkouts": behaviour.checkouts(_random(size, 3), who)}


def _people(size: Size) -> people.People:
    began, as_of = microseconds(BEGAN), microseconds(AS_OF)
    return people.draw_people(_random(size, 0), size.customers, began, as_of)


def _random(size: Size, part: int) -> np.random.Generator:
    """A part's own stream, so that one part can be made without the others."""
    return np.random.default_rng([size.seed, part])


def _write(path: Path, table: pa.Table) -> None:
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(table, unfinished, compression="zstd", compression_level=1)
    unfinished.rename(path)
