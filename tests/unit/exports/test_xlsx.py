"""Workbooks, read back from the XML that Excel reads."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from segmentry.base.errors import UserError
from segmentry.exports import xlsx
from segmentry.exports.xlsx import write_xlsx

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
    path = tmp_path / "a.xlsx"
    write_xlsx(TABLE, path, "EUR", lambda share: None)
    return path


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
    assert found["B2"][1] == "1234.5"
    assert found["C3"][1] == "-2"
    assert float(found["D2"][1]) == pytest.approx(45474.5, abs=1e-9), "noon in Berlin"
    assert found["E2"][1] == "33238"
    assert found["E4"][1] == "1899-01-01"
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
    write_xlsx(TABLE, tmp_path / "a.xlsx", "JPY", lambda share: None)
    assert "#,##0 [$JPY]" in part(tmp_path / "a.xlsx", "styles.xml")


def test_what_a_sheet_has_no_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows, longer texts: refused with what to do, never cut off."""
    with pytest.raises(UserError, match=r"32,767 characters, and note has one of 40,000"):
        xlsx.refuse_unfit(pa.table({"note": ["x" * 40_000]}))
    xlsx.refuse_unfit(pa.table({"note": ["x" * 32_767]}))
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    with pytest.raises(UserError, match=r"room for 3 rows, and these are 4\. Write a \.csv"):
        write_xlsx(TABLE, tmp_path / "a.xlsx", "EUR", lambda share: None)
    assert list(tmp_path.iterdir()) == []
