"""The raw lines that ship with the package. Nothing is interpreted here."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.base.errors import DataError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SOURCE = "online_retail"
"""Stands before every id of this store."""

FILE = files("segmentry.ingest.connectors.online_retail") / "online_retail_ii.parquet"
SHA256 = "2e980205947bea35165ca72a27a7bf5441de9bacb455db42ac03ed3c02523fab"

_TEXT = pa.dictionary(pa.int32(), pa.string())

RAW_SCHEMA = pa.schema(
    [
        ("sheet", pa.int8()),
        ("Invoice", _TEXT),
        ("StockCode", _TEXT),
        ("Description", _TEXT),
        ("Quantity", pa.int32()),
        ("InvoiceDate", pa.timestamp("ms")),
        ("Price", pa.decimal128(10, 3)),
        ("Customer ID", pa.int32()),
        ("Country", _TEXT),
    ]
)
"""The columns as the publisher names them, and the sheet (1 or 2) each line stands in."""


def read(file: Traversable = FILE) -> pa.Table:
    """All lines in their original order. Refuses a file that is missing or damaged."""
    text = [field.name for field in RAW_SCHEMA if field.type == _TEXT]
    parquet = pq.ParquetFile(pa.BufferReader(_checked(file)), read_dictionary=text)
    return parquet.read().cast(RAW_SCHEMA)


def _checked(file: Traversable) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(
            f"The sample data {file.name} cannot be read ({error.strerror}). "
            "It is part of the package: reinstall segmentry."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise DataError(
            f"The sample data {file.name} is damaged: expected SHA-256 {SHA256}, "
            f"found {found}. Reinstall segmentry."
        )
    return content
