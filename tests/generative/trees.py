"""Syntax trees over any names: everything that can be written, whether it means something or not.

The trees are in the form that reading a text gives: a group holds no group of its own
kind, and CONTAINS with several values is CONTAINS ANY.
"""

from __future__ import annotations

import string
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Literal as OneOf

from hypothesis import strategies as st

from segmentry.base.quoting import name_part
from segmentry.facts.operators import (
    BETWEEN,
    CONTAINS,
    IN,
    IN_BOTTOM,
    IN_TOP,
    IS_NULL,
    MEMBERSHIP,
    OPERATORS,
    Operator,
)
from segmentry.query.ast import And, Anniversary, Call, Condition, Literal, Node, Not, Or, Query
from segmentry.query.dates import FIRST_DAY, LAST_DAY
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
)

NOWHERE = (0, 0)
KEYWORDS = (
    *("in", "is", "between", "contains", "matches", "top", "bottom", "text", "any", "all"),
    *("starts", "ends", "with", "true", "today", "store_average", "anniversary", "date"),
)
"""Words of the language that are names wherever the grammar does not expect them."""
_RESERVED = {"and", "or", "not", "null"}
_LETTERS = string.ascii_lowercase + "_"


def condition(
    name: str,
    operator: Operator,
    *values: Value,
    negated: bool = False,
    comments: tuple[str, ...] = (),
) -> Condition:
    """A condition that stands nowhere."""
    literals = tuple(Literal(value, NOWHERE) for value in values)
    return Condition(name, operator, negated, literals, NOWHERE, NOWHERE, NOWHERE, comments)


def call(
    name: str,
    parameters: tuple[Condition, ...],
    *,
    negated: bool = False,
    comments: tuple[str, ...] = (),
) -> Call:
    """A function that stands nowhere."""
    return Call(name, negated, parameters, NOWHERE, NOWHERE, comments)


def query(root: Node, trailing: tuple[str, ...] = ()) -> Query:
    """A query without a text."""
    return Query(root, "", trailing_comments=trailing)


# -- names and values -------------------------------------------------------------------


@cache
def texts() -> st.SearchStrategy[str]:
    """Any text, quotes, backslashes and line ends among it more often than by chance."""
    anything = st.characters(exclude_categories=["Cs"])
    return st.text(st.sampled_from("'\\\n -a%\x00’İ") | anything, max_size=12)


@cache
def names() -> st.SearchStrategy[str]:
    """Any name: plain, dotted, with quoted parts, and the words of the language."""
    first = st.text(_LETTERS, min_size=1, max_size=8).filter(lambda name: name not in _RESERVED)
    dashed = st.builds("{}--{}".format, first, st.text(string.digits + _LETTERS, min_size=1))
    plain = st.text(_LETTERS + string.digits + "$", min_size=1, max_size=6)
    later = st.lists(plain | texts().map(name_part), min_size=1, max_size=2)
    dotted = st.builds(lambda head, tail: ".".join([head, *tail]), first | dashed, later)
    return first | st.sampled_from(KEYWORDS) | dotted | dashed


@cache
def numbers() -> st.SearchStrategy[Decimal]:
    """Whole numbers beyond 64 bits and decimals of either sign."""
    whole = st.integers(-(10**20), 10**20).map(Decimal)
    return whole | st.decimals(-(10**14), 10**14, places=4)


@cache
def days() -> st.SearchStrategy[Day]:
    """Any day that a query may name."""
    return st.dates(FIRST_DAY, LAST_DAY).map(Day)


@cache
def instants() -> st.SearchStrategy[Instant]:
    """Any whole second that a query may name."""
    first, last = datetime(1900, 1, 1), datetime(2199, 12, 31, 23, 59, 59)
    return st.datetimes(first, last).map(lambda moment: Instant(moment.replace(microsecond=0)))


@cache
def day_offsets() -> st.SearchStrategy[DayOffset]:
    """Offsets in days, weeks, months and years, up to a century."""
    return (
        st.builds(DayOffset, st.integers(-36_525, 36_525), st.just("d"))
        | st.builds(DayOffset, st.integers(-5_217, 5_217), st.just("w"))
        | st.builds(DayOffset, st.integers(-1_200, 1_200), st.just("m"))
        | st.builds(DayOffset, st.integers(-100, 100), st.just("y"))
    )


@cache
def time_offsets() -> st.SearchStrategy[TimeOffset]:
    """Offsets in hours and minutes."""
    return st.builds(TimeOffset, st.integers(-100_000, 100_000), st.sampled_from(["h", "min"]))


@cache
def named_days() -> st.SearchStrategy[NamedDay]:
    """today and yesterday."""
    return st.sampled_from([NamedDay("today"), NamedDay("yesterday")])


STATISTIC: st.SearchStrategy[OneOf["STORE_AVERAGE", "STORE_MEDIAN"]] = st.sampled_from(
    ["STORE_AVERAGE", "STORE_MEDIAN"]
)
"""What a number can be held against."""


@cache
def statistics() -> st.SearchStrategy[StoreStatistic]:
    """The store's average or median, with and without a factor."""
    return st.builds(StoreStatistic, STATISTIC, st.just(Decimal(1)) | numbers())


@cache
def values() -> st.SearchStrategy[Value]:
    """Any value that may stand after an operator."""
    return st.one_of(
        texts().map(Text),
        numbers().map(Number),
        st.booleans().map(Boolean),
        days(),
        instants(),
        day_offsets(),
        time_offsets(),
        named_days(),
        statistics(),
    )


# -- conditions and groups --------------------------------------------------------------


@cache
def comments() -> st.SearchStrategy[tuple[str, ...]]:
    """Comments, mostly none."""
    line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=8)
    some = st.lists(line.map(str.strip), max_size=2).map(tuple)
    return st.just(()) | some


@cache
def conditions(*, commented: bool = True) -> st.SearchStrategy[Condition]:
    """Any operator with any values, as many as it takes."""
    return _conditions(commented)


@st.composite
def _conditions(draw: st.DrawFn, commented: bool) -> Condition:
    operator = draw(st.sampled_from(OPERATORS))
    negated = operator.negated_symbol is not None and draw(st.booleans())
    operands: tuple[Value, ...]
    if operator is IS_NULL:
        operands = ()
    elif operator is BETWEEN:
        operands = (draw(values()), draw(values()))
    elif operator in (IN_TOP, IN_BOTTOM):
        operands = (Rank(draw(numbers()), draw(st.booleans())),)
    elif operator is IN or (operator in MEMBERSHIP and operator is not CONTAINS):
        operands = tuple(draw(st.lists(values(), min_size=1, max_size=3)))
    else:
        operands = (draw(values()),)
    said = draw(comments()) if commented else ()
    return condition(draw(names()), operator, *operands, negated=negated, comments=said)


@cache
def calls() -> st.SearchStrategy[Call]:
    """Any function with any parameters."""
    parameters = st.lists(conditions(commented=False), max_size=3).map(tuple)
    return st.builds(
        lambda name, given, negated, said: call(name, given, negated=negated, comments=said),
        names(),
        parameters,
        st.booleans(),
        comments(),
    )


@cache
def anniversaries() -> st.SearchStrategy[Anniversary]:
    """`anniversary('…')` with any operation."""
    return st.builds(
        lambda compared, of, said: Anniversary(
            condition(
                of,
                compared.operator,
                *(literal.value for literal in compared.operands),
                negated=compared.negated,
            ),
            NOWHERE,
            said,
        ),
        conditions(commented=False),
        texts(),
        comments(),
    )


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """A group of parts, those of its own kind opened up."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.operands if isinstance(part, kind) else [part])
    return kind(tuple(flat))


def groups(leaves: st.SearchStrategy[Node], *, most: int) -> st.SearchStrategy[Node]:
    """Groups and negations over `leaves`, with at most so many of them."""

    def larger(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(parts, min_size=2, max_size=3)
        return (
            several.map(lambda each: joined(And, each))
            | several.map(lambda each: joined(Or, each))
            | parts.map(Not)
        )

    return st.recursive(leaves, larger, max_leaves=most)


@cache
def queries() -> st.SearchStrategy[Query]:
    """Any query that can be written."""
    leaves: st.SearchStrategy[Node] = st.one_of(conditions(), calls(), anniversaries())
    return st.builds(query, groups(leaves, most=8), comments())
