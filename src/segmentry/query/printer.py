"""Syntax tree to text, in one form: printing what was parsed from it changes nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from segmentry.base.quoting import quote
from segmentry.facts.operators import BETWEEN, CONTAINS, IN, MEMBERSHIP
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or, Query
from segmentry.query.values import (
    Boolean,
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


def print_query(query: Query) -> str:
    """The text of a query, keywords in capitals, comments on lines of their own."""
    text = print_node(query.root)
    lines = [*([text] if text else []), *(f"-- {line}" for line in query.trailing_comments)]
    return "\n".join(lines)


def print_node(node: Node) -> str:
    """The text of one node, with the brackets its parts need."""
    match node:
        case Or(operands):
            return _joined("OR", [print_node(part) for part in operands])
        case And(operands):
            return _joined("AND", [_bracketed(part, Or) for part in operands])
        case Not(operand):
            return "NOT " + _bracketed(operand, And, Or)
        case Condition() | Call() | Anniversary():
            return _commented(node, _leaf(node))
    assert_never(node)


def _bracketed(node: Node, *loose: type) -> str:
    text = print_node(node)
    if not isinstance(node, loose):
        return text
    return f"(\n{text}\n)" if "\n" in text else f"({text})"


def _joined(word: str, parts: list[str]) -> str:
    """Parts on one line, or on a line each where one of them brings a comment."""
    separator = "\n" if any("\n" in part for part in parts) else " "
    return f"{separator}{word}{separator}".join(parts)


def _commented(node: Condition | Call | Anniversary, text: str) -> str:
    return "".join(f"-- {line}\n" for line in node.comments) + text


def _leaf(node: Condition | Call | Anniversary) -> str:
    match node:
        case Condition():
            return f"{node.name} {_operation(node)}"
        case Call(name, negated, parameters):
            inner = ", ".join(f"{part.name} {_operation(part)}" for part in parameters)
            return f"{name} {'NOT ' if negated else ''}MATCHES ({inner})"
        case Anniversary(condition):
            return f"anniversary({quote(condition.name)}) {_operation(condition)}"
    assert_never(node)


def _operation(condition: Condition) -> str:
    operator = condition.operator
    values = [print_value(literal.value) for literal in condition.operands]
    written = operator.written(condition.negated)
    if not values:
        return written
    if operator is BETWEEN:
        return f"BETWEEN {values[0]} AND {values[1]}"
    if operator is IN or (operator in MEMBERSHIP and operator is not CONTAINS):
        return f"{written} ({', '.join(values)})"
    return f"{written} {values[0]}"


def print_value(value: Value) -> str:
    """The text of a value."""
    match value:
        case Text(text):
            return quote(text)
        case Number(number):
            return print_number(number)
        case Boolean(truth):
            return "true" if truth else "false"
        case Day(day):
            return day.isoformat()
        case Instant(moment):
            return moment.isoformat(timespec="seconds")
        case DayOffset(amount, unit) | TimeOffset(amount, unit):
            return f"{amount:+d}{unit}"
        case NamedDay(name):
            return name
        case Rank(amount, percent):
            return print_number(amount) + "%" * percent
        case StoreStatistic(statistic, factor):
            return statistic if factor == 1 else f"{print_number(factor)} * {statistic}"
        case Word(word):
            return word
    assert_never(value)


def print_number(number: Decimal) -> str:
    """A number without exponent and without idle zeros."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
