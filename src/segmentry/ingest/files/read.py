"""A file -> the texts of its mapped columns with line numbers, and rows that are no rows.

Text is cut into cells here and nothing else: what cells mean is `values`' to say. One
row after another is held, never the file.
"""

from __future__ import annotations

import csv
import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

import duckdb
import pyarrow as pa

from segmentry.base.errors import DataError
from segmentry.ingest.files.parquet import first_rows_of_parquet, texts_of_parquet
from segmentry.storage.connecting import connect

if TYPE_CHECKING:
    from pathlib import Path

    from segmentry.ingest.files.detect import Detected

TEXTS = pa.dictionary(pa.int32(), pa.string())
"""How texts are held: every different one of a batch once."""

_SAMPLE_ROWS = 200
_BATCH = 2_000
_LONGEST_CELL = 4 << 20
"""A cell beyond this is a quote that nobody closed, so the rest is not read into it."""

_LONGEST_LINE = 16 << 20
"""So much without a line end is no row."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be cut into cells as the headings want it. `key` is the cell that
    tells which order it belongs to, as far as it can be found."""

    line: int
    column: str | None
    value: str
    reason: str
    key: str | None


@dataclass(slots=True)
class Raw:
    """Texts by the position of their column, as they stand in the file.

    `uses` counts the fields that are still to be read from a column.
    """

    columns: dict[int, pa.ChunkedArray]
    lines: pa.Array
    bad: list[BadRow] = field(default_factory=list)
    uses: dict[int, int] = field(default_factory=dict)

    def forget(self, positions: Sequence[int]) -> None:
        """Let go of columns that no other field is read from."""
        for at in positions:
            self.uses[at] = self.uses.get(at, 1) - 1
            if self.uses[at] <= 0:
                del self.columns[at]


def first_rows(path: Path, detected: Detected) -> tuple[tuple[str, ...], list[list[str]]]:
    """The headings and some rows."""
    if detected.format == "parquet":
        return first_rows_of_parquet(path, _SAMPLE_ROWS)
    _allow_long_cells()
    rows: list[list[str]] = []
    with _open(path, detected) as file:
        lines = _lines(path, detected, file)
        header = _headings(path, detected, lines)
        reader = csv.reader(lines, delimiter=detected.separator or ",")
        # What is wrong with the rows is said when they are read, not when they are shown.
        with suppress(csv.Error):
            rows.extend(row for row in islice(reader, _SAMPLE_ROWS) if row)
    return tuple(heading.strip().lstrip("\ufeff") for heading in header), rows


def read(
    path: Path,
    detected: Detected,
    header: Sequence[str],
    wanted: Sequence[int],
    key: Sequence[int],
    progress: Progress,
) -> Raw:
    """The wanted columns of all rows. Refuses a file that changed since it was looked at,
    and a quote that is not closed."""
    if path.stat().st_size != detected.size:
        raise DataError(f"{path.name} changed while it was imported. Import it again.")
    if detected.format == "parquet":
        return _read_parquet(path, header, wanted, progress)
    if detected.lines and detected.first_line == 1:
        plain = _read_plain(path, detected, len(header), wanted, progress)
        if plain is not None:
            return plain
    return _read_csv(path, detected, header, wanted, key, progress)


def _read_parquet(
    path: Path, header: Sequence[str], wanted: Sequence[int], progress: Progress
) -> Raw:
    batches: list[list[pa.Array]] = []
    done = 0
    for texts, share in texts_of_parquet(path, [header[at] for at in wanted]):
        batches.append(texts)
        done += len(texts[0])
        progress(share)
    return Raw(_joined(batches, wanted), pa.array(range(1, done + 1), pa.int64()))


# -- CSV --------------------------------------------------------------------------------


def _lines(path: Path, detected: Detected, file: TextIO) -> Iterator[str]:
    """The lines of an open file. Refuses one that would fill the memory."""
    number = detected.first_line
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise DataError(
                f"{path.name}, line {number}: more than {_LONGEST_LINE:,} characters without a "
                "line end are no row."
            )
        yield line
        number += 1


def _headings(path: Path, detected: Detected, lines: Iterator[str]) -> list[str]:
    """The first row, as strictly as the rows are read: no row can be told without it."""
    try:
        return next(csv.reader(lines, delimiter=detected.separator or ",", strict=True), [])
    except csv.Error as error:
        if "expected after" in str(error):
            raise DataError(
                f"{path.name}, line {detected.first_line}: a quoted heading goes on after its "
                "closing quote. Write a quote inside a quoted heading twice."
            ) from error
        raise _unclosed(path, detected, detected.first_line, ()) from error


def _open(path: Path, detected: Detected) -> TextIO:
    file = path.open(encoding=detected.encoding, newline="")
    for _ in range(detected.first_line - 1):
        file.readline(_LONGEST_LINE)
    return file


def _read_plain(
    path: Path, detected: Detected, width: int, wanted: Sequence[int], progress: Progress
) -> Raw | None:
    """A file whose rows are one line each and in order; none if it is any other.

    DuckDB reads several times as fast as Python's csv does, but cannot say on which line
    a row stands. Where there are as many rows as lines that is known.
    """
    columns = {f"c{at}": "VARCHAR" for at in range(width)}
    chosen = ", ".join(f"c{at}" for at in wanted)
    batches: list[list[pa.Array]] = []
    rows, most = 0, max(1, detected.lines - 1)
    with connect() as db:
        try:
            found = db.sql(
                f"""SELECT {chosen} FROM read_csv($path, columns = {columns}, header = false,
                skip = 1, auto_detect = false, delim = $delim, quote = '"', escape = '"',
                strict_mode = true, null_padding = false)""",
                params={"path": glob_escaped(path), "delim": detected.separator},
            )
            for batch in found.to_arrow_reader(65_536):
                batches.append([column.dictionary_encode() for column in batch.columns])
                rows += batch.num_rows
                progress(min(1.0, rows / most))
        except (duckdb.Error, OSError):  # a batch read later fails as Arrow's error
            return None
    if rows != detected.lines - 1:
        return None
    return Raw(_joined(batches, wanted), pa.array(range(2, rows + 2), pa.int64()))


def glob_escaped(path: Path) -> str:
    """A path in which DuckDB sees no wildcards."""
    return re.sub(r"([*?\[])", r"[\1]", str(path.resolve()))


def _read_csv(
    path: Path,
    detected: Detected,
    header: Sequence[str],
    wanted: Sequence[int],
    key: Sequence[int],
    progress: Progress,
) -> Raw:
    _allow_long_cells()
    cutter = _Cutter(path, detected, header, key)
    batches: list[list[pa.Array]] = []
    lines: list[pa.Array] = []
    with _open(path, detected) as file:
        for rows, numbers in cutter.batches(file):
            columns = list(zip(*rows, strict=True))
            batches.append(
                [pa.array(columns[at], pa.string()).dictionary_encode() for at in wanted]
            )
            lines.append(pa.array(numbers, pa.int64()))
            progress(min(1.0, file.buffer.tell() / detected.size))
    return Raw(_joined(batches, wanted), _numbers(lines), cutter.bad)


def _allow_long_cells() -> None:
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))


class _Cutter:
    """Cuts one file into rows of the right width; the others are noted in `bad`."""

    def __init__(
        self, path: Path, detected: Detected, header: Sequence[str], key: Sequence[int]
    ) -> None:
        self.bad: list[BadRow] = []
        self._path, self._detected, self._header, self._key = path, detected, header, key
        self._width = len(header)
        self._separator = detected.separator or ","

    def batches(self, file: TextIO) -> Iterator[tuple[list[list[str]], list[int]]]:
        """Rows with the numbers of their first lines, many at a time."""
        last = [""]
        lines = _remembered(_lines(self._path, self._detected, file), last)
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        offset = self._detected.first_line
        next(reader, None)
        more = True
        while more:
            rows: list[list[str]] = []
            numbers: list[int] = []
            # Rows hold nothing but texts: looking for cycles among them costs four times
            # as much as reading them.
            with _no_cycles():
                more = self._fill(reader, rows, numbers, offset, last)
            if rows:
                yield rows, numbers

    def _fill(
        self, reader: Any, rows: list[list[str]], numbers: list[int], offset: int, last: list[str]
    ) -> bool:
        width, nul = self._width, self._detected.nul
        while len(rows) < _BATCH:
            line = reader.line_num + offset
            try:
                row = next(reader)
            except StopIteration:
                return False
            except csv.Error as error:
                self._broken(line, reader.line_num + offset - line, error, last[0])
                continue
            if len(row) != width or (nul and any("\x00" in cell for cell in row)):
                row = self._mended(line, row)
            if row:
                rows.append(row)
                numbers.append(line)
        return True

    def _mended(self, line: int, row: list[str]) -> list[str]:
        """The row without empty cells beyond the headings; nothing if it must be refused."""
        if len(row) > self._width and not any(row[self._width :]):
            row = row[: self._width]
        if len(row) not in (0, self._width):
            self._refuse(
                line,
                None,
                self._separator.join(row),
                f"the row has {len(row)} cells, the heading line {self._width}",
                row,
            )
            return []
        for heading, cell in zip(self._header, row, strict=False):
            if "\x00" in cell:
                self._refuse(line, heading, cell, "the cell has a NUL byte in it", row)
                return []
        return row

    def _broken(self, line: int, spans: int, error: csv.Error, text: str) -> None:
        if spans != 1 or "expected after" not in str(error):
            raise _unclosed(self._path, self._detected, line, self._header)
        cells = next(csv.reader([text], delimiter=self._separator), [])
        reason = "a quoted cell goes on after its closing quote; a quote inside is written twice"
        self._refuse(line, None, text.rstrip("\r\n"), reason, cells)

    def _refuse(
        self, line: int, column: str | None, value: str, reason: str, row: Sequence[str]
    ) -> None:
        cells = [row[at].strip() for at in self._key if at < len(row)]
        key = next((cell for cell in cells if cell and "\x00" not in cell), None)
        shown = value[:200].replace("\x00", "\ufffd")
        self.bad.append(BadRow(line, column, shown, reason, key))


def _remembered(lines: Iterator[str], last: list[str]) -> Iterator[str]:
    for line in lines:
        last[0] = line
        yield line


@contextmanager
def _no_cycles() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _unclosed(path: Path, detected: Detected, line: int, header: Sequence[str]) -> DataError:
    """The error for a quote that is open at the end, with the column it stands in."""
    with path.open(encoding=detected.encoding, newline="") as file:
        text = next(islice(file, line - 1, None), "")[:_LONGEST_CELL]
    cells = next(csv.reader([text], delimiter=detected.separator or ","), [])
    at = len(cells) - 1
    column = f", column '{header[at]}'" if 0 <= at < len(header) else ""
    return DataError(
        f"{path.name}, line {line}{column}: a quote is opened here and not closed properly, "
        "so the rows after it cannot be told apart. Close it, or write a quote inside a quoted "
        "cell twice. Nothing was imported."
    )


def _numbers(arrays: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays(arrays) if arrays else pa.array([], pa.int64())


def _joined(batches: list[list[pa.Array]], wanted: Sequence[int]) -> dict[int, pa.ChunkedArray]:
    return {
        at: pa.chunked_array([batch[place] for batch in batches], TEXTS)
        for place, at in enumerate(wanted)
    }
