"""The segments of the benchmark mean the same in every language they are written in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentry.engines.live import LiveEngine
from segmentry.facts.tables import TABLES
from tests.bench.asking.descriptions import conditions
from tests.bench.asking.draws import POPULATIONS, Population
from tests.bench.asking.plans import planned
from tests.bench.asking.sample import sampled
from tests.bench.asking.segments import draw_segments
from tests.bench.cells.frames import LIBRARIES
from tests.bench.peers.duckdb_sql import sql_of
from tests.bench.peers.duckdb_store import open_duckdb
from tests.bench.peers.frames import Asked, arrow_tables
from tests.bench.peers.pandas_frames import PandasFrames
from tests.bench.peers.polars_frames import PolarsFrames
from tests.bench.workload.store import AS_OF, STORE, Size, StoreTables, open_store

CUSTOMERS, SEGMENTS = 3_000, 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> StoreTables:
    return open_store(Size(CUSTOMERS), tmp_path_factory.mktemp("stores"))


@pytest.mark.parametrize("population", POPULATIONS)
def test_duckdb_finds_the_same_members(store: StoreTables, population: Population) -> None:
    """A drawn segment has the same members as a query and as the SQL that stands for it."""
    drawn = draw_segments(population, SEGMENTS, CUSTOMERS)
    engine = LiveEngine(store, STORE)
    db = open_duckdb(store)
    for description, plan in zip(drawn, planned(drawn), strict=True):
        rows = db.execute(sql_of(description, drawn)).fetchnumpy()["customer"]
        expected = np.flatnonzero(engine.members_mask(plan, AS_OF))
        assert np.sort(rows).tolist() == expected.tolist(), description


@pytest.mark.parametrize("library", LIBRARIES.values())
def test_data_frames_find_the_same_members(
    store: StoreTables, library: type[PandasFrames | PolarsFrames]
) -> None:
    """The sample of segments has the same members in a data frame library."""
    drawn = draw_segments("arbitrary", 500, CUSTOMERS)
    engine = LiveEngine(store, STORE)
    plans = planned(drawn)
    asked = Asked(library(arrow_tables(open_duckdb(store))), CUSTOMERS)
    for number in sampled(drawn):
        found = asked.members(drawn[number])
        assert np.array_equal(found, engine.members_mask(plans[number], AS_OF)), drawn[number]


def test_segments_are_neither_empty_nor_alike(store: StoreTables) -> None:
    """Most segments have members, and they are of many sizes."""
    engine = LiveEngine(store, STORE)
    counts = [engine.count(each, AS_OF) for each in planned(draw_segments("standard", 60, 3_000))]
    assert sum(count > 0 for count in counts) > SEGMENTS / 2
    assert len(set(counts)) > SEGMENTS / 3


def test_few_segments_begin_many() -> None:
    """The first segments are the same however many are drawn, with 3.4 conditions or so each."""
    many = draw_segments("standard", 500, CUSTOMERS)
    assert draw_segments("standard", 10, CUSTOMERS) == many[:10]
    assert 3.2 < sum(len(list(conditions(each))) for each in many) / len(many) < 3.6


def test_a_seed_makes_one_store(store: StoreTables, tmp_path: Path) -> None:
    """The same size and seed make the same store, and another seed another."""
    again = open_store(Size(CUSTOMERS), tmp_path)
    other = open_store(Size(CUSTOMERS, seed=2), tmp_path)
    assert all(again.read(table).equals(store.read(table)) for table in TABLES.values())
    orders = TABLES["orders"]
    assert not other.read(orders).equals(store.read(orders))


def test_half_of_the_customers_buy_and_few_buy_often(store: StoreTables) -> None:
    """Half never order; buyers have 3 orders in the median and far more at the top."""
    owners = store.read(TABLES["orders"]).column("customer_id").to_numpy()
    counts = np.unique(owners, return_counts=True)[1]
    assert 0.45 < len(counts) / CUSTOMERS < 0.55
    assert np.median(counts) == 3
    assert 50 < np.percentile(counts, 99) < 100
