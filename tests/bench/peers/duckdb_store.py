"""The store in DuckDB, as somebody would lay it out who means to ask about segments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.workload.store import AS_OF, BEGAN, STORE, StoreTables

_TABLES = (
    *("customers", "addresses", "customer_tags", "companies", "attributes", "consents"),
    *("products", "product_tags", "orders", "order_lines", "order_discounts", "refunds"),
    *("checkouts", "events"),
)


def today() -> date:
    """The store's day."""
    return AS_OF.astimezone(STORE.zone).date()


def start_of(day: date) -> datetime:
    """The moment at which a day begins in the store's zone."""
    return datetime.combine(day, time(), STORE.zone).astimezone(UTC)


def literal(moment: datetime) -> str:
    """A moment as SQL, in UTC and without a zone."""
    return f"TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"


def open_duckdb(tables: StoreTables) -> duckdb.DuckDBPyConnection:
    """The store in memory, laid out by `store.sql`."""
    db = duckdb.connect()
    for name in _TABLES:
        db.execute(f"CREATE VIEW raw_{name} AS {_with_bare_moments(tables, name)}")
    days = [today() - timedelta(days=back) for back in range(_days_open() + 1)]
    db.execute("CREATE TABLE days (day DATE, begins TIMESTAMP)")
    db.executemany("INSERT INTO days VALUES (?, ?)", [(day, _bare(start_of(day))) for day in days])
    script = files(__package__).joinpath("store.sql").read_text(encoding="utf-8")
    db.execute(
        script.replace("$midnight", literal(start_of(today()))).replace("$now", literal(AS_OF))
    )
    for name in _TABLES:
        db.execute(f"DROP VIEW raw_{name}")
    return db


def _with_bare_moments(tables: StoreTables, name: str) -> str:
    """A table's file with its moments in UTC and without a zone."""
    path = tables.path(name)
    moments = [field.name for field in pq.read_schema(path) if pa.types.is_timestamp(field.type)]
    bare = ", ".join(f"make_timestamp(epoch_us({column})) AS {column}" for column in moments)
    columns = f"* REPLACE ({bare})" if moments else "*"
    limit = " LIMIT 0" if name == "events" and not tables.size.events else ""
    return f"SELECT {columns} FROM read_parquet('{path}'){limit}"


def _days_open() -> int:
    return (AS_OF - BEGAN).days + 2


def _bare(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
