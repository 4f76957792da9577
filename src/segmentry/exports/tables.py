"""Any table to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from segmentry.base.errors import UserError
from segmentry.exports.formats import About
from segmentry.exports.places import place
from segmentry.exports.unfinished import Unfinished


def write_table(table: pa.Table, out: str | Path, currency: str) -> Path:
    """Write a table in the format that the file's ending names; returns where it is. Refuses
    another ending, a folder that is not there, and what the format has no room for."""
    path, format = place(out, None, "table")
    if format.refuse is not None:
        format.refuse(table, table.num_rows)
    unfinished = Unfinished(path)
    about = About({}, table.num_rows, currency)
    try:
        unfinished.write(unfinished.begin({}), format, table, about, lambda share: None)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.remove()
    return path
