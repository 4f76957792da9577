"""Values as they are written: which texts are dates, numbers, names and quoted texts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from segmentry.base.errors import QueryError
from segmentry.query.ast import Condition
from segmentry.query.bind import bind
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.values import (
    Boolean,
    Day,
    DayOffset,
    Instant,
    NamedDay,
    Number,
    StoreStatistic,
    Text,
    TimeOffset,
    Value,
)


def _value(written: str) -> Value:
    root = parse(f"x = {written}").root
    assert isinstance(root, Condition)
    return root.operands[0].value


@pytest.mark.parametrize(
    ("written", "value", "printed"),
    [
        ("'a'", Text("a"), "'a'"),
        ("''", Text(""), "''"),
        (r"'it\'s'", Text("it's"), r"'it\'s'"),
        ("'it''s'", Text("it's"), r"'it\'s'"),
        (r"'a\\b'", Text("a\\b"), r"'a\\b'"),
        (r"'\n'", Text("n"), "'n'"),
        ("' a '", Text(" a "), "' a '"),
        ("'a\nb'", Text("a\nb"), "'a\nb'"),
        ("'-- a'", Text("-- a"), "'-- a'"),
        ("'\x00'", Text("\x00"), "'\x00'"),
        ("'’＇'", Text("’＇"), "'’＇'"),
        ("'%_$1?'", Text("%_$1?"), "'%_$1?'"),
        ("1", Number(Decimal(1)), "1"),
        ("-1.50", Number(Decimal("-1.5")), "-1.5"),
        ("007", Number(Decimal(7)), "7"),
        ("-0", Number(Decimal(0)), "0"),
        ("18446744073709551615", Number(Decimal(2**64 - 1)), "18446744073709551615"),
        ("TRUE", Boolean(True), "true"),
        ("False", Boolean(False), "false"),
        ("2024-02-29", Day(date(2024, 2, 29)), "2024-02-29"),
        ("1900-01-01", Day(date(1900, 1, 1)), "1900-01-01"),
        ("2199-12-31", Day(date(2199, 12, 31)), "2199-12-31"),
        ("2024-01-31T16:00:00", Instant(datetime(2024, 1, 31, 16)), "2024-01-31T16:00:00"),
        ("-90d", DayOffset(-90, "d"), "-90d"),
        ("+4w", DayOffset(4, "w"), "+4w"),
        ("-3m", DayOffset(-3, "m"), "-3m"),
        ("-100y", DayOffset(-100, "y"), "-100y"),
        ("-0d", DayOffset(0, "d"), "+0d"),
        ("-24h", TimeOffset(-24, "h"), "-24h"),
        ("+90min", TimeOffset(90, "min"), "+90min"),
        ("Today", NamedDay("today"), "today"),
        ("YESTERDAY", NamedDay("yesterday"), "yesterday"),
        ("store_average", StoreStatistic("STORE_AVERAGE"), "STORE_AVERAGE"),
        (
            "1.5*STORE_MEDIAN",
            StoreStatistic("STORE_MEDIAN", Decimal("1.5")),
            "1.5 * STORE_MEDIAN",
        ),
        ("7_days_ago", DayOffset(-7, "d"), "-7d"),
        ("12_months_ago", DayOffset(-12, "m"), "-12m"),
    ],
)
def test_reads(written: str, value: Value, printed: str) -> None:
    """Each value has one meaning and one form in which it is printed."""
    assert _value(written) == value
    assert print_query(parse(f"x = {written}")) == f"x = {printed}"


def _date_refusals() -> list[object]:
    out_of_range = ["9999-12-31", "0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31T00:00:00"]
    offsets = ["-99999999999d", "+9999y", "-36526d", "+1201m", "-5218w", "-99999999999999999999h"]
    wrong = [
        *(
            "2026-02-30",
            "2023-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-1-1",
            "2026-01-01T24:00:00",
        ),
        *("2026-01-01T23:59:60", "2026-01-01T10:00", "2026-01-01T10", "2026-01-01T10:00:00Z"),
        *("2026-01-01T10:00:00+02:00", "2026-01-01T10:00:00.5", "0000-01-01"),
    ]
    return [
        *(pytest.param(each, "date_out_of_range", id=each) for each in out_of_range),
        *(pytest.param(each, "offset_out_of_range", id=each) for each in offsets),
        *(pytest.param(each, "bad_date", id=each) for each in wrong),
        *(pytest.param(e, "wrong_type", id=e) for e in ["20260101", "2026-W01-1", "2026-001"]),
        pytest.param("٢٠٢٦-٠١-٠١", "bad_number", id="other digits"),
        pytest.param("90d", "unsigned_offset", id="90d"),
    ]


@pytest.mark.parametrize(("written", "code"), _date_refusals())
def test_dates_are_written_in_one_way(written: str, code: str) -> None:
    """TIM-05, TIM-06: only YYYY-MM-DD with THH:MM:SS is a date, and only within the range."""
    with pytest.raises(QueryError) as refused:
        bind(f"last_order_date >= {written}")
    assert refused.value.problems[0].code == code
    with pytest.raises(QueryError):
        bind(f"last_order_date >= '{written}'")


@pytest.mark.parametrize(
    "written", ["2026-01-01T1:02:03", "2026-01-01T01:2:3", "2026-01-01t01:02:03"]
)
def test_times_are_written_in_one_way(written: str) -> None:
    """A date and time has all its digits and a capital T."""
    with pytest.raises(QueryError):
        bind(f"last_order_date >= {written}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("amount_spent > 1_000", "bad_number"),
        ("amount_spent > 1e5", "bad_number"),
        ("amount_spent > 0x10", "bad_number"),
        ("amount_spent > １２", "bad_number"),
        ("amount_spent > 1.", "bad_number"),
        ("amount_spent > .5", "unexpected"),
        ("amount_spent > 1.2.3", "bad_number"),
        ("amount_spent > NaN", "wrong_type"),
        ("amount_spent > Infinity", "wrong_type"),
        ("amount_spent > €5", "money_sign"),
        ("amount_spent > 1,234.50", "thousands_mark"),
        ("amount_spent > 1.00000", None),
        ("amount_spent > 99999999999999.9999", None),
        ("amount_spent > 100000000000000", "bad_amount"),
        ("amount_spent > " + "9" * 41, "bad_number"),
        ("number_of_orders > " + "0" * 39 + "1", None),
        ("created_by_app_id = 18446744073709551616", "wrong_type"),
        ("created_by_app_id = 1.5", "wrong_type"),
        ("created_by_app_id = -1", "wrong_type"),
    ],
)
def test_numbers(text: str, code: str | None) -> None:
    """A number has a decimal point at most; everything else is refused, with its own word."""
    if code is None:
        bind(text)
        return
    with pytest.raises(QueryError) as refused:
        bind(text)
    assert code in {problem.code for problem in refused.value.problems}


def test_no_digit_of_an_amount_is_dropped() -> None:
    """An amount with too many decimals is refused, however small the last of them."""
    with pytest.raises(QueryError):
        bind("amount_spent > 12345678901234.12340000000000001")


@pytest.mark.parametrize(
    "name",
    [
        *("read_csv", "pragma", "main.sqlite_master", "customer.__class__", "__import__"),
        *("number_of_orders.x", "Number_Of_Orders", "x" * 10_000, "select", "a--b"),
    ],
    ids=lambda name: name[:20],
)
def test_names_nobody_knows(name: str) -> None:
    """QRY-02: a name is looked up in the catalogue and nowhere else."""
    with pytest.raises(QueryError) as refused:
        bind(f"{name} = 1")
    assert [problem.code for problem in refused.value.problems] == ["unknown_filter"]


@pytest.mark.parametrize(
    "text",
    [
        *("'; DROP TABLE customers; --", "' OR 1=1", "\\'", "''", "\\", "$1 ", "?", "%s", "/* */"),
        *("\x00", "’", "＇", "%_\\", "^(a+)+$", "\u202e", "a\nAND b = 1"),
    ],
)
def test_any_text_is_only_text(text: str) -> None:
    """QRY-01: what stands in quotes is a value in every place, and comes back as it was."""
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    for query in (
        f"customer_name = {quoted}",
        f"customer_name CONTAINS TEXT {quoted}",
        f"customer_tags CONTAINS ({quoted})",
        f"orders_placed MATCHES (tag = {quoted}, channel IN ({quoted}))",
        f"metafields.custom.{quoted} IS NULL",
    ):
        bound = bind(query)
        assert print_query(bound.query).count(quoted) == query.count(quoted)
        assert print_query(parse(print_query(bound.query))) == print_query(bound.query)
