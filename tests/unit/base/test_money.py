"""Amounts: what is one, and how it is shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base import money
from segmentry.base.errors import WorkspaceError
from segmentry.base.money import (
    CURRENCIES,
    LARGEST,
    as_decimal,
    check_currency,
    format_money,
    minor_digits,
    money_of,
    parse_money,
)
from tests.steps import counted

amounts = st.integers(-LARGEST, LARGEST)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("-0", 0),
        ("12.5", 125_000),
        ("0.0001", 1),
        ("-0.0001", -1),
        ("007", 70_000),
        ("1234.5600", 12_345_600),
        ("99999999999999.9999", LARGEST),
        ("-99999999999999.9999", -LARGEST),
    ],
)
def test_reads(text: str, amount: int) -> None:
    """A minus, up to 14 digits, up to 4 decimals, exactly."""
    assert parse_money(text) == amount


REFUSED = [
    *("NaN", "sNaN", "nan", "Infinity", "-inf", "1e400", "1e5000000", "1E2", "1_000", "0x10"),
    *("１２", "٣", "²", " 12 ", "12 ", "\t12", "12\n", "1,000.00", "1.000,00", "1 000", "1'000"),
    *("", "-", ".", "1.", ".5", "--1", "+1", "−1", "1.23456", "100000000000000", "1" * 10_000),
    *("$5", "5 EUR", "1.2.3", "\x001", "1\x00", "0" * 15, "1/2", "1" + ".0" * 9_000),
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:12]))
def test_refuses_at_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else looks like a number is refused before any arithmetic is tried on it."""

    def number(*given: object) -> None:
        raise AssertionError(f"{given} is taken for a number")

    for kind in ("int", "float", "Decimal"):
        monkeypatch.setattr(money, kind, number, raising=False)
    with pytest.raises(ValueError, match="14 digits"), counted(20):
        parse_money(text)
    with pytest.raises(AssertionError, match="taken for a number"):
        parse_money("1")


@given(amounts)
def test_texts_and_amounts(amount: int) -> None:
    """An amount comes back from its decimal, and from its text."""
    assert money_of(as_decimal(amount)) == amount
    assert parse_money(f"{as_decimal(amount):f}") == amount


@given(st.text(max_size=8) | st.text("0123456789.-+e, ", max_size=12))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    """What is read is what the text says to any other reader of decimals."""
    try:
        amount = parse_money(text)
    except ValueError:
        return
    assert as_decimal(amount) == Decimal(text)


UNFIT = [
    *("0.00001", "100000000000000", "-100000000000000", "1e15", "1e-20"),
    *("NaN", "sNaN", "Infinity", "-Infinity"),
    *("1e5000000", "1e-5000000", "12345678901234.12340000000000001"),
]


@pytest.mark.parametrize("text", UNFIT)
def test_decimals_that_do_not_fit(text: str) -> None:
    """A decimal that needs more digits, or is no number, is refused, never rounded, no fault."""
    with pytest.raises(ValueError, match="at most 14 digits and 4 decimals"):
        money_of(Decimal(text))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1E+2", 1_000_000),
        ("-0.0001", -1),
        ("12345678901234.1234", 123_456_789_012_341_234),
        ("1.50000000", 15_000),
        ("0E-10", 0),
        ("0E+99", 0),
    ],
)
def test_decimals_are_exact(text: str, amount: int) -> None:
    """However a decimal is written, its ten-thousandths are counted; zeros are no decimals."""
    assert money_of(Decimal(text)) == amount


# -- shown ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (10_000_000, "JPY", "1,000"),
        (12_340, "KWD", "1.234"),
        (12_340, "BHD", "1.234"),
        (12_345, "CLF", "1.2345"),
        (12_345_678, "HUF", "1,234.57"),
        (12_345_678, "EUR", "1,234.57"),
        (0, "EUR", "0.00"),
        (0, "JPY", "0"),
        (-12_500, "USD", "-1.25"),
        (50, "EUR", "0.00"),
        (150, "EUR", "0.02"),
        (250, "EUR", "0.02"),
        (5_000, "JPY", "0"),
        (15_000, "JPY", "2"),
        (25_000, "JPY", "2"),
        (LARGEST, "CLF", "99,999,999,999,999.9999"),
        (10_000, "", "1.00"),
    ],
)
def test_shows(amount: int, currency: str, shown: str) -> None:
    """The decimals of the currency, halves to the even, thousands apart."""
    assert format_money(amount, currency) == shown


@given(amounts, st.sampled_from(sorted(CURRENCIES)))
def test_shown_amounts_are_near(amount: int, currency: str) -> None:
    """What is shown is no more than half a minor unit away."""
    shown = Decimal(format_money(amount, currency).replace(",", ""))
    assert abs(shown - as_decimal(amount)) * 2 <= Decimal(1).scaleb(-minor_digits(currency))


def test_decimals_are_shown_alike() -> None:
    """An average that is no whole ten-thousandth is rounded as an amount is."""
    assert format_money(Decimal(100) / 3, "EUR") == "33.33"
    assert format_money(Decimal("2.675"), "EUR") == "2.68"


# -- currencies -------------------------------------------------------------------------


def test_every_currency_is_three_capitals() -> None:
    """The list has no slips."""
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in CURRENCIES)
    assert {minor_digits(code) for code in CURRENCIES} == {0, 2, 3, 4}
    assert all(check_currency(code) == code for code in CURRENCIES)


@pytest.mark.parametrize("code", ["eur", "EURO", "", "XXX", "€", "XTS", "DEM", "E" * 10_000])
def test_no_currency(code: str) -> None:
    """Anything else is refused in a short sentence, with the capitals where they are meant."""
    with pytest.raises(WorkspaceError) as refused:
        check_currency(code)
    assert len(str(refused.value)) < 150
    assert ("EUR?" in str(refused.value)) == (code == "eur")
