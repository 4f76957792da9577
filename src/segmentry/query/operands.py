"""Literals to operands of the type that a field takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import cast

from segmentry.base.errors import ProblemList
from segmentry.base.money import money_of
from segmentry.base.quoting import quote
from segmentry.facts.field import Attribute, Field
from segmentry.facts.metafields import metafield
from segmentry.facts.operators import (
    BETWEEN,
    EQUALS,
    IN,
    IN_BOTTOM,
    IN_TOP,
    MEMBERSHIP,
    Type,
)
from segmentry.query import suggest
from segmentry.query.ast import Condition, Literal
from segmentry.query.bound import Operand, Written
from segmentry.query.dates import day_of, kind
from segmentry.query.lexer import Token, tokenize
from segmentry.query.literals import read_literal
from segmentry.query.printer import print_number
from segmentry.query.values import (
    Boolean,
    DateValue,
    Day,
    DayOffset,
    Instant,
    NamedDay,
    Number,
    Rank,
    StoreStatistic,
    Text,
    TimeOffset,
    Value,
    Word,
)

_DAY_VALUES = (Day, DayOffset, NamedDay)
_INSTANT_VALUES = (Instant, TimeOffset)
_LARGEST_ID = 2**64 - 1
_FORMS = {
    "country": (re.compile(r"[A-Z]{2}"), "two letters such as 'CA'"),
    "region": (re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}"), "country and region such as 'US-NY'"),
    "city": (
        re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}-\S+"),
        "country, region and name without spaces such as 'US-NY-NewYorkCity'",
    ),
    "coordinates": (
        re.compile(r"-?[0-9]{1,2}(\.[0-9]{1,20})?, ?-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII),
        "latitude and longitude in degrees such as '51.5072,-0.1276'",
    ),
    "currency": (re.compile(r"[A-Z]{3}"), "three letters such as 'EUR'"),
}


class _Refused(Exception):
    def __init__(self, code: str, message: str, suggestion: str | None = None) -> None:
        self.code, self.message, self.suggestion = code, message, suggestion


def bind_operands(
    field: Field, condition: Condition, problems: ProblemList, notes: ProblemList
) -> tuple[Operand, ...] | None:
    """The operands of a condition on `field`, or None where a problem was noted."""
    operands = []
    for literal in condition.operands:
        try:
            operands.append(_operand(field, condition, literal, notes))
        except _Refused as refused:
            problems.add(refused.code, refused.message, *literal.span, refused.suggestion)
    if len(operands) < len(condition.operands):
        return None
    if condition.operator is BETWEEN and _reversed(operands):
        start, end = condition.operands[0].span[0], condition.operands[1].span[1]
        problems.add("bounds_reversed", "The lower bound lies above the upper bound.", start, end)
        return None
    return tuple(operands)


def undeclared(condition: Condition) -> Attribute:
    """A stand-in for a metafield of unknown type: the type that its condition fits."""
    return metafield(condition.name, fitting_type(condition))


def fitting_type(condition: Condition) -> str:
    """The type, as metafields are declared with one, that a condition's operator and values
    are those of."""
    values = [literal.value for literal in condition.operands]
    if condition.operator in MEMBERSHIP:
        return "list"
    if any(isinstance(value, (*_DAY_VALUES, *_INSTANT_VALUES)) for value in values):
        return "date"
    if any(isinstance(value, Number | Rank | StoreStatistic) for value in values):
        return "number"
    return "boolean" if any(isinstance(value, Boolean) for value in values) else "text"


def _operand(field: Field, condition: Condition, literal: Literal, notes: ProblemList) -> Operand:
    value = literal.value
    if condition.operator in (IN_TOP, IN_BOTTOM):
        return _rank(value)
    if isinstance(value, StoreStatistic):
        return _statistic(field, condition, value)
    if field.type.dated:
        return _date(field, condition, literal, notes)
    if field.ids:
        return _id(field, condition, value)
    return _BY_TYPE[field.type](field, condition, value)


def _rank(value: Value) -> Rank:
    rank = cast("Rank", value)
    if rank.percent and not 0 < rank.amount <= 100:
        raise _Refused("bad_rank", "A percentage lies above 0 and up to 100.", "10%")
    if not rank.percent and (rank.amount < 1 or rank.amount != rank.amount.to_integral_value()):
        raise _Refused("bad_rank", "A number of places is a whole number from 1.", "10")
    return rank


def _statistic(field: Field, condition: Condition, value: StoreStatistic) -> StoreStatistic:
    if not (field.type.numeric and isinstance(field, Attribute)):
        raise _Refused(
            "no_statistic",
            f"{condition.name} has no {value.statistic}; numbers of a customer have.",
        )
    return value


# -- dates ------------------------------------------------------------------------------


def _date(field: Field, condition: Condition, literal: Literal, notes: ProblemList) -> DateValue:
    value = literal.value
    if isinstance(value, Text):
        value = _quoted_date(value, literal, notes)
    if isinstance(value, _INSTANT_VALUES):
        return _instant(field, condition, value)
    if not isinstance(value, _DAY_VALUES):
        raise _Refused(
            "wrong_type",
            f"{condition.name} is compared with a date such as 2024-01-31 or -30d.",
        )
    return value


def _quoted_date(value: Text, literal: Literal, notes: ProblemList) -> Value:
    token = _date_token(value.value, literal.span)
    if token is None:
        raise _Refused(
            "wrong_type", f"{quote(value.value)} is not a date. Dates look like 2024-01-31."
        )
    problems = ProblemList("")
    read = read_literal(token, problems, ProblemList(""))
    if problems.items:
        raise _Refused(problems.items[0].code, problems.items[0].message)
    notes.add("quoted_date", "Dates are written without quotes.", *literal.span, value.value)
    return read.value


def _date_token(text: str, span: tuple[int, int]) -> Token | None:
    tokens = tokenize(text, ProblemList(text))
    if len(tokens) == 2 and tokens[0].kind in ("day", "instant", "offset", "ago", "name"):
        return Token(tokens[0].kind, text, *span)
    return None


def _instant(field: Field, condition: Condition, value: Instant | TimeOffset) -> DateValue:
    if field.type is Type.DAY:
        raise _Refused(
            "wrong_type", f"{condition.name} is a day without a time; compare it with days."
        )
    if condition.operator in (EQUALS, IN):
        raise _Refused(
            "wrong_operator",
            "A point in time takes <, <=, >, >= and BETWEEN; '=' needs a whole day.",
        )
    return value


def _reversed(operands: list[Operand]) -> bool:
    """Whether two bounds that can be ordered stand the wrong way round."""
    low, high = operands
    if isinstance(low, int | Fraction) and isinstance(high, int | Fraction):
        return low > high
    dates = (*_DAY_VALUES, *_INSTANT_VALUES)
    if not (isinstance(low, dates) and isinstance(high, dates)) or kind(low) != kind(high):
        return False
    return all(
        _position(low, now, last=False) > _position(high, now, last=True) for now in _SOME_MOMENTS
    )


_SOME_MOMENTS = (datetime(2023, 3, 1), datetime(2023, 12, 31, 23, 59))
"""Months differ in length: -90d lies before -3m at one of these and after it at the other."""


def days_apart(low: Operand, high: Operand) -> int | None:
    """Days from one bound to the other, at the least; None for bounds of two kinds."""
    if not (isinstance(low, _DAY_VALUES) and isinstance(high, _DAY_VALUES)):
        return None
    if kind(low) != kind(high):
        return None
    todays = [moment.date() for moment in _SOME_MOMENTS]
    return min((day_of(high, today) - day_of(low, today)).days for today in todays)


def _position(value: DateValue, now: datetime, *, last: bool) -> datetime:
    """Where a bound lies when it is `now`."""
    match value:
        case Instant(moment):
            return moment
        case TimeOffset(amount, unit):
            return now + (timedelta(hours=amount) if unit == "h" else timedelta(minutes=amount))
        case _:
            return datetime.combine(day_of(value, now.date()), time.max if last else time.min)


# -- other types ------------------------------------------------------------------------


def _number(value: Value, condition: Condition, example: str) -> Number:
    if isinstance(value, Number):
        return value
    fix = value.value if isinstance(value, Text) and _looks_numeric(value.value) else None
    raise _Refused("wrong_type", f"{condition.name} is compared with {example}.", fix)


def _looks_numeric(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]{1,4})?", text, re.ASCII) is not None


def _money(field: Field, condition: Condition, value: Value) -> Operand:
    number = _number(value, condition, "an amount such as 1234.50")
    if number.value.is_signed():
        fix = print_number(abs(number.value))
        raise _Refused("signed_amount", "Amounts are never below zero.", fix)
    try:
        return int(money_of(number.value))
    except ValueError:
        raise _Refused("bad_amount", "An amount has at most 14 digits and 4 decimals.") from None


def _exact(field: Field, condition: Condition, value: Value) -> Operand:
    number = _number(value, condition, "a number").value
    if abs(number) >= 2**63:
        raise _Refused("bad_number", "Numbers lie within 64 bits, up to 9223372036854775807.")
    return Fraction(number)


def _text(field: Field, condition: Condition, value: Value) -> Operand:
    if isinstance(value, Word | Number):
        word = value.value if isinstance(value, Word) else str(value.value)
        raise _Refused("missing_quotes", "Texts stand in quotes.", quote(word))
    if not isinstance(value, Text):
        raise _Refused("wrong_type", f"{condition.name} is compared with a text in quotes.")
    _check_form(field, value.value)
    return Written(field.key(value.value, condition.operator), value.value)


def _check_form(field: Field, text: str) -> None:
    if field.form not in _FORMS:
        return
    pattern, description = _FORMS[field.form]
    if pattern.fullmatch(text.upper() if field.form != "city" else text):
        if field.form == "coordinates":
            _check_degrees(text)
        return
    what = "place" if field.form == "coordinates" else field.form
    tidy = re.sub(r"[\s_]+", "" if field.form == "city" else "-", text.strip())
    fix = quote(tidy) if pattern.fullmatch(tidy.upper() if field.form != "city" else tidy) else None
    raise _Refused("bad_form", f"{quote(text)} is not a {what}: {description}.", fix)


def _check_degrees(text: str) -> None:
    latitude, longitude = (abs(float(degrees)) for degrees in text.split(","))
    if latitude > 90 or longitude > 180:
        raise _Refused(
            "bad_form",
            f"{quote(text)} is not on the globe: latitudes reach 90 degrees, longitudes 180.",
        )


def _enum(field: Field, condition: Condition, value: Value) -> Operand:
    word = value.value if isinstance(value, Text | Word) else None
    aliases = dict(field.aliases)
    word = aliases.get(word, word) if word else None
    if isinstance(value, Text) and word in field.values:
        return str(word)
    close = suggest.closest(str(word), (*field.values, *aliases)) if word else None
    close = aliases.get(close, close) if close else None
    raise _Refused(
        "unknown_value",
        f"{condition.name} is one of {', '.join(quote(v) for v in field.values)}.",
        quote(close) if close else None,
    )


def _id(field: Field, condition: Condition, value: Value) -> Operand:
    if isinstance(value, Number) and _is_id(value.value):
        return str(int(value.value))
    if isinstance(value, Text) and value.value:
        return value.value
    raise _Refused("wrong_type", f"{condition.name} takes an id: a whole number or a quoted text.")


def _is_id(number: Decimal) -> bool:
    return 0 <= number <= _LARGEST_ID and number == number.to_integral_value()


def _boolean(field: Field, condition: Condition, value: Value) -> Operand:
    if isinstance(value, Boolean):
        return value.value
    raise _Refused("wrong_type", f"{condition.name} is true or false.", "true")


_BY_TYPE: dict[Type, Callable[[Field, Condition, Value], Operand]] = {
    Type.MONEY: _money,
    Type.INTEGER: _exact,
    Type.DECIMAL: _exact,
    Type.TEXT: _text,
    Type.ENUM: _enum,
    Type.ID: _id,
    Type.BOOLEAN: _boolean,
    Type.LIST: _text,
}
