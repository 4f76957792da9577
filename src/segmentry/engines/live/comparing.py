"""One comparison of a column, two-valued: which rows it holds for.

A missing value satisfies no comparison, and every negated one. Ratios are compared by
multiplication, dates with the instants [start, end) of a day, and texts once a
word.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import assert_never

import numpy as np

from segmentry.engines.live.columns import (
    Coded,
    Column,
    Dates,
    Lists,
    Numbers,
    Through,
    Words,
)
from segmentry.engines.live.exact import Mask, Whole, either, every, fitting
from segmentry.engines.live.moments import number_of
from segmentry.engines.operands import Given
from segmentry.facts.field import Field
from segmentry.facts.operators import (
    BETWEEN,
    CONTAINS_ALL,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    IN_BOTTOM,
    IN_TOP,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
    SEARCH,
    Operator,
    Range,
)
from segmentry.query.bound import AttributeTest, FieldTest


def holding(test: AttributeTest | FieldTest, given: Given | None, column: Column) -> Mask:
    """The rows for which a test holds; `given` is None where one of its operands is missing."""
    known = column.known
    if test.operator is IS_NULL:
        return ~known ^ test.negated
    if given is None:
        return np.full(len(known), test.negated)
    return (known & _fits(test.field, test.operator, given, column)) ^ test.negated


def _fits(field: Field, operator: Operator, given: Given, column: Column) -> Mask:
    """The positive meaning; says nothing of rows whose value is missing."""
    match column:
        case Numbers():
            return _NUMBERS[operator](column, given)
        case Dates():
            return _DATES[operator](column.at, given)
        case Coded():
            few = column.with_few_words()
            return np.append(words_fitting(field, operator, given, few.words), False)[few.codes]
        case Lists() if operator is CONTAINS_ALL:
            each = (words_fitting(field, operator, (item,), column.words) for item in given)
            return every(column.having(words) for words in each)
        case Lists():
            return column.having(words_fitting(field, operator, given, column.words))
        case Through(of):
            return column.seen(_fits(field, operator, given, of))
    assert_never(column)


# -- numbers ----------------------------------------------------------------------------


def at_least(column: Numbers, value: int | Fraction) -> Mask:
    """Where the number is so much or more, missing ones aside."""
    return np.asarray(column.top >= _shares(column, value, ceil), np.bool_)


def _at_most(column: Numbers, value: int | Fraction) -> Mask:
    return np.asarray(column.top <= _shares(column, value, floor), np.bool_)


def _shares(
    column: Numbers, value: int | Fraction, rounded: Callable[[Fraction], int]
) -> Whole | int:
    """What a number's whole top is compared with: its bottom times the value, rounded.

    Bottoms are mostly few and small, so each different one is multiplied once.
    """
    ratio, bottom = Fraction(value), column.bottom
    if isinstance(bottom, int):
        return rounded(ratio * bottom)
    if bottom.dtype == object or bottom.max(initial=0) > _MANY_BOTTOMS:
        bottom = bottom.astype(object) * ratio.numerator
        if rounded is ceil:
            return np.asarray(-(-bottom // ratio.denominator))
        return np.asarray(bottom // ratio.denominator)
    counts = np.bincount(bottom).tolist()
    limits = fitting([rounded(ratio * n) if count else 0 for n, count in enumerate(counts)])
    return np.asarray(limits[bottom])


_MANY_BOTTOMS = 10_000


def _equal(column: Numbers, given: Given) -> Mask:
    return at_least(column, given[0]) & _at_most(column, given[0])


_NUMBERS: dict[Operator, Callable[[Numbers, Given], Mask]] = {
    EQUALS: _equal,
    LESS: lambda column, given: ~at_least(column, given[0]),
    LESS_OR_EQUAL: lambda column, given: _at_most(column, given[0]),
    GREATER: lambda column, given: ~_at_most(column, given[0]),
    GREATER_OR_EQUAL: lambda column, given: at_least(column, given[0]),
    IN_TOP: lambda column, given: at_least(column, given[0]),
    IN_BOTTOM: lambda column, given: _at_most(column, given[0]),
    BETWEEN: lambda column, given: at_least(column, given[0]) & _at_most(column, given[1]),
    IN: lambda column, given: either(_equal(column, (value,)) for value in given),
}

# -- dates ------------------------------------------------------------------------------


def _start(day: Range) -> int:
    return number_of(day.start)


def _end(day: Range) -> int:
    return number_of(day.end)


def _within(at: Whole, first: Range, last: Range) -> Mask:
    return (at >= _start(first)) & (at < _end(last))


_DATES: dict[Operator, Callable[[Whole, Given], Mask]] = {
    EQUALS: lambda at, given: _within(at, given[0], given[0]),
    LESS: lambda at, given: at < _start(given[0]),
    LESS_OR_EQUAL: lambda at, given: at < _end(given[0]),
    GREATER: lambda at, given: at >= _end(given[0]),
    GREATER_OR_EQUAL: lambda at, given: at >= _start(given[0]),
    BETWEEN: lambda at, given: _within(at, given[0], given[1]),
    IN: lambda at, given: either(_within(at, day, day) for day in given),
}

# -- texts ------------------------------------------------------------------------------


def words_fitting(field: Field, operator: Operator, given: Given, words: Words) -> Mask:
    """Which words one operand fits."""
    if operator in SEARCH:
        return words.fitting(field, operator, given)
    return words.among(given, field, operator)
