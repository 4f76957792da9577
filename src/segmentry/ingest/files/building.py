"""What the builders of the kinds share: a database of typed rows and of refusals.

A builder adds refusals in SQL, spreads them to everything that belongs together, and
reads canonical tables off the rows that are left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import TABLES
from segmentry.ingest.files.fields import Type
from segmentry.ingest.files.read import TEXTS
from segmentry.ingest.files.report import Note
from segmentry.ingest.files.typed import WRONG, fields_of
from segmentry.storage.connecting import connect

if TYPE_CHECKING:
    from datetime import datetime

    from segmentry.ingest.files.plan import FilePlan


_SQL = {
    Type.MONEY: "BIGINT",
    Type.WHOLE: "BIGINT",
    Type.MOMENT: "TIMESTAMP",
    Type.DAY: "DATE",
    Type.BOOLEAN: "BOOLEAN",
    Type.DEGREES: "DOUBLE",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a builder is told: the plan's files of its kind by number, and the import.

    `seen` is when each file of the plan first came in.
    """

    files: dict[int, FilePlan]
    source: str
    currency: str
    seen: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Built:
    """Canonical tables; `if_new` has rows only for those the store does not know yet."""

    tables: dict[str, pa.Table]
    wrong: pa.Table
    notes: list[Note]
    if_new: dict[str, pa.Table] = field(default_factory=dict)


class Rows:
    """The typed rows of one kind (`typed`) and what is wrong with them (`wrong`)."""

    def __init__(self, typed: pa.Table, wrong: Iterable[pa.Table], context: Context) -> None:
        self.context = context
        self.db = connect()
        self._typed = typed.append_column("at", pa.array(range(typed.num_rows), pa.int64()))
        self.db.register("given", self._typed)
        self.db.execute(f"CREATE VIEW typed AS SELECT *{self._missing()} FROM given")
        self.db.register("wrong_given", pa.concat_tables([WRONG.empty_table(), *wrong]))
        self.db.execute("CREATE TABLE wrong AS SELECT * FROM wrong_given")
        self.db.execute(f"CREATE MACRO q(id) AS {_literal(context.source + ':')} || id")

    def _missing(self) -> str:
        """The fields that no file has, as columns of a query: they cost no memory there."""
        fields = {"email_key": Type.EMAIL}
        for file in self.context.files.values():
            fields |= {name: each.type for name, each in fields_of(file)}
        return "".join(
            f', CAST(NULL AS {_SQL.get(type_, "VARCHAR")}) AS "{name}"'
            for name, type_ in fields.items()
            if name not in self._typed.column_names
        )

    def refuse(self, field: str | None, value: str, reason: str, which: str) -> None:
        """Refuse the rows that `which` (FROM … WHERE …, with f and line) names, but for those
        that are refused already: what is wrong with them may follow from that."""
        self.db.execute(
            f"""INSERT INTO wrong
            SELECT f, line, {_literal(field)}, left(CAST({value} AS VARCHAR), 60), {reason}, NULL
            FROM (SELECT * {which}) WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)"""
        )

    def spread(self, thing: str, rows: str) -> None:
        """Refuse every row of a group one of whose rows is refused. `rows` has f, line, key."""
        self.db.execute(
            f"""INSERT INTO wrong
            WITH bad AS (
                SELECT f, coalesce(wrong.key, r.key) AS bad_key, min(line) AS first_line
                FROM wrong LEFT JOIN {rows} r USING (f, line)
                GROUP BY ALL HAVING bad_key IS NOT NULL
            )
            SELECT r.f, r.line, NULL, left(r.key, 60),
                'belongs to {thing} ' || left(r.key, 60)
                    || ', refused because of line ' || first_line,
                NULL
            FROM {rows} r JOIN bad ON r.f = bad.f AND r.key = bad.bad_key
            WHERE (r.f, r.line) NOT IN (SELECT (f, line) FROM wrong)"""
        )

    def count(self, sql: str) -> int:
        """The one number that a query gives."""
        rows = self.db.execute(sql).fetchall()
        return int(rows[0][0] or 0)

    def table(self, name: str, sql: str) -> pa.Table:
        """A canonical table from a query; columns it lacks are missing values."""
        return canonical(name, self.db.sql(sql).to_arrow_table())

    def texts(self, name: str, at: pa.Array, *, key: bool = False) -> pa.Array:
        """The texts of a field in the rows `at`; as keys of the source if it holds ids.

        Taken from the typed rows past the database, which would hold them once more.
        """
        if name not in self._typed.column_names:
            return pa.nulls(len(at), pa.string())
        column = self._typed[name].cast(TEXTS).unify_dictionaries().combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            return pa.nulls(len(at), pa.string())
        meant = column.dictionary
        if key:
            meant = pc.binary_join_element_wise(f"{self.context.source}:", meant, "")
        return meant.take(column.indices.take(at))

    def wrong(self) -> pa.Table:
        """All refusals, in the order of the files."""
        return self.db.sql("SELECT * FROM wrong ORDER BY f, line, field").to_arrow_table()

    def mapped(self, *fields: str) -> bool:
        """Whether any file has one of these fields."""
        files = self.context.files.values()
        return any(
            name in f.columns or name in f.mapping.defaults for f in files for name in fields
        )

    def files_with(self, name: str) -> str:
        """The numbers of the files that have a field, as a SQL list."""
        return numbered(n for n, file in self.context.files.items() if name in file.columns)


def canonical(name: str, found: pa.Table) -> pa.Table:
    """Columns in a canonical table's order and types; those it lacks are missing values."""
    schema = TABLES[name].schema
    columns = [
        found[each.name].cast(each.type)
        if each.name in found.column_names
        else pa.nulls(found.num_rows, each.type)
        for each in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def numbered(numbers: Iterable[int]) -> str:
    """Numbers of files as a SQL list, which holds one that no file has, lest it is empty."""
    return f"({', '.join(map(str, (-1, *numbers)))})"


def _literal(text: Any) -> str:
    return "NULL" if text is None else "'" + str(text).replace("'", "''") + "'"


def literal(text: str) -> str:
    """A text as a SQL literal."""
    return _literal(text)


def split(column: str, separator: str) -> str:
    """The parts of a list written in one cell, as a SQL list: trimmed, none empty or twice,
    in alphabetical order."""
    parts = f"list_transform(string_split({column}, {_literal(separator)}), lambda p: trim(p))"
    return f"list_sort(list_distinct(list_filter({parts}, lambda p: p <> '')))"
