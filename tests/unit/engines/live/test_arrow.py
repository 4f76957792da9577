"""Columns of the live engine as Arrow are what their values are one after another."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmentry.engines.columns import arrow_column
from segmentry.engines.live.arrow import in_order, to_arrow
from segmentry.engines.live.columns import Coded, Column, Dates, Lists, Numbers, Through, Words
from segmentry.engines.live.exact import fitting
from segmentry.facts.operators import Type

ZONE = ZoneInfo("Europe/London")
small = st.integers(-20, 20) | st.integers(-(10**6), 10**6)
large = small | st.integers(-(2**63) + 1, 2**63 - 1)


def assert_same(column: Column, type: Type) -> None:
    """As `arrow_column` has it."""
    rows = np.arange(len(column.known))
    expected = arrow_column(column.listed(rows), type, ZONE)
    found = to_arrow(column, type, ZONE)
    found.validate(full=True)
    assert found.equals(expected)


@given(
    st.lists(st.tuples(small, st.integers(1, 4), st.booleans()))
    | st.lists(st.tuples(large, st.integers(1, 10**6) | st.integers(1, 2**62), st.booleans())),
    st.sampled_from([Type.MONEY, Type.DECIMAL]),
)
@example([(top, 2, True) for top in (1, 3, 5, -1, -3)], Type.MONEY)
def test_ratios(rows: list[tuple[int, int, bool]], type: Type) -> None:
    """Money is rounded half-even; other numbers are the nearest to the exact quotient."""
    column = Numbers(
        fitting([top for top, _, _ in rows]),
        np.array([known for *_, known in rows], np.bool_),
        fitting([bottom for _, bottom, _ in rows]),
    )
    assert_same(column, type)


@given(
    st.lists(st.tuples(small, st.booleans())) | st.lists(st.tuples(large, st.booleans())),
    st.sampled_from([1, 2, 3]),
)
def test_numbers_of_one_unit(rows: list[tuple[int, bool]], bottom: int) -> None:
    """Whole ones and halves; what does not fit 64 bits is money all the same."""
    known = np.array([known for _, known in rows], np.bool_)
    column = Numbers(fitting([top for top, _ in rows]), known, bottom)
    assert_same(column, Type.MONEY)
    assert_same(column, Type.DECIMAL)
    if bottom == 1:
        assert_same(column, Type.INTEGER)


def test_money_beyond_64_bits() -> None:
    """Sums of the largest orders."""
    column = Numbers(fitting([10**20, -(10**20)]), np.array([True, True]), 1)
    assert [str(each) for each in to_arrow(column, Type.MONEY, ZONE).to_pylist()] == [
        "10000000000000000.0000",
        "-10000000000000000.0000",
    ]


def test_a_number_too_large_for_a_machine_is_missing() -> None:
    """A metafield can be."""
    column = Numbers(fitting([10**400]), np.array([True]), 1)
    assert to_arrow(column, Type.DECIMAL, ZONE).to_pylist() == [None]
    assert arrow_column([Fraction(10**400)], Type.DECIMAL, ZONE).to_pylist() == [None]


@given(st.lists(st.tuples(st.integers(-(10**15), 4 * 10**15), st.booleans())))
def test_moments_and_days(rows: list[tuple[int, bool]]) -> None:
    """Before 1970 too."""
    known = np.array([known for _, known in rows], np.bool_)
    moments = np.array([at for at, _ in rows], np.int64)
    assert_same(Dates(moments, known), Type.DATE)
    assert_same(Dates(moments // (86_400 * 10**6), known, days=True), Type.DAY)


@given(st.lists(st.integers(-1, 2)))
def test_words_and_truths(codes: list[int]) -> None:
    """A code below 0 is missing."""
    places = np.array(codes, np.int64)
    assert_same(Coded(places, Words(("b", "é", "a"))), Type.TEXT)
    assert_same(Coded(np.minimum(places, 1), Words((False, True))), Type.BOOLEAN)
    assert_same(Coded(np.full(len(codes), -1), Words(())), Type.ENUM)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3))))
def test_lists(pairs: list[tuple[int, int]]) -> None:
    """Each value once, in order; nobody's list is missing."""
    pairs.sort(key=lambda pair: pair[0])
    owners = np.array([owner for owner, _ in pairs], np.int64)
    codes = np.array([code for _, code in pairs], np.int64)
    assert_same(Lists(owners, codes, Words(("b", "", "a", "é")), 7), Type.LIST)


def test_what_has_no_faster_way() -> None:
    """Goes value by value."""
    words = Coded(np.array([0, -1]), Words(("a",)))
    assert_same(Through(words, np.array([1, 0, -1])), Type.TEXT)


@pytest.mark.parametrize("count", [1, 3])
def test_tables_come_in_order_of_ids(count: int) -> None:
    """Of several layers as of one."""
    tables = [pa.table({"customer_id": [f"{n}", f"{n + 5}"]}) for n in range(count)]
    found = in_order(tables).column("customer_id").to_pylist()
    assert found == sorted(found)
    assert len(found) == 2 * count
