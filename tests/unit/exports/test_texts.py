"""Members as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.formulas import neutral, original
from segmentry.exports.formats import FORMATS
from segmentry.exports.texts import csv_head, csv_rows, moments

texts = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.text("=+-@＝\t\r\n\"',; a\0é🎁\u05d0\u202e")
    | st.just("ü" * 100_000)
)


def read_csv(written: bytes) -> list[list[str]]:
    """The rows as any reader of CSV has them."""
    csv.field_size_limit(10**6)
    return list(csv.reader(io.StringIO(written.decode(), newline=""), strict=True))


@given(st.lists(texts, max_size=20))
def test_texts_come_back_from_csv(column: list[str]) -> None:
    """EXP-02: byte for byte, once the added apostrophe is gone; each is the cell it should be."""
    table = pa.table(
        {"id": pa.array(map(str, range(len(column)))), "text": pa.array(column, pa.string())}
    )
    rows = read_csv(csv_head(table) + csv_rows(table))
    assert rows[0] == ["id", "text"]
    assert [cell for _, cell in rows[1:]] == [neutral(text) for text in column]
    assert [original(cell) for _, cell in rows[1:]] == column


@given(st.lists(texts, max_size=20))
def test_texts_come_back_from_json(column: list[str]) -> None:
    """As they are, one row a line."""
    written = FORMATS["jsonl"].part(pa.table({"text": pa.array(column, pa.string())}), 0)
    lines = written.decode().split("\n")[:-1]
    assert [json.loads(line)["text"] for line in lines] == column


def test_numbers_are_no_formulas() -> None:
    """A number below zero is a number."""
    money = pa.array([Decimal("-2.5000"), None], pa.decimal128(38, 4))
    table = pa.table({"money": money, "count": [-1, 3], "share": [-0.5, 1e-9]})
    assert csv_rows(table) == b"-2.5000,-1,-0.5\n,3,1e-9\n"


def test_lists_are_one_cell() -> None:
    """With commas between; and no formula either."""
    table = pa.table({"tags": pa.array([["a", "b"], None, ["=x"]], pa.list_(pa.string()))})
    assert csv_rows(table) == b'"a, b"\n\n\'=x\n'


@given(
    st.lists(st.none() | st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1)), min_size=1),
    st.sampled_from(["UTC", "Europe/London", "America/St_Johns", "Africa/Monrovia"]),
)
def test_moments_are_those_of_python(column: list[datetime | None], zone: str) -> None:
    """ISO 8601 on the clock of the zone, at any time of the year and in any century."""
    found = pa.array([at and at.replace(tzinfo=UTC) for at in column], pa.timestamp("us", tz=zone))
    expected = [at and at.isoformat() for at in found.to_pylist()]
    assert moments(found).to_pylist() == expected


@pytest.mark.parametrize("start", [0, 3, 10_000])
def test_a_part_is_what_it_would_be_in_the_whole(start: int) -> None:
    """However rows are parted."""
    table = pa.table({"id": [f"=c{number}" for number in range(25_000)]})
    assert csv_rows(table) == csv_rows(table.slice(0, start)) + csv_rows(table.slice(start))
