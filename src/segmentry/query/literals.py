"""One token to the value it means."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from segmentry.base.errors import ProblemList
from segmentry.base.quoting import unquote
from segmentry.query import limits
from segmentry.query.ast import Literal
from segmentry.query.dates import FIRST_DAY, LAST_DAY
from segmentry.query.lexer import Token
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
    Word,
)

_CENTURY_DAYS = 36_525
_LARGEST = {
    "d": _CENTURY_DAYS,
    "w": _CENTURY_DAYS // 7,
    "m": 12 * limits.OFFSET_YEARS,
    "y": limits.OFFSET_YEARS,
    "h": _CENTURY_DAYS * 24,
    "min": _CENTURY_DAYS * 24 * 60,
}
_SOME_DAY = Day(date(2000, 1, 1))


def read_literal(token: Token, problems: ProblemList, notes: ProblemList) -> Literal:
    """The value of a token. What is wrong with it is noted, and a stand-in returned."""
    span = (token.start, token.end)
    match token.kind:
        case "string":
            return Literal(Text(unquote(token.text)), span)
        case "number":
            return Literal(_number(token, problems), span)
        case "day":
            return Literal(_day(token, problems), span)
        case "instant":
            return Literal(_instant(token, problems), span)
        case "ago":
            return Literal(_ago(token, problems, notes), span)
        case "offset":
            return Literal(_offset(token, problems), span)
        case _:
            return Literal(_word(token.text), span)


def _number(token: Token, problems: ProblemList) -> Value:
    digits = token.text.lstrip("+-")
    if token.text.startswith("+"):
        problems.add("bad_number", "Numbers have no plus sign.", token.start, token.end, digits)
    if len(digits) > 40:
        problems.add("bad_number", "A number has at most 40 characters.", token.start, token.end)
        return Number(Decimal(0))
    return Number(Decimal(token.text))


def _day(token: Token, problems: ProblemList) -> Day:
    day = _valid_day(token.text)
    if day is None:
        problems.add(
            "bad_date",
            f"'{token.text}' is not a date. Dates look like 2024-01-31.",
            token.start,
            token.end,
        )
    elif not FIRST_DAY <= day <= LAST_DAY:
        _out_of_range(token, problems)
    else:
        return Day(day)
    return _SOME_DAY


def _valid_day(text: str) -> date | None:
    """A day written in full, YYYY-MM-DD, that the calendar has."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _instant(token: Token, problems: ProblemList) -> Value:
    text = token.text
    try:
        if len(text) != len("2024-01-31T16:00:00") or "t" in text:
            raise ValueError(text)  # strptime takes single digits, too
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        problems.add(
            "bad_date",
            f"'{text}' is not a date and time. They look like 2024-01-31T16:00:00, "
            "on the store's own clock.",
            token.start,
            token.end,
        )
        return _SOME_DAY
    if not FIRST_DAY <= moment.date() <= LAST_DAY:
        _out_of_range(token, problems)
        return _SOME_DAY
    return Instant(moment)


def _out_of_range(token: Token, problems: ProblemList) -> None:
    problems.add(
        "date_out_of_range",
        f"Dates lie between {FIRST_DAY} and {LAST_DAY}.",
        token.start,
        token.end,
    )


def _ago(token: Token, problems: ProblemList, notes: ProblemList) -> Value:
    amount, unit, _ = token.text.split("_")
    short = f"-{amount}{unit[0]}"
    notes.add(
        "deprecated_form",
        f"{token.text} is the older spelling of {short}.",
        token.start,
        token.end,
        short,
    )
    return _offset(Token("offset", short, token.start, token.end), problems)


def _offset(token: Token, problems: ProblemList) -> Value:
    text = token.text
    unit = "min" if text.endswith("min") else text[-1]
    number = text[: -len(unit)]
    if number[0] not in "+-":
        problems.add(
            "unsigned_offset",
            f"'{text}' needs a sign: -{text} is in the past, +{text} ahead.",
            token.start,
            token.end,
            f"-{text}",
        )
    if len(number) > 12 or abs(int(number)) > _LARGEST[unit]:
        problems.add(
            "offset_out_of_range",
            f"Offsets reach at most {limits.OFFSET_YEARS} years.",
            token.start,
            token.end,
        )
        return _SOME_DAY
    amount = int(number)
    match unit:
        case "h" | "min":
            return TimeOffset(amount, unit)
        case "d" | "w" | "m" | "y":
            return DayOffset(amount, unit)
    return _SOME_DAY


def _word(text: str) -> Value:
    match text.upper():
        case "TRUE" | "FALSE":
            return Boolean(text.upper() == "TRUE")
        case "TODAY" | "YESTERDAY":
            return NamedDay("today" if text.upper() == "TODAY" else "yesterday")
        case "STORE_AVERAGE":
            return StoreStatistic("STORE_AVERAGE")
        case "STORE_MEDIAN":
            return StoreStatistic("STORE_MEDIAN")
    return Word(text)
