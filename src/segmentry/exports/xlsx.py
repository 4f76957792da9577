"""Members as a workbook of Excel: texts as texts, whatever they look like, and numbers, money
and dates as such. Times stand there on the store's clock, since a cell has no time zone.

The head and the rows of the sheet are XML of ours, a part at a time; the frame around them,
and what the cells look like, is XlsxWriter's.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from segmentry.base.errors import UserError
from segmentry.base.money import minor_digits
from segmentry.exports.texts import joined, on_the_clock

MOST_ROWS = 1_048_575
"""What a sheet holds below its headings."""
_LONGEST = 32_767
"""What a cell holds."""
_AT_ONCE = 10_000
_NARROWEST, _WIDEST = 8, 50
_LOOKED_AT = 1_000
_PIECE = 1 << 20

_SHEET = "xl/worksheets/sheet1.xml"
_NO_ROWS = b"<sheetData/>"
_BEGIN, _END = b"<sheetData>", b"</sheetData>"
_HEADING, _MONEY, _MOMENT, _DAY = 1, 2, 3, 4
"""What cells look like, by the number that stands in them."""

_LONG = pa.large_string()
_FIRST_YEAR = 1900
_DAY_LONG = 86_400_000_000
_EPOCH = 25_569 * _DAY_LONG
"""How far 1 January 1970 is from where Excel counts from."""
_LEAP_DAY = 61
"""For Excel 1900 had a 29 February: days before 1 March are one less than their distance."""
_UNFIT = r"[\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}]"
_UNFIT_SIGNS = (*map(chr, (*range(0x09), *range(0x0B, 0x20))), "\ufffe", "\uffff")
_IN_XML = (("_x", "_x005F_x"), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
"""`_x0041_` is an A to Excel."""


def refuse_unfit(table: pa.Table, rows: int) -> None:
    """Refuse what a sheet has no room for: so many rows, or a text of the table."""
    instead = "Write a .csv, .jsonl or .parquet file instead"
    if rows > MOST_ROWS:
        raise UserError(
            f"A sheet has room for {MOST_ROWS:,} rows, and these are {rows:,}. "
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


# -- the frame --------------------------------------------------------------------------


def sheet_head(table: pa.Table, rows: int, currency: str) -> bytes:
    """The sheet up to its first row: how large it is, how wide its columns are, headings."""
    widths = [_width(table, name) for name in table.column_names]
    with ZipFile(_frame(currency, widths)) as frame:
        before, _, _ = frame.read(_SHEET).partition(_NO_ROWS)
    size = f'<dimension ref="A1:{xl_col_to_name(len(widths) - 1)}{rows + 1}"/>'
    headings = pa.table({name: [name] for name in table.column_names})
    return (
        re.sub(b"<dimension .*?/>", size.encode(), before) + _BEGIN + _rows(headings, 1, _HEADING)
    )


def sheet_rows(table: pa.Table, before: int) -> bytes:
    """The rows of a sheet that has so many before them, below its headings."""
    return _rows(table, before + 2)


def write_book(sheet: Path, out: Path, currency: str) -> None:
    """Write the workbook around a sheet whose head and rows stand in a file."""
    with ZipFile(_frame(currency)) as frame, ZipFile(out, "w", ZIP_DEFLATED) as book:
        for each in frame.infolist():
            if each.filename != _SHEET:
                book.writestr(each, frame.read(each))
        _, _, after = frame.read(_SHEET).partition(_NO_ROWS)
        entry = ZipInfo(_SHEET, frame.getinfo(_SHEET).date_time)
        entry.compress_type = ZIP_DEFLATED
        entry.file_size = sheet.stat().st_size + len(_END + after)
        with sheet.open("rb") as rows, book.open(entry, "w") as whole:
            shutil.copyfileobj(rows, whole, _PIECE)
            whole.write(_END + after)


def _frame(currency: str, widths: Sequence[int] = ()) -> BytesIO:
    """A workbook without a row."""
    digits = minor_digits(currency)
    cents = f".{'0' * digits}" if digits else ""
    looks: dict[int, dict[str, object]] = {
        _HEADING: {"bold": True},
        _MONEY: {"num_format": f"#,##0{cents} [${currency}]"},
        _MOMENT: {"num_format": "yyyy-mm-dd hh:mm:ss"},
        _DAY: {"num_format": "yyyy-mm-dd"},
    }
    frame = BytesIO()
    with Workbook(frame, {"in_memory": True}) as book:
        for number, look in looks.items():
            book.add_format({**look, "xf_index": number})
        sheet = book.add_worksheet("Members")
        sheet.freeze_panes(1, 0)
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
    return frame


def _width(table: pa.Table, name: str) -> int:
    column = table.column(name)
    longest = len(name)
    if pa.types.is_timestamp(column.type):
        longest = max(longest, len("2024-01-31 16:00:00"))
    elif pa.types.is_decimal(column.type):
        longest = max(longest, len("1,000,000.00 EUR"))
    elif pa.types.is_string(column.type):
        some = pc.utf8_length(column.slice(0, _LOOKED_AT))
        longest = max(longest, pc.max(some).as_py() or 0)
    return min(_WIDEST, max(_NARROWEST, longest + 2))


# -- rows -------------------------------------------------------------------------------


def _rows(table: pa.Table, first: int, look: int | None = None) -> bytes:
    """The rows, numbered from the first; texts look like that."""
    pieces = []
    for batch in table.combine_chunks().to_batches(max_chunksize=_AT_ONCE):
        numbers = pa.array(np.arange(first, first + batch.num_rows)).cast(_LONG)
        first += batch.num_rows
        cells = [
            pc.coalesce(_Column(xl_col_to_name(place), numbers, look).cells(column), _words(""))
            for place, column in enumerate(batch.columns)
        ]
        pieces.append(joined(_put('<row r="', numbers, '">', *cells, "</row>")))
    return b"".join(pieces)


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column of some rows: its letters, the numbers of the rows, what texts look like."""

    letters: str
    numbers: pa.Array
    look: int | None = None

    def cells(self, column: pa.Array) -> pa.Array:
        """The values as cells, null where there is none."""
        kind = column.type
        if pa.types.is_dictionary(kind):
            return self.cells(column.cast(kind.value_type))
        if pa.types.is_timestamp(kind):
            return self._dates(on_the_clock(column)[0], _MOMENT)
        if pa.types.is_date(kind):
            return self._dates(column, _DAY)
        if pa.types.is_boolean(kind):
            return self._values(column.cast(pa.int8()).cast(_LONG), ' t="b"')
        if pa.types.is_decimal(kind):
            return self._values(column.cast(_LONG), f' s="{_MONEY}"')
        if pa.types.is_integer(kind):
            return self._values(column.cast(_LONG))
        if pa.types.is_floating(kind):
            texts = column.cast(_LONG)
            return pc.if_else(pc.is_finite(column), self._values(texts), self._texts(texts))
        return self._texts(pc.binary_join(column, ", ") if pa.types.is_list(kind) else column)

    def _texts(self, column: pa.Array) -> pa.Array:
        style = "" if self.look is None else f' s="{self.look}"'
        before = f'{style} t="inlineStr"><is><t xml:space="preserve">'
        return self._all(before, _in_xml(column.cast(_LONG)), "</t></is></c>")

    def _values(self, texts: pa.Array, how: str = "") -> pa.Array:
        return self._all(f"{how}><v>", texts, "</v></c>")

    def _all(self, before: str, texts: pa.Array, after: str) -> pa.Array:
        return _put(f'<c r="{self.letters}', self.numbers, f'"{before}', texts, after)

    def _dates(self, column: pa.Array, look: int) -> pa.Array:
        """Dates as dates; as texts where Excel has none, which is before 1900."""
        moments = column.cast(pa.timestamp("us"))
        days = (np.asarray(moments.cast(pa.int64()).fill_null(0)) + _EPOCH) / _DAY_LONG
        days -= days < _LEAP_DAY
        numbers = pa.array(days, mask=np.asarray(column.is_null())).cast(_LONG)
        found = self._values(numbers, f' s="{look}"')
        late = pc.greater_equal(pc.year(moments), _FIRST_YEAR)
        if pc.all(late, min_count=0).as_py():
            return found
        texts = [None if each is None else each.isoformat() for each in column.to_pylist()]
        return pc.if_else(late, found, self._texts(pa.array(texts, _LONG)))


def _put(*pieces: pa.Array | str) -> pa.Array:
    """One text of each row's pieces, null where one of them is."""
    words = [_words(each) if isinstance(each, str) else each for each in pieces]
    return pc.binary_join_element_wise(*words, _words(""))


def _words(text: str) -> pa.Scalar:
    return pa.scalar(text, _LONG)


def _in_xml(texts: pa.Array) -> pa.Array:
    """Texts with what XML or Excel takes for something else escaped, as Excel does."""
    for sign, instead in _IN_XML:
        texts = pc.replace_substring(texts, sign, instead)
    if pc.any(pc.match_substring_regex(texts, _UNFIT)).as_py():
        for sign in _UNFIT_SIGNS:
            texts = pc.replace_substring(texts, sign, f"_x{ord(sign):04X}_")
    return texts
