"""Workbooks, read back from the XML that Excel reads."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from segmentry.base.errors import UserError
from segmentry.exports import formats, xlsx
from segmentry.exports.tables import write_table

TABLE = pa.table(
    {
        "customer_id": ["=1+1", "https://shop.test", "+49", "a\0_x0041_<b>"],
        "spent": pa.array([Decimal("1234.5"), Decimal(-1), None, None], pa.decimal128(38, 4)),
        "orders": [1, -2, None, 3],
        "since": pa.array(
            [datetime(2024, 7, 1, 10, tzinfo=UTC), None, datetime(1850, 1, 1, tzinfo=UTC), None],
            pa.timestamp("us", tz="Europe/Berlin"),
        ),
        "born": pa.array([date(1990, 12, 31), None, date(1899, 1, 1), None]),
        "reachable": [True, False, None, True],
        "tags": [["=a", "b"], None, [], ["c"]],
    }
)


def part(path: Path, name: str) -> str:
    """One file of a workbook."""
    with zipfile.ZipFile(path) as book:
        return book.read(f"xl/{name}").decode()


def cells(path: Path) -> dict[str, tuple[str, str]]:
    """Each cell's kind and what stands in it."""
    found = re.findall(r'<c r="(\w+)"(.*?)>(.*?)</c>', part(path, "worksheets/sheet1.xml"))
    return {place: (kind, re.sub("<.*?>", "", text)) for place, kind, text in found}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The table as a workbook."""
    return write_table(TABLE, tmp_path / "a.xlsx", "EUR")


def test_no_text_is_a_formula_or_a_link(book: Path) -> None:
    """EXP-01: whatever it begins with; signs that XML cannot have come through as Excel's."""
    sheet = part(book, "worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    found = cells(book)
    assert [found[f"A{row}"][1] for row in (2, 3, 4)] == ["=1+1", "https://shop.test", "+49"]
    assert "inlineStr" in found["A2"][0]
    assert found["A5"][1] == "a_x0000__x005F_x0041_&lt;b&gt;"
    assert found["G2"][1] == "=a, b"


def test_numbers_and_dates_are_such(book: Path) -> None:
    """Money has its currency, times stand on the store's clock, and Excel has none before 1900."""
    found = cells(book)
    assert Decimal(found["B2"][1]) == Decimal("1234.5")
    assert found["C3"][1] == "-2"
    assert float(found["D2"][1]) == pytest.approx(45474.5, abs=1e-9), "noon in Berlin"
    assert found["E2"][1] == "33238"
    assert found["E4"][1] == "1899-01-01"
    assert found["D4"][1] == "1850-01-01T00:53:28", "the clock of Berlin at that time"
    assert 't="b"' in found["F2"][0]
    assert "D3" not in found
    styles = part(book, "styles.xml")
    assert '#,##0.00 [$EUR]"' in styles
    assert "yyyy-mm-dd hh:mm:ss" in styles


def test_headings_stay_and_columns_are_wide_enough(book: Path) -> None:
    """The first row is frozen; no column is endless."""
    sheet = part(book, "worksheets/sheet1.xml")
    assert 'ySplit="1"' in sheet
    widths = [float(each) for each in re.findall(r'<col [^>]*width="([\d.]+)"', sheet)]
    assert len(widths) == len(TABLE.column_names)
    assert all(8 <= each <= 52 for each in widths)


def test_a_currency_without_cents(tmp_path: Path) -> None:
    """Is shown without."""
    write_table(TABLE, tmp_path / "a.xlsx", "JPY")
    assert "#,##0 [$JPY]" in part(tmp_path / "a.xlsx", "styles.xml")


def test_what_a_sheet_has_no_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows, longer texts: refused with what to do, never cut off."""
    with pytest.raises(UserError, match=r"32,767 characters, and note has one of 40,000"):
        xlsx.refuse_unfit(pa.table({"note": ["x" * 40_000]}), 1)
    xlsx.refuse_unfit(pa.table({"note": ["x" * 32_767]}), xlsx.MOST_ROWS)
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    with pytest.raises(UserError, match=r"room for 3 rows, and these are 4\. Write a \.csv"):
        write_table(TABLE, tmp_path / "a.xlsx", "EUR")
    assert list(tmp_path.iterdir()) == []


def test_how_large_it_is(tmp_path: Path) -> None:
    """As some programs want to know before they read on; nobody is the headings alone."""
    for rows in (4, 0):
        book = write_table(TABLE.slice(0, rows), tmp_path / "a.xlsx", "EUR")
        sheet = part(book, "worksheets/sheet1.xml")
        assert f'<dimension ref="A1:G{rows + 1}"/>' in sheet
        assert re.findall(r'<row r="(\d+)"', sheet) == [str(n) for n in range(1, rows + 2)]


# -- every cell -------------------------------------------------------------------------

_NAMES = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_HOSTILE = "=+<r>/&\"'_x0041 \t\n\r\0\x1f\ufffe\uffff\u2028é🎁"
texts = st.none() | st.text(_HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]))
kinds = {
    pa.int64(): st.integers(-(2**53), 2**53),
    pa.float64(): st.floats(-1e300, 1e300),
    pa.decimal128(38, 4): st.decimals(-(10**12), 10**12, places=4),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(date(1900, 1, 1)),
    pa.timestamp("us", tz="UTC"): st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)),
}


def read(sheet: bytes) -> dict[str, tuple[str | None, str | None, str]]:
    """Each cell's kind, its look, and the text in it as Excel takes it, below the headings."""
    root = ElementTree.fromstring(sheet)
    return {
        cell.attrib["r"]: (cell.get("t"), cell.get("s"), _meant("".join(cell.itertext())))
        for row in list(root.iter(f"{_NAMES}row"))[1:]
        for cell in row
    }


def sheet_of(table: pa.Table) -> bytes:
    """The table as a sheet."""
    head = xlsx.sheet_head(table, table.num_rows, "EUR")
    return head + xlsx.sheet_rows(table, 0) + b"</sheetData></worksheet>"


def _meant(text: str) -> str:
    return re.sub("_x([0-9a-fA-F]{4})_", lambda code: chr(int(code[1], 16)), text)


@given(st.lists(texts, max_size=10))
@example(["<r>a</r>", "<r><t>b</r>", "_x0041_x0042_", "_x005F_", " c ", "=1+1", ""])
@settings(max_examples=40)
def test_every_text_is_itself(column: list[str | None]) -> None:
    """Whatever stands in it, be it XML, an escape or a formula; nothing is no cell."""
    found = read(sheet_of(pa.table({"a": pa.array(column, pa.string())})))
    assert found == {
        f"A{row}": ("inlineStr", None, text)
        for row, text in enumerate(column, 2)
        if text is not None
    }


@given(st.data())
@settings(max_examples=20)
def test_other_values_are_as_xlsxwriter_has_them(data: st.DataObject) -> None:
    """The same numbers, to the last digit that a cell holds, which look the same."""
    columns = [
        data.draw(st.lists(st.none() | each, min_size=3, max_size=3)) for each in kinds.values()
    ]
    table = pa.table(
        {str(kind): pa.array(column, kind) for kind, column in zip(kinds, columns, strict=True)}
    )
    ours, plain = read(sheet_of(table)), read(_plainly(table))
    assert ours.keys() == plain.keys()
    for place, (kind, look, text) in ours.items():
        assert (kind, look is None) == (plain[place][0], plain[place][1] is None), place
        assert float(text) == pytest.approx(float(plain[place][2]), rel=1e-15), place


def _plainly(table: pa.Table) -> bytes:
    """The table as a sheet, a cell at a time."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True, "remove_timezone": True}) as book:
        sheet, styled = book.add_worksheet(), book.add_format({"num_format": "0"})
        sheet.write_row(0, 0, table.column_names)
        for row, values in enumerate(table.to_pylist(), 1):
            for number, value in enumerate(values.values()):
                match value:
                    case None:
                        pass
                    case bool():
                        sheet.write_boolean(row, number, value)
                    case date():
                        sheet.write_datetime(row, number, value, styled)
                    case Decimal():
                        sheet.write_number(row, number, value, styled)
                    case _:
                        sheet.write_number(row, number, value)
    with zipfile.ZipFile(file) as written:
        return written.read("xl/worksheets/sheet1.xml")


def test_in_parts_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows one of them has."""
    whole = write_table(TABLE, tmp_path / "a.xlsx", "EUR")
    monkeypatch.setattr(formats, "PART", 1)
    parts = write_table(TABLE, tmp_path / "b.xlsx", "EUR")
    assert part(parts, "worksheets/sheet1.xml") == part(whole, "worksheets/sheet1.xml")
