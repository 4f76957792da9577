"""A Parquet file -> the texts of its columns, as a CSV file would have them.

A file can be made that is small and unpacks to more than any memory holds, so what it
says of itself is looked at first, and texts stay what they are in the file: every
different one once. Refuses what is damaged, and what nobody's data looks like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segmentry.base.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_BATCH, _SMALL_BATCH = 65_536, 1_024
"""Rows at a time; fewer where one text may stand unpacked on each of them."""

_ONCE = {"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}
"""Encodings of texts that can be read as every different one once."""

_FEW_ROWS, _ROWS_A_BYTE = 1_000_000, 10
"""No file has more rows than a few, or than so many for each of its bytes: columns that
hardly change take next to nothing, but every order has an id of its own."""

_MOST_UNPACKED = 1 << 30
"""The bytes of one column in one group of rows."""

_MOST_HELD = 128 << 20
"""The bytes of one batch, of which a value that can be taken needs 32 KB at most."""

_FIRST, _MOST_FIRST = 25, 16 << 20
"""The first rows are looked at a few at a time, to be warned by them."""


def first_rows_of_parquet(path: Path, most: int) -> tuple[tuple[str, ...], list[list[str]]]:
    """The headings and some rows; cells that cannot be read are empty."""
    with _opened(path) as file:
        schema = file.schema_arrow
        names = tuple(schema.names)
        often = Counter(names)
        readable = [
            each.name for each in schema if often[each.name] == 1 and _is_readable(each.type)
        ]
        rows: list[list[str]] = []
        with _told(path):
            for batch in file.iter_batches(_FIRST, columns=readable):
                _refuse_large(path, batch, _MOST_FIRST)
                texts = {n: _as_text(path, n, batch.column(n)).to_pylist() for n in readable}
                columns = [texts.get(name) or [None] * batch.num_rows for name in names]
                rows += ([cell or "" for cell in row] for row in zip(*columns, strict=True))
                if len(rows) >= most:
                    break
    return names, rows[:most]


def texts_of_parquet(path: Path, names: Sequence[str]) -> Iterator[tuple[list[pa.Array], float]]:
    """The texts of the named columns, each different one of a batch once, and the share of
    the rows that is done."""
    with _opened(path) as file:
        rows, done = file.metadata.num_rows, 0
        with _told(path):
            for batch in file.iter_batches(_batch_size(file, names), columns=list(names)):
                _refuse_large(path, batch, _MOST_HELD)
                done += batch.num_rows
                if done > rows or not batch.num_rows:
                    break
                yield [_as_text(path, name, batch.column(name)) for name in names], done / rows
        if done != rows:
            raise DataError(
                f"{path.name} is damaged Parquet: it says that it has {rows:,} rows, "
                f"and has {'more' if done > rows else f'{done:,}'}."
            )


# -- what a file says of itself ---------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    with _told(path):
        metadata = pq.read_metadata(path)
        _refuse_incredible(path, metadata)
        file = pq.ParquetFile(
            path, read_dictionary=_once(metadata), page_checksum_verification=True
        )
    with file:
        yield file


def _once(metadata: pq.FileMetaData) -> list[str]:
    """The columns of which every different text can be read once."""
    schema = metadata.schema
    texts = {n for n in range(len(schema)) if schema.column(n).physical_type == "BYTE_ARRAY"}
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        texts = {n for n in texts if _ONCE.issuperset(group.column(n).encodings)}
    return [schema.column(n).path for n in texts if not schema.column(n).max_repetition_level]


def _batch_size(file: pq.ParquetFile, names: Sequence[str]) -> int:
    types = [file.schema_arrow.field(name).type for name in names]
    plain = any(map(_is_unpacked, types))
    return _SMALL_BATCH if plain else _BATCH


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors of the reader as errors about the file. A file that asks for more memory than
    there is, is damaged or made to."""
    try:
        yield
    except (pa.ArrowException, OSError, MemoryError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} is damaged Parquet and cannot be read: {error}.") from error


def _refuse_incredible(path: Path, metadata: pq.FileMetaData) -> None:
    size = path.stat().st_size
    if metadata.num_rows > max(_FEW_ROWS, _ROWS_A_BYTE * size):
        raise DataError(
            f"{path.name} is damaged Parquet: it says that it has {metadata.num_rows:,} rows, "
            f"in {size:,} bytes."
        )
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.total_uncompressed_size > _MOST_UNPACKED:
                raise DataError(
                    f"{path.name}, column '{column.path_in_schema}': one group of rows unpacks to "
                    f"{column.total_uncompressed_size:,} bytes; at most {_MOST_UNPACKED:,} can be "
                    "read. Write the file with smaller row groups."
                )


def _refuse_large(path: Path, batch: pa.RecordBatch, most: int) -> None:
    if batch.nbytes > most:
        raise DataError(
            f"{path.name}: {batch.num_rows:,} rows of it take {batch.nbytes:,} bytes, more than "
            "values that can be taken."
        )


# -- values as texts --------------------------------------------------------------------


def _is_unpacked(type_: pa.DataType) -> bool:
    """Whether values are texts that stand on each row in full."""
    types = pa.types
    texts = (types.is_string, types.is_large_string, types.is_string_view, types.is_list)
    return any(is_so(type_) for is_so in texts)


def _is_readable(type_: pa.DataType) -> bool:
    types = pa.types
    if types.is_list(type_):
        return bool(types.is_string(type_.value_type))
    if types.is_dictionary(type_):
        return _is_readable(type_.value_type)
    return not (types.is_nested(type_) or types.is_binary(type_) or types.is_duration(type_))


def _as_text(path: Path, name: str, values: pa.Array) -> pa.DictionaryArray:
    """Typed values as a CSV file would have them, exact; every different one once."""
    if not _is_readable(values.type):
        raise DataError(
            f"{path.name}, column '{name}': values of the type {values.type} cannot be read. "
            "Store text, numbers, decimals, dates or lists of texts."
        )
    # Nothing has looked yet whether texts are UTF-8.
    values.validate(full=True)
    if not pa.types.is_dictionary(values.type):
        return _texts(values).dictionary_encode()
    texts = _texts(values.dictionary)
    return pa.DictionaryArray.from_arrays(values.indices.cast(pa.int32()), texts)


def _texts(values: pa.Array) -> pa.Array:
    type_, types = values.type, pa.types
    if types.is_list(type_):
        return pc.binary_join(values, ",")
    if types.is_timestamp(type_):
        utc = values.cast(pa.timestamp("us", type_.tz), safe=False)
        text = utc.cast(pa.timestamp("us")).cast(pa.string())
        return text if type_.tz is None else pc.binary_join_element_wise(text, "Z", "")
    if types.is_floating(type_):
        return _floats(values.cast(pa.float64()))
    return values.cast(pa.string())


def _floats(values: pa.Array) -> pa.Array:
    """Floating point numbers at their shortest; whole ones (ids) without a point."""
    whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**53))
    as_whole = pc.if_else(whole, values, None).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, as_whole, values.cast(pa.string()))
