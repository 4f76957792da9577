"""QRY-11: everything in Shopify's reference of segments is answered here as worked out by hand.

Each attribute, function and parameter that Shopify has is in a spec case whose members are
written down, and runs there unchanged as far as its own words go.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from segmentry.base.errors import QueryError
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or
from segmentry.query.bind import bind
from segmentry.query.lint.portability import portability
from segmentry.query.parser import parse

from .casefile import read_cases

_THEIRS = sorted(name for name, each in ATTRIBUTES.items() if each.shopify and not each.predicted)
_PARAMETERS = sorted(
    f"{function.name}.{name}"
    for function in FUNCTIONS.values()
    if function.shopify
    for name in function.shopify_takes
)


@cache
def _asked() -> frozenset[str]:
    """The attributes, functions and parameters in queries whose members are written down."""
    queries = (
        check.query
        for case in read_cases()
        for stage in case.stages
        for check in stage.checks
        if check.members is not None
    )
    return frozenset(name for query in queries for name in _names(parse(query).root))


def _names(node: Node) -> Iterator[str]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _names(part)
        case Not(part):
            yield from _names(part)
        case Condition():
            yield node.name
        case Anniversary():
            yield "anniversary"
        case Call():
            function = next(f for f in FUNCTIONS.values() if node.name in (f.name, *f.also_called))
            yield function.name
            for parameter in node.parameters:
                yield f"{function.name}.{parameter.name}"


@pytest.mark.parametrize("name", [*_THEIRS, *_PARAMETERS, "anniversary"])
def test_members_are_written_down(name: str) -> None:
    assert name in _asked()


@pytest.mark.parametrize("name", _THEIRS)
def test_examples_of_attributes_run_there(name: str) -> None:
    """The example that the manual gives can be pasted into Shopify, where it says it has the
    attribute; what keeps it from running there is a value's form, never the name."""
    try:
        bound = bind(ATTRIBUTES[name].example)
    except QueryError as error:
        raise AssertionError(ATTRIBUTES[name].example) from error
    assert not [each for each in portability(bound) if each.code == "not_in_shopify"]
