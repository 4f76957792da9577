"""Printed queries parse back to the same tree, and so do trees of JSON."""

from __future__ import annotations

import json
import string
from datetime import date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.errors import Problem, QueryError
from segmentry.facts.operators import (
    BETWEEN,
    COMPARISON,
    CONTAINS_ALL,
    CONTAINS_ANY,
    CONTAINS_TEXT,
    IN,
    IN_TOP,
    IS_NULL,
    STARTS_WITH,
)
from segmentry.query.ast import And, Anniversary, Call, Condition, Literal, Node, Not, Or, Query
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.tree_json import from_json, to_json
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
)

NOWHERE = (0, 0)
KEYWORDS = {"and", "or", "not", "null", "matches", "not_matches", "anniversary"}

words = st.text(string.ascii_lowercase, min_size=1, max_size=8).filter(lambda w: w not in KEYWORDS)
names = st.lists(words, min_size=1, max_size=3).map(".".join)
numbers = st.decimals(-(10**6), 10**6, places=3).map(
    lambda d: Number(Decimal(f"{d.normalize():f}"))
)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(Day)
offsets = st.builds(DayOffset, st.integers(-99, 99), st.sampled_from(["d", "w", "m", "y"]))
times = st.builds(TimeOffset, st.integers(-99, 99), st.sampled_from(["h", "min"]))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1)).map(
    lambda moment: Instant(moment.replace(microsecond=0))
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12).map(Text)
values = st.one_of(
    texts,
    numbers,
    days,
    offsets,
    times,
    instants,
    st.sampled_from([NamedDay("today"), NamedDay("yesterday"), Boolean(True), Boolean(False)]),
    st.builds(
        StoreStatistic,
        st.sampled_from(["STORE_AVERAGE", "STORE_MEDIAN"]),
        st.sampled_from([Decimal(1), Decimal("1.5")]),
    ),
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    operator = draw(
        st.sampled_from(
            [*COMPARISON, CONTAINS_ANY, CONTAINS_ALL, CONTAINS_TEXT, STARTS_WITH, IS_NULL, IN_TOP]
        )
    )
    if operator is IS_NULL:
        found: list[object] = []
    elif operator is BETWEEN:
        found = [draw(values), draw(values)]
    elif operator is IN_TOP:
        found = [Rank(Decimal(draw(st.integers(1, 100))), draw(st.booleans()))]
    elif operator in (IN, CONTAINS_ANY, CONTAINS_ALL):
        found = draw(st.lists(values, min_size=1, max_size=4))
    else:
        found = [draw(values)]
    negated = operator.negated_symbol is not None and draw(st.booleans())
    literals = tuple(Literal(value, NOWHERE) for value in found)  # type: ignore[arg-type]
    return Condition(draw(names), operator, negated, literals, NOWHERE, NOWHERE, NOWHERE)


calls = st.builds(
    Call,
    names,
    st.booleans(),
    st.lists(conditions(), max_size=3).map(tuple),
    st.just(NOWHERE),
    st.just(NOWHERE),
)
leaves = st.one_of(conditions(), calls, conditions().map(lambda c: Anniversary(c, NOWHERE)))


nodes: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner.filter(lambda n: not isinstance(n, And)), min_size=2, max_size=3).map(
            lambda parts: And(tuple(parts))
        ),
        st.lists(inner.filter(lambda n: not isinstance(n, Or)), min_size=2, max_size=3).map(
            lambda parts: Or(tuple(parts))
        ),
    ),
    max_leaves=8,
)


@given(nodes)
def test_printing_is_a_fixed_point(root: Node) -> None:
    """What is printed parses to the same tree and prints as the same text."""
    text = print_query(Query(root, ""))
    parsed = parse(text)
    assert parsed.root == root
    assert print_query(parsed) == text


@given(nodes)
def test_tree_of_json_loses_nothing(root: Node) -> None:
    """Through JSON and back a query is the same."""
    query = Query(root, "")
    assert from_json(json.loads(json.dumps(to_json(query)))) == query


PIECES = ["\n", *"a = 1 AND OR NOT ( ) IN 'x' , -- -3d f MATCHES BETWEEN IS NULL 10 %".split()]


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_parser_accepts_or_explains(text: str) -> None:
    """Whatever the text, there is a tree or a list of problems inside it."""
    problems = _problems(text)
    assert all(0 <= each.start <= each.end <= len(text) for each in problems)
    if not problems:
        parsed = parse(text)
        assert parse(print_query(parsed)) == parsed


def _problems(text: str) -> tuple[Problem, ...]:
    try:
        parse(text)
    except QueryError as error:
        return error.problems
    return ()


def test_comments_are_kept() -> None:
    """Comments come before the condition they stood before; those at the end stay there."""
    text = "-- who\nnumber_of_orders = 1 -- and\nAND (amount_spent > 1 OR amount_spent = 0)\n-- end"
    printed = print_query(parse(text))
    assert printed.count("--") == 3
    assert print_query(parse(printed)) == printed
    assert from_json(to_json(parse(text))).trailing_comments == ("end",)
