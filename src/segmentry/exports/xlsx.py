"""Members as a workbook of Excel: texts as texts, whatever they look like, and numbers, money
and dates as such. Times stand there on the store's clock, since a cell has no time zone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException

from segmentry.base.errors import UserError
from segmentry.base.money import minor_digits
from segmentry.exports.texts import on_the_clock

MOST_ROWS = 1_048_575
"""What a sheet holds below its headings."""
_LONGEST = 32_767
"""What a cell holds."""
_FIRST_YEAR = 1900
_AT_ONCE = 10_000
_NARROWEST, _WIDEST = 8, 50
_LOOKED_AT = 1_000
_Write = Callable[[int, int, Any], object]
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def refuse_unfit(table: pa.Table) -> None:
    """Refuse what a sheet has no room for."""
    instead = "Write a .csv, .jsonl or .parquet file instead"
    if table.num_rows > MOST_ROWS:
        raise UserError(
            f"A sheet has room for {MOST_ROWS:,} rows, and these are {table.num_rows:,}. "
            f"{instead}, or export segments of fewer members."
        )
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_list(column.type):
            column = pc.binary_join(column, ", ")
        if pa.types.is_string(column.type):
            longest = pc.max(pc.utf8_length(column)).as_py() or 0
            if longest > _LONGEST:
                raise UserError(
                    f"A cell of a sheet has room for {_LONGEST:,} characters, and {name} has one "
                    f"of {longest:,}. {instead}, or leave {name} out."
                )


def write_xlsx(
    table: pa.Table, path: Path, currency: str, progress: Callable[[float], None]
) -> None:
    """Write the table as a workbook; what is needed meanwhile lies beside it."""
    refuse_unfit(table)
    book = Workbook(path, _OPTIONS | {"tmpdir": str(path.parent)})
    try:
        _Sheet(book, table, currency).write(progress)
        book.close()
    except XlsxWriterException as error:
        raise OSError(str(error)) from error
    finally:
        for sheet in book.worksheets():
            with suppress(OSError):  # of a file that could not be written
                sheet.row_data_fh.close()


class _Sheet:
    """One sheet, and how values of each kind look in it."""

    def __init__(self, book: Workbook, table: pa.Table, currency: str) -> None:
        digits = minor_digits(currency)
        cents = f".{'0' * digits}" if digits else ""
        self.sheet = book.add_worksheet("Members")
        self.table = table
        self.heading = book.add_format({"bold": True})
        self.money = book.add_format({"num_format": f"#,##0{cents} [${currency}]"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(self, progress: Callable[[float], None]) -> None:
        """Headings, frozen, then the rows."""
        self.sheet.freeze_panes(1, 0)
        for number, name in enumerate(self.table.column_names):
            self.sheet.set_column(number, number, self._width(name))
        for number, name in enumerate(self.table.column_names):
            self.sheet.write_string(0, number, name, self.heading)
        writers = [self._writer(column.type) for column in self.table.columns]
        row = 0
        for batch in self.table.to_batches(max_chunksize=_AT_ONCE):
            columns = [_as_shown(column).to_pylist() for column in batch.columns]
            for values in zip(*columns, strict=True):
                row += 1
                for number, value in enumerate(values):
                    if value is not None:
                        writers[number](row, number, value)
            progress(row / self.table.num_rows)

    def _width(self, name: str) -> int:
        column = self.table.column(name)
        longest = len(name)
        if pa.types.is_timestamp(column.type):
            longest = max(longest, len("2024-01-31 16:00:00"))
        elif pa.types.is_decimal(column.type):
            longest = max(longest, len("1,000,000.00 EUR"))
        elif pa.types.is_string(column.type):
            some = pc.utf8_length(column.slice(0, _LOOKED_AT))
            longest = max(longest, pc.max(some).as_py() or 0)
        return min(_WIDEST, max(_NARROWEST, longest + 2))

    def _writer(self, type: pa.DataType) -> _Write:
        sheet = self.sheet
        if pa.types.is_dictionary(type):
            return self._writer(type.value_type)
        if pa.types.is_timestamp(type):
            return self._dates(self.moment)
        if pa.types.is_date(type):
            return self._dates(self.day)
        if pa.types.is_decimal(type):
            return lambda row, column, value: sheet.write_number(
                row, column, float(value), self.money
            )
        if pa.types.is_boolean(type):
            return lambda row, column, value: sheet.write_boolean(row, column, value)
        if pa.types.is_integer(type) or pa.types.is_floating(type):
            return lambda row, column, value: sheet.write_number(row, column, value)
        return lambda row, column, value: sheet.write_string(row, column, value)

    def _dates(self, format: object) -> _Write:
        """Dates as dates; as texts where Excel has none, which is before 1900."""

        def write(row: int, column: int, value: Any) -> object:
            if value.year < _FIRST_YEAR:
                return self.sheet.write_string(row, column, value.isoformat())
            return self.sheet.write_datetime(row, column, value, format)

        return write


def _as_shown(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return _as_shown(column.dictionary).take(column.indices)
    if pa.types.is_timestamp(column.type):
        return on_the_clock(column)[0]
    return pc.binary_join(column, ", ") if pa.types.is_list(column.type) else column
