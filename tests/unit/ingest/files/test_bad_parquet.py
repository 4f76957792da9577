"""Parquet files that are damaged, or say of themselves what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentry.base.errors import DataError
from tests.unit.ingest.files.reading import plan, read, refused, rows, write

ORDERS: dict[str, Any] = {
    "order_id": ["1", "2"],
    "ordered_at": ["2025-01-01", "2025-01-02"],
    "customer_id": ["ann", "bob"],
    "quantity": [1, 2],
    "title": ["teapot", "teapot"],
}


def content(path: Path, **options: Any) -> bytes:
    """The bytes of a good file, written plainly so that its texts can be found in it."""
    plainly = {"compression": "none", "use_dictionary": False, "store_schema": False}
    pq.write_table(pa.table(ORDERS), path, **{**plainly, **options})
    return path.read_bytes()


@pytest.mark.parametrize(("good", "bad"), [(b"teapot", b"tea\xffot"), (b"title", b"tit\xffe")])
def test_texts_that_are_no_utf8_are_damage(tmp_path: Path, good: bytes, bad: bytes) -> None:
    """In cells as in headings; nothing is guessed of what they were."""
    path = tmp_path / "o.parquet"
    whole = content(path)
    assert good in whole
    with pytest.raises(DataError, match=r"^o\.parquet is damaged Parquet and cannot be read: "):
        read(write(path, whole.replace(good, bad)))


def test_a_page_that_its_checksum_contradicts_is_damage(tmp_path: Path) -> None:
    """Where a file has checksums they are looked at."""
    path = tmp_path / "o.parquet"
    whole = content(path, write_page_checksum=True, write_statistics=False)
    with pytest.raises(DataError, match=r"^o\.parquet is damaged Parquet"):
        read(write(path, whole.replace(b"teapot", b"teapit")))


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": True},
        {"column_encoding": {"title": "DELTA_BYTE_ARRAY", "order_id": "DELTA_LENGTH_BYTE_ARRAY"}},
        {"data_page_version": "2.0", "compression": "zstd", "write_page_checksum": True},
        {"row_group_size": 1, "store_schema": True},
    ],
)
def test_texts_are_the_same_however_they_are_stored(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    """Dictionaries, differences, several groups of rows: two orders of one product."""
    path = tmp_path / "o.parquet"
    content(path, **options)
    found = read(path)
    assert found.report.refused_rows == 0
    assert rows(found.tables["order_lines"], "order_id", "title") == [
        ("shop:1", "teapot"),
        ("shop:2", "teapot"),
    ]


def test_a_heading_that_stands_twice_is_not_read(tmp_path: Path) -> None:
    """The plan remarks on it, as it does for CSV."""
    path = tmp_path / "o.parquet"
    names = [*ORDERS, "extra", "extra"]
    columns = [*map(pa.array, ORDERS.values()), pa.array(["x", "y"]), pa.array(["x", "y"])]
    pq.write_table(pa.table(columns, names=names), path)
    assert plan(path).files[0].problems == ("headings that stand twice are ignored: extra",)
    assert read(path).report.accepted == 2


def test_more_rows_than_the_file_can_hold_are_refused(tmp_path: Path) -> None:
    """Before any is read: a few bytes can stand for millions of equal rows."""
    path = tmp_path / "o.parquet"
    many = pa.table({name: pa.repeat(of[0], 1_200_000) for name, of in ORDERS.items()})
    pq.write_table(many, path)
    with pytest.raises(DataError, match=r"^o\.parquet is damaged Parquet: .* 1,200,000 rows, in"):
        plan(path)


def test_values_that_are_too_long_are_refused_with_their_rows(tmp_path: Path) -> None:
    """Each row by its number; what is shown of the value is short."""
    path = tmp_path / "o.parquet"
    pq.write_table(pa.table({**ORDERS, "title": ["x" * 40_000, "cup"]}), path)
    found = read(path)
    assert refused(found) == [(1, "title", "the value is longer than 32,768 characters")]
    assert found.report.refused["value"].to_pylist() == ["x" * 60 + "…"]
    assert rows(found.tables["orders"], "order_id") == ["shop:2"]


def test_rows_too_large_for_anybodys_data_are_refused(tmp_path: Path) -> None:
    """A megabyte on each of the first rows."""
    path = tmp_path / "o.parquet"
    many = {name: of[:1] * 25 for name, of in ORDERS.items()}
    texts = [f"{n:02}" + "x" * 1_000_000 for n in range(25)]
    pq.write_table(pa.table({**many, "title": texts}), path)
    with pytest.raises(DataError, match=r"^o\.parquet: 25 rows of it take 25,"):
        plan(path)
