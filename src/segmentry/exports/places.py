"""Where members are written to: the file that was named, or one named after what they are of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from segmentry.base.errors import UserError
from segmentry.base.text import text_key
from segmentry.exports.formats import FORMATS, Format, format_named
from segmentry.segments.naming import file_stem, free_stem


def place(out: str | Path, format: str | None, stem: str) -> tuple[Path, Format]:
    """The file and its format: of a folder the file `stem` in it, by default as CSV.

    Refuses a folder that is not there, and a name whose ending is none of a format.
    """
    path = Path(out)
    if path.is_dir() or str(out).endswith(("/", os.sep)):
        found = format_named(format or "csv")
        path = path / f"{stem}.{found.name}"
    elif format is not None:
        found = format_named(format)
    elif path.suffix.lower().removeprefix(".") in FORMATS:
        found = format_named(path.suffix)
    else:
        endings = ", ".join(f".{name}" for name in FORMATS)
        raise UserError(f"{path.name} does not end in {endings}. Or say --format.")
    if not path.parent.is_dir():
        raise UserError(f"{path.parent} is not a folder.")
    return path, found


def stem_of(name: str, names: Iterable[str]) -> str:
    """What a segment's file is called, apart from those of others with a similar name: the
    same each time, as long as the others are there."""
    taken: set[str] = set()
    for each in names:
        stem = free_stem(file_stem(each), taken)
        if text_key(each) == text_key(name):
            return stem
        taken.add(stem.casefold())
    return file_stem(name)
