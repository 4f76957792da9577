"""`facts.duckdb`: the current facts in canonical tables.

A projection of the archive. A batch of records and the position of the import it
came from are written in one transaction, so every import is applied exactly once;
delete the file and the same facts are made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.errors import WorkspaceError
from segmentry.facts.metafields import full_name
from segmentry.facts.tables import TABLES, Table
from segmentry.facts.touched import Touched
from segmentry.storage.added import AddedEvents
from segmentry.storage.arriving import Arriving
from segmentry.storage.changes import Changes, changes
from segmentry.storage.connecting import connect
from segmentry.storage.customer_facts import CustomerFacts
from segmentry.storage.deleted import DELETED, ERASED, erases, take_away
from segmentry.storage.erasing import CUSTOMER_IDS, erase_from, remove_events
from segmentry.storage.fact_hashes import TableHash, hashes
from segmentry.storage.identify import identify
from segmentry.storage.known_values import SOURCES, KnownValues
from segmentry.storage.merged import SURVIVORS
from segmentry.storage.private import make_private, put_on_disk
from segmentry.storage.read_table import FactsBeside, read
from segmentry.storage.touched import (
    TOUCHED,
    Touching,
    all_touched,
    forget_older,
    touched_since,
    triggering_since,
)
from segmentry.storage.traces import Traces
from segmentry.storage.versions import AT, FIRST, GONE, REMEMBER_DELETED, TIE, Arrival, Version

T = TypeVar("T")

_FAILED_IN_ITSELF = (duckdb.InternalException, duckdb.FatalException)
"""After these DuckDB answers nothing any more until its file is opened anew."""

FORMAT = 1
"""Of the tables below, in which the facts say it. Those of a lower one, or of none, are made
anew; those of a higher one are refused."""

_NOT_WRITTEN = (duckdb.IOException, duckdb.TransactionException, *_FAILED_IN_ITSELF)

_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.float64(): "DOUBLE",
}


class FactsDb:
    """The facts of one workspace, in a file or, without one, in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._beside: list[FactsBeside] = []
        self._connect()

    def _connect(self) -> None:
        try:
            self._connection = connect(self._path)
        except duckdb.Error as error:
            raise WorkspaceError(_why_not(self._path, error)) from error
        try:
            with self._reading():
                self._connection.execute("SET TimeZone = 'UTC'")
                self._check_format()
                self._make_tables()
            self._make_private()
            self._look_again()
        except BaseException:
            self._connection.close()  # or the file, moved away, would go on to be read here
            raise

    def _check_format(self) -> None:
        """Refuse facts of a newer format, and forget those of an older one: they are made anew
        from the archive."""
        tables = {name for (name,) in self._connection.execute("SHOW TABLES").fetchall()}
        if "applied" not in tables:
            return
        found = self._connection.execute("FROM format").fetchall() if "format" in tables else []
        number = max((number for (number,) in found), default=0)
        if number > FORMAT:
            raise WorkspaceError(
                f"{self._path} was made by a newer Segmentry than this one: its facts have the "
                f"format {number}. Upgrade segmentry."
            )
        if number < FORMAT:
            self._connection.execute("BEGIN")
            for name in tables:
                self._connection.execute(f'DROP TABLE "{name}"')
            self._connection.execute("COMMIT")

    def _make_private(self) -> None:
        """DuckDB makes its files as the process allows, and the log whenever it needs one."""
        if self._path is not None:
            make_private(self._path)
            make_private(self._log)

    def _make_tables(self) -> None:
        for table in TABLES.values():
            columns = ", ".join(
                f'"{c.name}" {_TYPES[c.type]}{" NOT NULL" if c.required else ""}'
                for c in table.columns
            )
            columns += f", {AT} TIMESTAMPTZ, {TIE} BIGINT"
            self._connection.execute(f'CREATE TABLE IF NOT EXISTS "{table.name}" ({columns})')
        self._connection.execute("CREATE TABLE IF NOT EXISTS applied (position BIGINT NOT NULL)")
        self._connection.execute(TOUCHED)
        self._connection.execute("CREATE TABLE IF NOT EXISTS made (version VARCHAR NOT NULL)")
        self._connection.execute(
            "INSERT INTO made SELECT uuid() WHERE NOT EXISTS (SELECT 1 FROM made)"
        )
        self._connection.execute("CREATE TABLE IF NOT EXISTS remains (position BIGINT)")
        self._connection.execute("CREATE TABLE IF NOT EXISTS format (number BIGINT NOT NULL)")
        self._connection.execute(
            f"INSERT INTO format SELECT {FORMAT} WHERE NOT EXISTS (SELECT 1 FROM format)"
        )
        self._connection.execute(SURVIVORS)
        self._connection.execute(DELETED)
        self._connection.execute(GONE)
        self._be_versioned()

    def _be_versioned(self) -> None:
        """Facts from before records had versions: theirs are the oldest."""
        versioned = f"SELECT table_name FROM duckdb_columns() WHERE column_name = '{AT}'"
        for table in TABLES.keys() - {name for (name,) in self._rows(versioned)}:
            for column in (f"{AT} TIMESTAMPTZ", f"{TIE} BIGINT"):
                self._connection.execute(f'ALTER TABLE "{table}" ADD COLUMN {column}')
        self._connection.execute(REMEMBER_DELETED)

    @property
    def version(self) -> str:
        """Names these facts; others of the same workspace, made anew or without people who were
        in them, have another."""
        return self._version

    @property
    def position(self) -> int:
        """The position of the last import applied; 0 before the first."""
        return self._position

    def _look_again(self) -> None:
        """Which facts they are, and how far they go: both are asked for all the time, and
        change only with what is written here."""
        ((version, last),) = self._rows(
            "SELECT version, (SELECT max(position) FROM applied) FROM made"
        )
        self._version, self._position = str(version), int(last or 0)
        self._added = AddedEvents(self._position)

    def apply(
        self, batch: Mapping[str, pa.Table], position: int, whole: Set[str] = frozenset()
    ) -> None:
        """Put the records of one import in place of those they replace, all or nothing; what
        fails can be applied again.

        `whole` names tables of which the batch has every row of the records they belong
        to: what was known of these records' rows before, is replaced.
        """
        self.take([Arrival(batch, Version(FIRST, position), whole=frozenset(whole))], position)

    def take(self, arrivals: Iterable[Arrival], position: int) -> None:
        """Put records into the facts that are newer than what is there, all or nothing, and
        note the position up to which the facts have everything then."""
        self._connection.execute("BEGIN")
        added: list[pa.Table] = []
        try:
            erasing = [self._take(each, position, added) for each in arrivals]
            forget_older(self._connection)
            self._connection.execute("DELETE FROM applied")
            self._connection.execute("INSERT INTO applied VALUES (?)", [position])
            if any(erasing):
                self._be_others(position)
            self._connection.execute("COMMIT")
        except BaseException as error:
            with suppress(duckdb.Error):  # it may be over, as where a commit found no room
                self._connection.execute("ROLLBACK")
            with suppress(duckdb.Error, WorkspaceError):
                self._look_again()
            if isinstance(error, _NOT_WRITTEN):
                raise WorkspaceError(_not_written(self._path, error)) from error
            raise
        finally:
            self._make_private()
        if any(erasing):
            self._look_again()
        self._position = position
        for each in added:
            self._added.note(position, each)

    def _take(self, arrival: Arrival, position: int, added: list[pa.Table]) -> bool:
        """Whether somebody was erased by it; notes the events that it did no more than to add."""
        arriving = Arriving(self._connection, arrival)
        touching = Touching(self._connection, live=arrival.version is None)
        try:
            arriving.choose()
            touching.before(arriving.fresh, arriving.replacing, arriving.gone)
            arriving.put()
        finally:
            arriving.close()
        take_away(self._connection)
        identify(self._connection)
        # Orders brought back guests who were deleted.
        take_away(self._connection)
        touching.after(position, triggers=arrival.triggers)
        added.append(touching.added)
        return erases(self._connection, arrival.tables)

    def _be_others(self, position: int) -> None:
        """What was made of these facts before is not to be used any more, nor to be kept."""
        all_touched(self._connection, position)
        self._connection.execute("UPDATE made SET version = uuid()")
        self._connection.execute("INSERT INTO remains VALUES (?)", [position])

    def erase(self, traces: Traces) -> None:
        """Take a person away, as they are taken from what facts are made anew from; all or
        nothing, and the same again changes nothing."""
        self._without(lambda connection: erase_from(connection, traces))

    def remove_events(self, ids: Iterable[str]) -> None:
        """Take events away, all or none."""
        self._without(lambda connection: remove_events(connection, ids))

    def _without(self, take: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        position = self.position
        self._connection.execute("BEGIN")
        try:
            take(self._connection)
            self._be_others(position)
            self._connection.execute("COMMIT")
        except BaseException as error:
            with suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            if isinstance(error, _NOT_WRITTEN):
                raise WorkspaceError(_not_written(self._path, error)) from error
            raise
        self._look_again()

    def customer_ids(self) -> frozenset[str]:
        """Every id of a customer that stands anywhere, former ones and deleted ones too."""
        return frozenset(id for (id,) in self._rows(CUSTOMER_IDS) if id is not None)

    def erased(self) -> tuple[str, ...]:
        """The ids of people who were erased, former ones too."""
        return tuple(row[0] for row in self._rows(ERASED))

    def clear_remains(self) -> None:
        """Write the file anew if people were erased: rows that are deleted stay in it for long.

        Nothing can be read meanwhile, and what was given out to read by is of no use after.
        """
        if self._path is None or not self._rows("SELECT 1 FROM remains LIMIT 1"):
            return
        anew = self._path.with_suffix(".unfinished")
        self._copy(anew, "DELETE FROM anew.remains")
        self._go_on(anew)

    def copy_to(self, path: Path) -> dict[str, str]:
        """Write the facts as they are to a new file; gives the hash of each table."""
        self._copy(path)
        return {each.table: each.hash for each in self.hashes()}

    def _copy(self, path: Path, *after: str) -> None:
        """Write a file with the same tables, on which these statements are run."""
        path.unlink(missing_ok=True)
        with self._reading():
            self._connection.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS anew")
            make_private(path)
            try:
                (name,) = self._rows("SELECT current_database()")[0]
                self._connection.execute(f'COPY FROM DATABASE "{name}" TO anew')
                for statement in after:
                    self._connection.execute(statement)
            finally:
                self._connection.execute("DETACH anew")

    def _go_on(self, anew: Path) -> None:
        """Go on with another file, which gets the name of the present one. Whoever is ended
        between two steps leaves one of them, whole."""
        assert self._path is not None
        self.close()
        # All of the old one's log is in it by now, and must never be read as that of the new.
        self._log.unlink(missing_ok=True)
        anew.replace(self._path)
        put_on_disk(self._path.parent)
        self._connect()

    def go_on_with(self, anew: FactsDb) -> None:
        """Take the place of these facts by others of the same workspace, made beside them; what
        was given out to read these by is of no use after."""
        if self._path is None or anew._path is None:
            self._close_beside()
            self._connection, anew._connection = anew._connection, self._connection
            self._look_again()
            return
        anew.close()
        self._go_on(anew._path)

    @property
    def _log(self) -> Path:
        """The file in which DuckDB keeps what is not in the other yet."""
        assert self._path is not None
        return self._path.with_name(f"{self._path.name}.wal")

    def hashes(self) -> tuple[TableHash, ...]:
        """Every canonical table as it is stored, by a hash that no order of rows changes."""
        return self._read(lambda connection: tuple(hashes(connection)))

    def compare(
        self, batch: Mapping[str, pa.Table], whole: Set[str] = frozenset()
    ) -> dict[str, Changes]:
        """By table, what applying a batch would change."""
        return self._read(lambda connection: changes(connection, batch, whole))

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, in its declared schema, those of merged profiles with their
        survivor's id."""
        return self._read(lambda connection: read(connection, table))

    def of(self, customers: Iterable[str]) -> CustomerFacts:
        """The facts of some customers, by their ids, as they are whenever they are read."""
        return CustomerFacts(self._read, customers)

    def beside(self) -> FactsBeside:
        """The facts as they are now, to be read by another thread."""
        beside = self._read(lambda connection: FactsBeside(connection.cursor()))
        self._beside.append(beside)
        return beside

    def touched_since(self, position: int) -> Touched | None:
        """Whose facts imports and messages after a position changed, and how; None where it may
        be those of all."""
        found = self._read(lambda connection: touched_since(connection, position))
        if found is None:
            return None
        added = self._added.after(position)
        if added is None:
            return Touched(frozenset(found))
        others = frozenset(id for id, only_added in found.items() if not only_added)
        return Touched(others, _of_others(added, others))

    def triggering_since(self, position: int) -> frozenset[str] | None:
        """Those of them whose change starts what waits; None where it may be that of all."""
        return self._read(lambda connection: triggering_since(connection, position))

    def stored(self, table: Table, by: str, wanted: Sequence[str]) -> pa.Table:
        """The rows of a table as they were imported, merges not applied, of which `by`, an
        expression of its columns, is among `wanted`."""
        if not wanted:
            return table.schema.empty_table()
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        statement = f'SELECT {columns} FROM "{table.name}" WHERE {by} IN (SELECT unnest($wanted))'
        found = self._table(statement, {"wanted": list(wanted)})
        return found.cast(table.schema)

    def survivors(self) -> dict[str, str]:
        """Every profile that was merged into another, and the one that lives on."""
        return dict(self._rows("SELECT customer_id, survivor_id FROM survivors"))

    def known_ids(self, table: Table) -> pa.Array:
        """The ids that stand in a table, of merged profiles too."""
        found = self._table(f'SELECT "{table.owner[0]}" FROM "{table.name}"')
        return found.column(0).combine_chunks()

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        (row,) = self._rows(f'SELECT count(*) FROM "{table.name}"')
        return int(row[0])

    def holds(
        self, table: Table, columns: tuple[str, ...] = (), where: tuple[str, str] | None = None
    ) -> bool:
        """Whether a table has a row with a value in one of `columns` (in any row, without
        columns), and with the value of `where` in the column it names."""
        known = " OR ".join(f'"{column}" IS NOT NULL' for column in columns) or "true"
        column, value = where or (table.columns[0].name, None)
        matches = "true" if value is None else f'"{column}" = ?'
        found = self._rows(
            f'SELECT 1 FROM "{table.name}" WHERE ({known}) AND {matches} LIMIT 1',
            [] if value is None else [value],
        )
        return bool(found)

    def distinct(self, table: Table, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The different values that columns have together, rows without one left out."""
        names = ", ".join(f'"{column}"' for column in columns)
        known = " AND ".join(f'"{column}" IS NOT NULL' for column in columns)
        return self._rows(f'SELECT DISTINCT {names} FROM "{table.name}" WHERE {known}')

    def metafield_types(self) -> dict[str, str]:
        """The full name of each metafield to the type that the data give it."""
        rows = self._rows(
            "SELECT namespace, key, any_value(type) "
            "FROM attributes WHERE namespace <> 'profile' GROUP BY ALL"
        )
        return {full_name(namespace, key): type for namespace, key, type in rows}

    def sources(self) -> frozenset[str]:
        """The names of the sources that customers come from."""
        return frozenset(row[0] for row in self._rows(SOURCES))

    def known_values(self) -> KnownValues:
        """The values the facts hold at present, for completion."""
        return KnownValues(self._rows, self.sources())

    def _rows(self, statement: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """A statement's rows, every one: one that is left waiting blocks `read`."""
        return self._read(lambda connection: connection.execute(statement, values).fetchall())

    def _table(self, statement: str, values: Mapping[str, object] | None = None) -> pa.Table:
        return self._read(
            lambda connection: connection.sql(statement, params=values).to_arrow_table()
        )

    def _read(self, ask: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """What is asked of the connection. Where DuckDB fails in itself the file is opened
        anew and asked once more, so that nobody notices."""
        with self._reading():
            try:
                return ask(self._connection)
            except _FAILED_IN_ITSELF:
                if self._path is None:
                    raise
            # Only here, where the error has let go of all that was asked, is the file let go too.
            self.close()
            self._connect()
            return ask(self._connection)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Tell damage, which is found only where it is read, from a fault of ours."""
        try:
            yield
        except duckdb.Error as error:
            damaged = isinstance(error, (duckdb.IOException, *_FAILED_IN_ITSELF))
            if damaged or "corrupt" in str(error).lower():
                raise WorkspaceError(_why_not(self._path, error)) from error
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._close_beside()
        self._connection.close()

    def _close_beside(self) -> None:
        for beside in self._beside:
            beside.close()
        self._beside.clear()


def _of_others(events: pa.Table, customers: Set[str]) -> pa.Table:
    """Events without those of some customers."""
    if not customers:
        return events
    theirs = pc.is_in(events.column("customer_id"), pa.array(list(customers), pa.string()))
    return events.filter(pc.invert(theirs))


def _not_written(path: Path | None, error: duckdb.Error) -> str:
    if path is None:
        return _why_not(path, error)
    return f"{path} could not be written: {error}. Nothing is lost: do the same again."


def _why_not(path: Path | None, error: duckdb.Error) -> str:
    if path is None:
        return (
            f"The facts of this workspace were in memory and are lost: {error}. "
            "Load its records into a new one."
        )
    if "set lock on" in str(error):
        return f"{path} is in use by another process; only one can use a workspace at a time."
    return (
        f"{path} cannot be read: {error}. It can be made anew from the import archive: "
        "move it away and run `segmentry rebuild`."
    )
