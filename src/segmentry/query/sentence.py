"""A bound query in plain words: a sentence a condition, a paragraph a query."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from segmentry.base.money import format_money
from segmentry.base.text import readable_domain
from segmentry.facts.field import Field
from segmentry.facts.operators import (
    BETWEEN,
    CONTAINS,
    CONTAINS_ALL,
    CONTAINS_ANY,
    CONTAINS_TEXT,
    ENDS_WITH,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    IN_BOTTOM,
    IN_TOP,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
    STARTS_WITH,
    Operator,
    Type,
)
from segmentry.query.bound import (
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    FieldTest,
    Lists,
    Operand,
    RecordTest,
    Written,
)
from segmentry.query.printer import print_number
from segmentry.query.values import (
    Day,
    DayOffset,
    Instant,
    NamedDay,
    Rank,
    StoreStatistic,
    TimeOffset,
)

_UNITS = {"d": "day", "w": "week", "m": "month", "y": "year", "h": "hour", "min": "minute"}
_WORDS: dict[Operator, tuple[str, str]] = {
    EQUALS: ("is {0}", "is not {0}"),
    LESS: ("is less than {0}", ""),
    LESS_OR_EQUAL: ("is at most {0}", ""),
    GREATER: ("is more than {0}", ""),
    GREATER_OR_EQUAL: ("is at least {0}", ""),
    BETWEEN: ("is between {0} and {1}", ""),
    IN: ("is {or}", "is not {or}"),
    CONTAINS: ("include {0}", "do not include {0}"),
    CONTAINS_ANY: ("include {or}", "do not include {or}"),
    CONTAINS_ALL: ("include {and}", "do not include all of {and}"),
    CONTAINS_TEXT: ("contains the text {0}", "does not contain the text {0}"),
    STARTS_WITH: ("starts with {0}", ""),
    ENDS_WITH: ("ends with {0}", ""),
    IS_NULL: ("is not known", "is known"),
    IN_TOP: ("is in the top {0} of the store", ""),
    IN_BOTTOM: ("is in the bottom {0} of the store", ""),
}
_DATED: dict[Operator, tuple[str, str]] = {
    EQUALS: ("was on {0}", "was not on {0}"),
    LESS: ("was before {0}", ""),
    LESS_OR_EQUAL: ("was on {0} or before", ""),
    GREATER: ("was after {0}", ""),
    GREATER_OR_EQUAL: ("was on {0} or after", ""),
    BETWEEN: ("was from {0} to {1}", ""),
    IN: ("was on {or}", "was not on {or}"),
    IS_NULL: ("is not known", "is known"),
}
_FALLS: dict[Operator, tuple[str, str]] = {
    EQUALS: ("has its anniversary on {0}", "does not have its anniversary on {0}"),
    LESS: ("has its anniversary before {0} this year", ""),
    LESS_OR_EQUAL: ("has its anniversary on {0} or before this year", ""),
    GREATER: ("has its anniversary after {0} this year", ""),
    GREATER_OR_EQUAL: ("has its anniversary on {0} or after this year", ""),
    BETWEEN: ("has its anniversary from {0} to {1}", ""),
}
_COUNTED: dict[Operator, str] = {
    EQUALS: "exactly {0}",
    LESS: "fewer than {0}",
    LESS_OR_EQUAL: "at most {0}",
    GREATER: "more than {0}",
    GREATER_OR_EQUAL: "at least {0}",
    BETWEEN: "between {0} and {1}",
    IN: "{or}",
}


def sentence(bound: BoundQuery, currency: str) -> str:
    """The whole query as one sentence."""
    lists = bound.lists
    if lists.fixed:
        return f"Customers of a fixed list of {len(lists.included - lists.excluded):,}."
    return f"Customers {_words(bound.root, currency)}{_by_hand(lists)}."


def _by_hand(lists: Lists) -> str:
    """How many are listed by hand, to stand after the conditions."""
    said = [
        f"{len(customers):,} {what}"
        for customers, what in ((lists.included, "put in"), (lists.excluded, "kept out"))
        if customers
    ]
    return f", with {' and '.join(said)} by hand" if said else ""


def describe(node: Bound, currency: str) -> str:
    """One condition or group, to stand after "Customers"."""
    return _words(node, currency)


def _words(node: Bound, currency: str) -> str:
    match node:
        case All(parts):
            return " and ".join(_grouped(part, currency, Any) for part in parts)
        case Any(parts):
            return " or ".join(_grouped(part, currency, All) for part in parts)
        case Complement(part):
            return f"not ({_words(part, currency)})"
        case AttributeTest(field, operator, negated, operands):
            return _attribute(field, operator, negated, operands, currency)
        case AnniversaryTest(field, operator, negated, operands):
            return f"whose {field.label} {_falls(operator, negated, operands)}"
        case RecordTest():
            return _records(node, currency)
    assert_never(node)


def _grouped(node: Bound, currency: str, loose: type) -> str:
    words = _words(node, currency)
    return f"({words})" if isinstance(node, loose) else words


def _attribute(
    field: Field, operator: Operator, negated: bool, operands: Sequence[Operand], currency: str
) -> str:
    return f"whose {field.label} {_compared(field, operator, negated, operands, currency)}"


def _compared(
    field: Field, operator: Operator, negated: bool, operands: Sequence[Operand], currency: str
) -> str:
    if field.type.dated:
        return _dated(operator, negated, operands)
    values = [value_words(operand, field, currency) for operand in operands]
    words = _fill(_WORDS[operator][negated], values)
    if field.type is Type.LIST and operator is IS_NULL:
        return words.replace("is ", "are ")
    return words


def _fill(template: str, values: list[str]) -> str:
    either, every = _series(values, "or"), _series(values, "and")
    return template.format(*values, **{"or": either, "and": every})


def _series(values: list[str], word: str) -> str:
    shown = values if len(values) <= 6 else [*values[:5], f"{len(values) - 5} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}"


# -- dates ------------------------------------------------------------------------------


def _dated(operator: Operator, negated: bool, operands: Sequence[Operand]) -> str:
    if len(operands) == 1 and (recent := _recent(operator, operands[0])):
        return recent
    template = _DATED[operator][negated]
    if operands and isinstance(operands[0], Instant | TimeOffset):
        template = template.replace("on {0} or", "at {0} or")
    return _fill(template, [_date(operand) for operand in operands])


def _falls(operator: Operator, negated: bool, operands: Sequence[Operand]) -> str:
    """When an anniversary is; the year of a day takes no part."""
    days = [
        f"{operand.value.day} {operand.value:%B}" if isinstance(operand, Day) else _date(operand)
        for operand in operands
    ]
    return _fill(_FALLS[operator][negated], days)


def _recent(operator: Operator, operand: Operand) -> str | None:
    """The usual words for "in the last 30 days", which name the days they take in."""
    match operand:
        case DayOffset(amount, unit) if amount < 0:
            ago = _plural(-amount, unit)
            return {
                GREATER_OR_EQUAL: f"was today or in the {ago} before",
                GREATER: f"was less than {ago} ago",
                LESS: f"was more than {ago} ago",
                LESS_OR_EQUAL: f"was {ago} ago or earlier",
            }.get(operator)
        case TimeOffset(amount, unit) if amount < 0:
            ago = _plural(-amount, unit)
            return {
                GREATER_OR_EQUAL: f"was in the last {ago}",
                GREATER: f"was in the last {ago}",
                LESS: f"was more than {ago} ago",
                LESS_OR_EQUAL: f"was {ago} ago or earlier",
            }.get(operator)
    return None


def _date(operand: Operand) -> str:
    match operand:
        case Day(day):
            return f"{day.day} {day:%B %Y}"
        case NamedDay(name):
            return name
        case Instant(moment):
            return f"{moment.day} {moment:%B %Y, %H:%M:%S}"
        case DayOffset(amount, unit) | TimeOffset(amount, unit):
            if amount == 0:
                return "today" if isinstance(operand, DayOffset) else "now"
            span = _plural(abs(amount), unit)
            return f"{span} ago" if amount < 0 else f"{span} from now"
    return str(operand)


def _plural(amount: int, unit: str) -> str:
    return f"{amount:,} {_UNITS[unit]}{'s' if amount != 1 else ''}"


# -- values -----------------------------------------------------------------------------


def value_words(operand: Operand, field: Field, currency: str) -> str:
    """An operand as a sentence about a field names it; a date is none of these."""
    match operand:
        case StoreStatistic(statistic, factor):
            of = "average" if statistic == "STORE_AVERAGE" else "median"
            return (
                f"the store's {of}"
                if factor == 1
                else (f"{print_number(factor)} times the store's {of}")
            )
        case Rank(amount, percent):
            return f"{print_number(amount)} %" if percent else print_number(amount)
        case bool():
            return "true" if operand else "false"
        case int() if field.type is Type.MONEY:
            return f"{_money(operand, currency)} {currency}".strip()
        case Fraction() | int():
            return _number(Fraction(operand))
    if field.form in ("domain", "email"):
        return readable_domain(str(operand))
    text = operand.written if isinstance(operand, Written) else str(operand)
    return text.upper() if field.form in ("country", "currency", "region") else text


def _money(amount: int, currency: str) -> str:
    """An amount as exactly as it was written; pennies are shown where they matter."""
    exact = Decimal(amount).scaleb(-4).normalize()
    shown = format_money(amount, currency)
    return shown if Decimal(shown.replace(",", "")) == exact else f"{exact:,f}"


def _number(value: Fraction) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):,f}"


# -- records ----------------------------------------------------------------------------


def _records(test: RecordTest, currency: str) -> str:
    if any(each.field.given for each in test.filters):
        return _near(test)
    one, many = test.function.noun
    count = next(
        (t for t in test.aggregates if t.field.name == "count" and t.operator in _COUNTED), None
    )
    others = [t for t in test.aggregates if t is not count]
    filters = [_filter(t, currency) for t in test.filters]
    how_many = _count(count, one, many) if count else f"at least 1 {one}"
    words = " ".join([f"who {test.function.verb} {how_many}", *_with(filters)])
    if others:
        base = words if count else " ".join([f"who {test.function.verb} {many}", *_with(filters)])
        totals = [_attribute(t.field, t.operator, t.negated, t.operands, currency) for t in others]
        words = f"{base} and {' and '.join(totals)}"
    return f"not ({words})" if test.negated else words


def _near(test: RecordTest) -> str:
    """Addresses around a place."""
    place = next(t.operands[0] for t in test.filters if not t.field.type.numeric)
    distances = [
        f"{_number(Fraction(str(t.operands[0])))} {t.field.label.removeprefix('distance in ')}"
        for t in test.filters
        if t.field.type.numeric
    ]
    words = f"who have an address within {' and '.join(distances)} of {place}"
    return f"not ({words})" if test.negated else words


def _with(filters: list[str]) -> list[str]:
    return [", ".join(filters)] if filters else []


def _filter(test: FieldTest, currency: str) -> str:
    said = _compared(test.field, test.operator, test.negated, test.operands, currency)
    if test.field.name == "date" and test.operator is IS_NULL:
        return f"whose date {said}"
    if test.field.name == "date":
        return said.removeprefix("was ")
    return f"whose {test.field.label} {said}"


def _count(test: FieldTest, one: str, many: str) -> str:
    values = [_number(Fraction(str(operand))) for operand in test.operands]
    said = _fill(_COUNTED[test.operator], values)
    noun = one if values[-1] == "1" and len(values) == 1 else many
    return f"{'not ' if test.negated else ''}{said} {noun}"
