"""Which of two writes of a record holds, so that the order in which they arrive does not matter.

A record is a row, or all rows that share an owner in a table: the lines of an order. Each
row says by which version it was written: the moment at which its source last changed it
and, among those of one moment, a number. A write takes the place of an older version and
changes nothing where a newer one is. What a record cannot say itself, because it has no row,
is kept apart: that an owner has no parts, and that a record was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from segmentry.facts.tables import DELETABLE, MOMENT, TABLES, TEXT, Table

AT, TIE = "written_at", "written_tie"
"""The columns that every table of the facts has besides its own."""

GONE = f"""
    CREATE TABLE IF NOT EXISTS gone (
        what VARCHAR NOT NULL, id VARCHAR NOT NULL,
        {AT} TIMESTAMPTZ NOT NULL, {TIE} BIGINT NOT NULL
    )
"""
"""By the name of a table of parts, owners that have none; by a kind, records deleted, those
that came back included. Each with the last version that said so."""

GONE_SCHEMA = pa.schema(
    [
        pa.field("what", TEXT, nullable=False),
        pa.field("id", TEXT, nullable=False),
        pa.field(AT, MOMENT, nullable=False),
        pa.field(TIE, pa.int64(), nullable=False),
    ]
)

# What was deleted before deletions had versions; an erasure is never outdone.
REMEMBER_DELETED = """
    INSERT INTO gone
    SELECT kind, record_id,
        CASE WHEN erased THEN 'infinity' ELSE '-infinity' END::TIMESTAMPTZ, 0
    FROM deletions WHERE (kind, record_id) NOT IN (SELECT (what, id) FROM gone)
"""

FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """When something was last changed; of one moment, that with the larger tie is later.

    An import's tie is its position, which is above zero, so that it comes after messages.
    """

    at: datetime
    tie: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """Records that arrive together.

    Those of an import are of one version. The tables of others have columns `written_at` and
    `written_tie`, one write of a record at most, and `gone` names owners without parts, by
    the name of the table of parts; deletions are no rows of `gone` yet. `whole` names tables
    with every row of the records they belong to, see `FactsDb.apply`. Where one `triggers`,
    those who join a segment by it can start what waits for them.
    """

    tables: Mapping[str, pa.Table]
    version: Version | None = None
    gone: pa.Table = field(default_factory=GONE_SCHEMA.empty_table)
    whole: frozenset[str] = frozenset()
    triggers: bool = False


def older(one: str, other: str, *, same: bool = False) -> str:
    """That the version of rows of a name is older than, or the same as, that of another."""
    return f"{_version(one)} {'<=' if same else '<'} {_version(other)}"


def _version(rows: str) -> str:
    return f"(coalesce({rows}.{AT}, '-infinity'::TIMESTAMPTZ), coalesce({rows}.{TIE}, 0))"


def kind_of(table: Table) -> str | None:
    """The kind that a deletion of records of a table has, or of those they are part of."""
    owner = table.part_of or table.name
    return next((kind for kind, of in DELETABLE.items() if of.name == owner), None)


def with_parts(table: Table) -> Iterator[Table]:
    """A table and those of its parts."""
    yield table
    yield from parts_of(table)


def parts_of(table: Table) -> Iterator[Table]:
    """The tables whose rows are part of records of one."""
    yield from (part for part in TABLES.values() if part.part_of == table.name)
