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
    another ending, and a folder that is not there."""
    path, format = place(out, None, "table")
    unfinished = Unfinished(path)
    try:
        unfinished.begin({})
        if format.whole is not None:
            format.whole(table, unfinished.rows, About({}, currency), lambda share: None)
        elif format.rows is not None:
            unfinished.rows.write_bytes(format.head(table) + format.rows(table))
        unfinished.finish()
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.remove()
    return path
