"""What an import took, refused and remarked on."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
    ]
)
"""One row for everything wrong: a row of a file can be here several times."""

LONGEST_SHOWN = 60
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about values that were taken nevertheless, or left empty: how often, and
    where first."""

    file: str
    column: str | None
    message: str
    count: int
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """The outcome of an import. `accepted` and `refused_rows` count rows of the files,
    and together are all of them; `tables` counts what they became."""

    accepted: int
    refused_rows: int
    refused: pa.Table
    notes: tuple[Note, ...]
    tables: Mapping[str, int]

    def write_refused(self, path: Path) -> None:
        """The refused rows as CSV, safe to open in a spreadsheet."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(REFUSED.names)
            for batch in self.refused.to_batches(max_chunksize=10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    writer.writerow(["" if cell is None else neutral(cell) for cell in row])

    def problems(self, most: int = 20) -> Iterator[str]:
        """The first refusals, each as a sentence with file, line and column."""
        for row in self.refused.slice(0, most).to_pylist():
            column = f", column '{row['column']}'" if row["column"] else ""
            yield f"{row['file']}, line {row['line']}{column}: {row['reason']}"

    def as_dict(self) -> dict[str, Any]:
        """The report as it is kept with the import: counts and reasons, no values."""
        by_reason = self.refused.group_by("reason").aggregate([("line", "count"), ("line", "min")])
        reasons = [
            {"reason": row["reason"], "count": row["line_count"], "first_line": row["line_min"]}
            for row in by_reason.sort_by([("line_count", "descending")]).slice(0, 100).to_pylist()
        ]
        notes = [
            {"file": n.file, "column": n.column, "message": n.message, "count": n.count}
            for n in self.notes
        ]
        return {
            "accepted": self.accepted,
            "refused": self.refused_rows,
            "reasons": reasons,
            "notes": notes,
            "tables": dict(self.tables),
        }


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_FORMULA_SIGNS) else text


def shortened(column: pa.Array) -> pa.Array:
    """Values as they are shown in a report."""
    cut = pc.utf8_slice_codeunits(column, 0, LONGEST_SHOWN)
    long = pc.greater(pc.utf8_length(column), LONGEST_SHOWN)
    return pc.if_else(long, pc.binary_join_element_wise(cut, "…", ""), cut)
