"""Puts records that arrive into the facts, each in place of an older version of itself.

Which hold is settled before anything changes, then they take their places: rows, owners
without parts, deletions. Works in a transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import duckdb

from segmentry.facts.tables import DELETABLE, TABLES, Table
from segmentry.storage.versions import AT, TIE, Arrival, Version, kind_of, older, parts_of
from segmentry.storage.versions import with_parts as and_parts


class Arriving:
    """One arrival on its way into the facts.

    `fresh` are the tables that hold what is newer than the facts, by the name of theirs, as
    expressions; those of `replacing` may take the place of rows there are. `fresh_gone` is the
    table of owners without parts and of records deleted.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
        self._connection = connection
        self._arrival = arrival
        self._batch = {name: self._versioned(name) for name in arrival.tables}
        self.fresh: dict[str, str] = {}
        self.replacing: set[str] = set()
        self.gone: frozenset[str] = frozenset()
        """The names of tables and kinds in `fresh_gone`."""

    def choose(self) -> None:
        """Settle what of the arrival is newer than the facts."""
        for name, table in self._arrival.tables.items():
            self._connection.register(f"batch_{name}", table)
        self._note_gone()
        self.fresh = {
            name: self._chosen(TABLES[name]) for name in self._batch if name != "deletions"
        }

    def put(self) -> None:
        """Have what is newer take its place."""
        if self._arrival.version is None:
            self._remember_imported_parts()
        for name in self.fresh:
            self._replace(TABLES[name])
        self._take_gone()
        self._revive()
        if "deletions" in self._batch:
            self._put_deletions()

    def close(self) -> None:
        """Let go of the tables that arrived."""
        for name in self._arrival.tables:
            with suppress(duckdb.Error):  # in a transaction that failed; the next takes the name
                self._connection.unregister(f"batch_{name}")

    # -- what is newer ----------------------------------------------------------------

    def _versioned(self, name: str) -> str:
        """The rows that arrive in a table, with their versions."""
        version = self._arrival.version
        if version is None:
            return f"batch_{name}"
        return f"(SELECT *, {_moment(version)} AS {AT}, {version.tie} AS {TIE} FROM batch_{name})"

    def _note_gone(self) -> None:
        """Keep the last version by which something is gone; `fresh_gone` is what is new."""
        arriving = []
        if self._arrival.gone.num_rows:
            self._connection.register("arriving_gone", self._arrival.gone)
            arriving.append("FROM arriving_gone")
        if "deletions" in self._batch:
            arriving.append(
                f"""SELECT kind AS what, record_id AS id,
                CASE WHEN erased THEN 'infinity'::TIMESTAMPTZ ELSE {AT} END AS {AT}, {TIE}
                FROM {self._batch["deletions"]}"""
            )
        if not arriving:
            return
        self._run(
            f"""CREATE OR REPLACE TEMP TABLE fresh_gone AS
            SELECT * FROM ({" UNION ALL ".join(arriving)}) a ANTI JOIN gone
            ON a.what = gone.what AND a.id = gone.id AND {older("a", "gone", same=True)}"""
        )
        if self._arrival.gone.num_rows:
            self._connection.unregister("arriving_gone")
        self._run(
            """DELETE FROM gone USING fresh_gone f WHERE gone.what = f.what AND gone.id = f.id"""
        )
        self._run(f"INSERT INTO gone SELECT what, id, {AT}, {TIE} FROM fresh_gone")
        found = self._run("SELECT DISTINCT what FROM fresh_gone").fetchall()
        self.gone = frozenset(what for (what,) in found)

    def _chosen(self, table: Table) -> str:
        """The rows of a table of which the facts have no newer version."""
        batch, version = self._batch[table.name], self._arrival.version
        if version is not None and not self._any_newer(table, version):
            self.replacing.add(table.name)
            return batch
        key, owner = table.owner[0], TABLES[table.part_of or table.name]
        keys = ", ".join(f'"{each}"' for each in table.owner)
        ((known,),) = self._run(
            f"""CREATE OR REPLACE TEMP TABLE known_{table.name} AS
            SELECT {keys}, {AT}, {TIE} FROM "{table.name}"
            WHERE "{key}" IN (SELECT "{key}" FROM {batch})"""
        ).fetchall()
        if known:
            self.replacing.add(table.name)
        same = " AND ".join(f'a."{each}" IS NOT DISTINCT FROM b."{each}"' for each in table.owner)
        words = ", ".join(f"'{each}'" for each in (table.name, kind_of(table)) if each)
        kept = f"""
            SELECT a.* FROM {batch} a
            ANTI JOIN known_{table.name} b ON {same} AND {older("a", "b", same=True)}
            ANTI JOIN (FROM gone WHERE what IN ({words})) g
            ON a."{key}" = g.id AND {older("a", "g", same=True)}
        """
        if owner is not table and version is None:
            # An import brings an owner with all its parts, and none where it has none.
            kept += f"""ANTI JOIN (
                FROM "{owner.name}" WHERE {TIE} > 0 AND "{key}" IN (SELECT "{key}" FROM {batch})
            ) o ON a."{key}" = o."{key}" AND {older("a", "o")}"""
        self._run(f"CREATE OR REPLACE TEMP TABLE fresh_{table.name} AS {kept}")
        return f"fresh_{table.name}"

    def _any_newer(self, table: Table, version: Version) -> bool:
        """Whether anything in the facts can be newer than an import, as if only live data is."""
        words = ", ".join(f"'{each}'" for each in (table.name, kind_of(table)) if each)
        found = self._run(
            f"""SELECT 1 FROM "{table.name}" WHERE {AT} >= {_moment(version)}
            AND ({AT}, {TIE}) >= ({_moment(version)}, {version.tie})
            UNION ALL SELECT 1 FROM gone WHERE what IN ({words})
            AND ({AT}, {TIE}) >= ({_moment(version)}, {version.tie}) LIMIT 1"""
        )
        return bool(found.fetchall())

    # -- taking places ----------------------------------------------------------------

    def _remember_imported_parts(self) -> None:
        """Where a message takes the place of an imported owner, keep of when its parts are."""
        for name in self.replacing:
            for part in parts_of(TABLES[name]):
                key = part.owner[0]
                self._run(
                    f"""INSERT INTO gone
                    SELECT '{part.name}', old."{key}", old.{AT}, old.{TIE}
                    FROM (FROM "{name}" SEMI JOIN {self.fresh[name]} USING ("{key}")) old
                    ANTI JOIN (FROM gone WHERE what = '{part.name}') g ON g.id = old."{key}"
                    WHERE old.{TIE} > 0"""
                )

    def _replace(self, table: Table) -> None:
        if self._arrival.version is not None:
            for owner in self._owners(table):
                self._delete_older(table, self._batch[owner.name], owner.owner)
        fresh = self.fresh[table.name]
        if table.name in self.replacing:
            self._delete_older(table, fresh, table.owner)
        columns = ", ".join((*(f'"{column.name}"' for column in table.columns), AT, TIE))
        self._run(f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM {fresh}')

    def _owners(self, table: Table) -> Iterator[Table]:
        """The tables of an import with whose records the rows of a table arrive anew."""
        if table.part_of in self._batch:
            yield TABLES[table.part_of]
        if table.name in self._arrival.whole and table.belongs_to in self._batch:
            yield TABLES[table.belongs_to]

    def _delete_older(self, table: Table, newer: str, key: tuple[str, ...]) -> None:
        """Delete rows of which a newer version, or owner, is known by its key."""
        same = " AND ".join(f'old."{each}" IS NOT DISTINCT FROM a."{each}"' for each in key)
        self._run(
            f'DELETE FROM "{table.name}" old USING {newer} a WHERE {same} AND {older("old", "a")}'
        )

    def _take_gone(self) -> None:
        """Delete parts that an owner has no more, and records that were deleted."""
        for what in self.gone:
            for table in [TABLES[what]] if what in TABLES else and_parts(DELETABLE[what]):
                self._run(
                    f"""DELETE FROM "{table.name}" old USING fresh_gone g
                    WHERE g.what = '{what}' AND old."{table.owner[0]}" = g.id
                    AND {older("old", "g", same=True)}"""
                )

    def _revive(self) -> None:
        """Forget the deletion of records that are newer than it."""
        for kind, table in DELETABLE.items():
            if table.name in self.fresh:
                self._run(
                    f"""DELETE FROM deletions WHERE kind = '{kind}' AND erased IS NOT TRUE
                    AND record_id IN (SELECT "{table.owner[0]}" FROM {self.fresh[table.name]})"""
                )

    def _put_deletions(self) -> None:
        """Have deletions stand of records of which nothing newer is known."""
        columns = ", ".join(f'"{column.name}"' for column in TABLES["deletions"].columns)
        self._run("DELETE FROM deletions USING fresh_gone WHERE kind = what AND record_id = id")
        for kind in self.gone & DELETABLE.keys():
            table = DELETABLE[kind]
            self._run(
                f"""INSERT INTO deletions ({columns}, {AT}, {TIE})
                SELECT {columns}, {AT}, {TIE} FROM {self._batch["deletions"]}
                WHERE kind = '{kind}'
                AND record_id IN (SELECT id FROM fresh_gone WHERE what = '{kind}')
                AND record_id NOT IN (SELECT "{table.owner[0]}" FROM "{table.name}")"""
            )

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(statement)


def _moment(version: Version) -> str:
    return f"TIMESTAMPTZ '{version.at.isoformat()}'"
