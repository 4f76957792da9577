"""Trees of JSON: whatever comes in is the tree of one query text, or is refused with a sentence."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.query import limits
from segmentry.query.ast import And, Or
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.tree_json import TreeError, from_json, to_json

from . import trees

KEYS = (
    *("all", "any", "not", "filter", "operator", "values", "function", "parameters", "parameter"),
    *("anniversary", "comments", "negated", "text", "number", "rank", "trailing_comments"),
    *("offset", "amount", "unit", "day", "instant", "statistic", "factor", "word", "boolean"),
)
ATOMS: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 10**4000, 1.5, float("nan"), float("inf"), [], {}, "", " "),
    *("a", "a = 1 OR b", "metafields.a.'b'", "=", "BETWEEN", "IS NULL", "IN", "CONTAINS", "IN TOP"),
    *("NaN", "sNaN", "Infinity", "1e999999999", "1_0", "١", "5%%", "5%", "-0", "1.50", "9" * 60),
    *("2026-01-01", "2026-W01-1", "20260101", "2026-01-01T10:00:00", "2026-01-01T10:00:00+01:00"),
    *("today", "STORE_MEDIAN", "d", "min", "line\nline", "--", "'", "\\", "\ud800", "x" * 30_000),
)
"""What stands in trees, in its place and out of it."""


def any_json() -> st.SearchStrategy[Any]:
    """JSON made of the keys of trees."""
    return st.recursive(
        st.sampled_from(ATOMS) | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        ),
        max_leaves=10,
    )


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a tree with every place in it."""
    for key in tree if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from places(tree[key])


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A tree with a few places filled with something else, emptied or doubled."""
    tree = copy.deepcopy(to_json(draw(trees.queries())))
    for _ in range(draw(st.integers(1, 2))):
        container, key = draw(st.sampled_from(list(places(tree)) or [(tree, "all")]))
        container[key] = draw(st.sampled_from(ATOMS) | any_json())
    return tree


def assert_written_or_refused(tree: Any) -> None:
    """A tree that is taken has a text which gives it back."""
    try:
        query = from_json(tree)
    except TreeError:
        return
    read = parse(print_query(query))
    assert read == query
    assert to_json(read) == to_json(query)
    json.dumps(to_json(query), ensure_ascii=False).encode()


@given(any_json())
def test_any_json_is_a_tree_or_refused(tree: Any) -> None:
    """No JSON does anything but become a query or be refused as none."""
    assert_written_or_refused(tree)


@given(spoilt())
def test_a_spoilt_tree_is_a_tree_or_refused(tree: Any) -> None:
    """Nor does a tree in which something stands where it does not belong."""
    assert_written_or_refused(tree)


def condition(**changed: Any) -> dict[str, Any]:
    """A good condition with something else in it."""
    return {"filter": "a", "operator": "=", "values": [{"number": "1"}]} | changed


PARAMETER = {"parameter": "a", "operator": "IS NULL"}
ONE, TEXT = {"number": "1"}, {"text": "x"}


def test_the_condition_is_good() -> None:
    """What the cases below spoil is taken as it is."""
    assert from_json(condition()).root == parse("a = 1").root


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        {},
        {"all": []},
        {"all": [condition()], "any": [condition()]},
        {"not": condition(), "comments": ["lost"]},
        {"all": [condition(trailing_comments=["lost"])]},
        {"filter": "a"},
        {"function": "f", "parameters": [{}]},
        {"function": 1, "parameters": []},
        {"function": "f", "negated": "no", "parameters": []},
        {"function": "f MATCHES () OR g", "parameters": []},
        {
            "function": "f",
            "parameters": [{"parameter": "a", "operator": "IS NULL", "comments": []}],
        },
        condition(extra=1),
        condition(operator="~"),
        condition(operator=["="]),
        # Names that print as more than a name.
        condition(filter="a = 1 OR b"),
        condition(filter="a -- "),
        condition(filter="NOT a"),
        condition(filter=""),
        condition(filter="a b"),
        # As many values as the operator takes.
        condition(values=[]),
        condition(values=[ONE, ONE]),
        condition(values=ONE),
        condition(operator="BETWEEN", values=[ONE]),
        condition(operator="BETWEEN", values=[ONE, ONE, ONE]),
        condition(operator="IS NULL"),
        condition(operator="IN", values=[]),
        condition(operator="CONTAINS", values=[TEXT, TEXT]),
        condition(operator="IN TOP", values=[ONE]),
        condition(values=[{"rank": "5%"}]),
        # Values that are none.
        *(
            condition(values=[value])
            for value in (
                {"what": 1},
                {"number": 1},
                {"number": "x"},
                {"number": "NaN"},
                {"number": "Infinity"},
                {"number": "1e999999999"},
                {"number": "1_000"},
                {"number": "+1"},
                {"number": "9" * 41},
                {"number": "1", "text": "x"},
                {"word": "today"},
                {"word": "a b"},
                {"text": "\ud800"},
                {"day": "2026-W01-1"},
                {"day": "2026-02-30"},
                {"day": "1066-10-14"},
                {"instant": "2026-01-01T10:00:00+01:00"},
                {"instant": "2026-01-01T10:00:00.5"},
                {"offset": {"amount": True, "unit": "d"}},
                {"offset": {"amount": 10**4000, "unit": "d"}},
                {"offset": {"amount": -101, "unit": "y"}},
                {"offset": {"amount": -1, "unit": "s"}},
            )
        ),
        condition(operator="IN TOP", values=[{"rank": "5%%"}]),
        condition(comments=["two\nlines"]),
        # Larger than a query can be.
        condition(filter="a" * (limits.CHARACTERS + 1)),
        condition(values=[{"text": "x" * limits.CHARACTERS}]),
        condition(operator="IN", values=[TEXT] * (limits.LIST_ITEMS + 1)),
        condition(comments=["x" * limits.CHARACTERS]),
        {"all": [condition()] * (limits.CONDITIONS + 1)},
        {"function": "f", "parameters": [PARAMETER] * limits.CHARACTERS},
    ],
    ids=lambda tree: json.dumps(tree)[:60],
)
def test_what_is_no_tree_is_refused(tree: object) -> None:
    """A tree that is none is refused with a sentence, and nothing in it is dropped."""
    with pytest.raises(TreeError):
        from_json(tree)


def test_deep_trees_are_refused() -> None:
    """However deep a tree goes, it is refused at the limit."""
    tree: Any = condition()
    for _ in range(100_000):
        tree = {"not": tree}
    with pytest.raises(TreeError):
        from_json(tree)


def test_the_refusal_says_where() -> None:
    """The way from the root to the fault is named."""
    tree = {"all": [condition(), {"not": condition(filter="a = 1 OR b")}]}
    with pytest.raises(TreeError, match=r"^tree\.all\[1\]\.not: "):
        from_json(tree)


def test_groups_in_groups_of_their_kind_are_one() -> None:
    """Brackets that change nothing are not in the tree, whichever way it came."""
    a, b, c = (condition(filter=name) for name in "abc")
    flat = parse("a = 1 AND b = 1 AND c = 1")
    assert isinstance(flat.root, And)
    assert len(flat.root.operands) == 3
    assert parse("(a = 1 AND b = 1) AND (c = 1)").root == flat.root
    assert from_json({"all": [{"all": [a, b]}, {"any": [c]}]}).root == flat.root
    mixed = parse("a = 1 OR (b = 1 OR (c = 1 AND a = 1))").root
    assert isinstance(mixed, Or)
    assert len(mixed.operands) == 3


def test_names_come_back_in_their_one_form() -> None:
    """Quotes that change nothing are taken off a name in a tree as well."""
    query = from_json(condition(filter="metafields.custom.'size'"))
    assert print_query(query) == "metafields.custom.size = 1"
