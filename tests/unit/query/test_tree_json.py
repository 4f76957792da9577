"""Trees of JSON from outside: what is none is refused, and none says what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.tree_json import TreeError, from_json, to_json


def _tree(value: dict[str, Any], operator: str = "=", **more: Any) -> dict[str, Any]:
    return {"filter": "x", "operator": operator, "values": [value]} | more


REFUSED: list[object] = [
    *(None, [], {}, "a", 1, {"all": []}, {"filter": "a"}),
    {"filter": "a", "operator": "~", "values": []},
    {"function": "f", "parameters": [{}]},
    _tree({"number": "x"}),
    _tree({"what": 1}),
    {"all": [{"any": []}]},
    {"not": None},
    {"filter": 1, "operator": "=", "values": []},
    {"filter": "x", "operator": ["="], "values": [{"text": "a"}]},
    {"filter": "x", "operator": "=", "values": None},
    {"filter": "x", "operator": "=", "values": {"text": "a"}},
    {"function": "x", "parameters": {}},
    {"function": "x", "parameters": [{"filter": "a", "operator": "=", "values": []}]},
    _tree({"number": 1}),
    _tree({"number": "1,5"}),
    _tree({"day": "2026-02-30"}),
    _tree({"offset": {"amount": 1, "unit": "s"}}),
    _tree({"statistic": "STORE_MAXIMUM", "factor": "1"}),
    _tree({"boolean": "true"}),
    _tree({"text": "a"}, comments=["a\nOR y = 1"]),
    _tree({"text": "a"}, comments="a"),
    _tree({"text": "a"}, trailing_comments=[1]),
]


@pytest.mark.parametrize("tree", REFUSED, ids=str)
def test_refused(tree: object) -> None:
    """A tree with something of the wrong kind in it is refused with a sentence."""
    with pytest.raises(TreeError):
        from_json(tree)


SAME: list[dict[str, Any]] = [
    {"function": None, "parameters": []},
    _tree({"day": "20260308"}),
    _tree({"offset": {"amount": True, "unit": "d"}}),
    _tree({"number": "-0.00"}),
    _tree({"text": "' OR 1 = 1 --"}),
    _tree({"text": "a"}, comments=["OR y = 1"]),
    {"not": {"not": _tree({"text": "a"})}},
    _tree({"instant": "2026-03-08"}),
]
"""Trees that look odd, and are not."""


OTHER: list[dict[str, Any]] = [
    {"filter": "a = 1 OR b", "operator": "=", "values": [{"number": "1"}]},
    {"filter": "NOT", "operator": "IS NULL", "values": []},
    {"filter": "", "operator": "IS NULL", "values": []},
    {"function": "f MATCHES () OR g", "parameters": []},
    {"function": "f", "parameters": [{"parameter": "a = 1, b", "operator": "IS NULL"}]},
    {"filter": "x", "operator": "=", "values": []},
    {"filter": "x", "operator": "=", "values": [{"text": "a"}, {"text": "b"}]},
    {"filter": "x", "operator": "BETWEEN", "values": [{"number": "1"}]},
    {"filter": "x", "operator": "IS NULL", "values": [{"text": "a"}]},
    {"filter": "x", "operator": "IN", "values": []},
    {"filter": "x", "operator": "CONTAINS", "values": [{"text": "a"}, {"text": "b"}]},
    _tree({"rank": "10"}, "="),
    _tree({"text": "a"}, "IN TOP"),
    _tree({"number": "NaN"}),
    _tree({"number": "Infinity"}),
    _tree({"word": "x OR y = 1"}),
    _tree({"day": "0001-01-01"}),
    _tree({"instant": "2026-03-08T01:30:00+02:00"}),
    _tree({"instant": "2026-03-08T01:30:00.5"}),
    _tree({"offset": {"amount": 10**30, "unit": "d"}}),
    _tree({"text": "a"}, comments=["a\rb\u2028", " spaced "]),
]


@pytest.mark.parametrize("tree", SAME + OTHER, ids=str)
def test_a_tree_and_its_text_say_the_same(tree: dict[str, Any]) -> None:
    """A tree is refused, or its text reads as that very tree: nothing smuggles a condition in."""
    try:
        query = from_json(tree)
    except TreeError:
        return
    again = parse(print_query(query))
    assert again.root == query.root
    assert to_json(again) == to_json(query)


@pytest.mark.parametrize("number", ["1e500000", "1e-500000", "1" * 100_000])
def test_numbers_do_not_swell(number: str) -> None:
    """A short text of a huge number is refused, not written out."""
    for tree in (_tree({"number": number}), _tree({"rank": number}, "IN TOP")):
        try:
            text = print_query(from_json(tree))
        except TreeError:
            continue
        assert len(text) < 1_000
