"""DuckDB in a process of its own: one query a segment, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import duckdb
import numpy as np

from tests.bench.asking.descriptions import Described
from tests.bench.asking.draws import POPULATIONS, Population
from tests.bench.asking.previews import previews
from tests.bench.asking.sample import sampled
from tests.bench.asking.segments import draw_segments
from tests.bench.copies import high, repeated
from tests.bench.measuring import Cost, clocked, middle
from tests.bench.members import leave
from tests.bench.peers.duckdb_sql import sql_of
from tests.bench.peers.duckdb_store import open_duckdb
from tests.bench.settings import Measured, Settings, report
from tests.bench.workload.columns import Mask
from tests.bench.workload.store import open_store

_SHORT = 10
"""So many segments take so little time that they are asked several times."""


def main() -> None:
    """Measure the same as the engine's, and report it."""
    settings = Settings.read(sys.argv[1])
    tables = open_store(settings.size, settings.kept)
    with clocked() as clock:
        db = open_duckdb(tables)
    report(Measured("build", clock.cost))
    for population in POPULATIONS:
        _population(settings, db, population)
    _previews(db)


def _population(settings: Settings, db: duckdb.DuckDBPyConnection, population: Population) -> None:
    customers = settings.size.customers
    drawn = draw_segments(population, settings.all_segments, customers)
    queries = [sql_of(each, drawn) for each in drawn]
    costs: list[Cost] = []
    members = (_answer(db, query, customers, costs) for query in queries)
    leave(settings.scratch, "duckdb", population, members)
    for count in (each for each in settings.counts if each <= len(costs)):
        key = f"evaluate {population} {count}"
        if count > _SHORT:
            report(Measured(key, _all(costs[:count])))
        else:
            report(Measured(key, *_again(settings, db, queries[:count])))
    if population == "standard":
        report(Measured("sample", _all([costs[number] for number in sampled(drawn)])))


def _again(
    settings: Settings, db: duckdb.DuckDBPyConnection, queries: Sequence[str]
) -> tuple[Cost, int]:
    def ask() -> Cost:
        costs: list[Cost] = []
        for query in queries:
            _answer(db, query, settings.size.customers, costs)
        return _all(costs)

    return repeated(ask, settings.repeats)


def _answer(db: duckdb.DuckDBPyConnection, query: str, customers: int, costs: list[Cost]) -> Mask:
    """The members of a query; adds its cost to the others."""
    with clocked() as clock:
        rows = db.execute(query).fetchnumpy()["customer"]
    costs.append(clock.cost)
    members = np.zeros(customers, np.bool_)
    members[rows] = True
    return members


def _all(costs: Sequence[Cost]) -> Cost:
    return sum(costs, Cost.nothing())


def _previews(db: duckdb.DuckDBPyConnection) -> None:
    typed = [each for variant in range(6) for each in previews(variant)]
    costs = [_count(db, each) for each in typed][len(previews(0)) :]
    report(Measured("preview", middle(costs), len(costs)))
    report(Measured("preview p95", high(costs, 0.95), len(costs)))


def _count(db: duckdb.DuckDBPyConnection, described: Described) -> Cost:
    query = sql_of(described, (), "count(*)")
    with clocked() as clock:
        db.execute(query).fetchall()
    return clock.cost


if __name__ == "__main__":
    main()
