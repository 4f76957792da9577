"""Cells that no spreadsheet takes for a formula (EXP-01)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.formulas import neutral, original

SIGNS = "=+-@＝＋－＠\t\r"
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    f"{SIGNS} \"';,a1\n\u00a0\ufeff"
)


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+4930123", "-2", "@SUM(A1)", "\t=1", "\r=1", "\tx", "\rx", '"=x"', ";=x"),
        *("＝1", "＋1", "－1", "＠x", " =1", "  +1", "\u00a0=1", "\ufeff=1", "\n=1", "'=1", ",=1"),
    ],
)
def test_formulas_get_an_apostrophe(text: str) -> None:
    """EXP-01: signs that begin a formula, also after what spreadsheets leave out."""
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Ann", "a=b", "ann@shop.test", "2-1", "O'Neill", "'Ann'", "é"]
)
def test_other_texts_stay(text: str) -> None:
    """Signs inside are none of a formula."""
    assert neutral(text) == text


@given(texts)
def test_every_text_comes_back(text: str) -> None:
    """EXP-02: taking the apostrophe away gives the text, one that had apostrophes too."""
    assert original(neutral(text)) == text
