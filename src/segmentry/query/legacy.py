"""The older way to call a function, `f(id: 1, date: -90d) = true`, as parameters of today."""

from __future__ import annotations

from segmentry.facts.operators import (
    BETWEEN,
    EQUALS,
    GREATER_OR_EQUAL,
    IN,
    LESS_OR_EQUAL,
    Operator,
)
from segmentry.query.ast import Condition, Literal
from segmentry.query.lexer import Token
from segmentry.query.values import DayOffset, NamedDay, Number, Text, TimeOffset

Argument = tuple[Token, tuple[Literal, ...]]

BOUNDS = ("date", "until", "count_at_least")
"""Old parameters that bound a value and so take just one."""


def legacy_parameters(arguments: list[Argument]) -> tuple[Condition, ...]:
    """The parameters that old arguments mean.

    `date` alone is a lower bound when it is relative and a day when it is fixed;
    with `until` both are the bounds of a range.
    """
    by_name = {token.text: values for token, values in arguments}
    both = "date" in by_name and "until" in by_name
    parameters = []
    for token, values in arguments:
        if both and token.text == "until":
            continue
        if both and token.text == "date":
            bounds = (by_name["date"][0], by_name["until"][0])
            parameters.append(_condition(token, "date", BETWEEN, bounds))
        else:
            parameters.append(_single(token, values))
    return tuple(parameters)


def _single(token: Token, values: tuple[Literal, ...]) -> Condition:
    match token.text:
        case "date":
            relative = isinstance(values[0].value, DayOffset | NamedDay | TimeOffset)
            return _condition(token, "date", GREATER_OR_EQUAL if relative else EQUALS, values)
        case "until":
            return _condition(token, "date", LESS_OR_EQUAL, values)
        case "count_at_least":
            return _condition(token, "count", GREATER_OR_EQUAL, values)
        case "coordinates" if len(values) == 2:
            return _condition(token, "coordinates", EQUALS, (_coordinates(values),))
    return _condition(token, token.text, IN if len(values) > 1 else EQUALS, values)


def _coordinates(values: tuple[Literal, ...]) -> Literal:
    words = [str(v.value.value) if isinstance(v.value, Number | Text) else "" for v in values]
    return Literal(Text(",".join(words)), (values[0].span[0], values[1].span[1]))


def _condition(
    token: Token, name: str, operator: Operator, operands: tuple[Literal, ...]
) -> Condition:
    span = (token.start, token.end)
    return Condition(
        name,
        operator,
        False,
        operands,
        span=(token.start, operands[-1].span[1]),
        name_span=span,
        operator_span=span,
    )
