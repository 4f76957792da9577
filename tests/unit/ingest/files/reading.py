"""Small files and what the importer makes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.ingest import files

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def plan(
    *paths: Path, mapping: files.Mapping | None = None, country: str | None = None
) -> files.ImportPlan:
    """How the files would be read for a store in London that keeps pounds."""
    return files.plan_import(paths, mapping, LONDON, "GBP", country)


def read(
    *paths: Path, mapping: files.Mapping | None = None, country: str | None = None
) -> files.FileImport:
    """What the files hold, read as source `shop`."""
    return files.read_import(plan(*paths, mapping=mapping, country=country), "shop", NOW)


def write(path: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    """The file, with the text in it."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def rows(table: pa.Table, *columns: str) -> list[Any]:
    """Some columns of a table as rows; of one column its values."""
    found = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
    return [row[0] for row in found] if len(columns) == 1 else found


def refused(found: files.FileImport) -> list[tuple[int, str | None, str]]:
    """Line, column and reason of everything refused."""
    return [(row["line"], row["column"], row["reason"]) for row in found.report.refused.to_pylist()]
