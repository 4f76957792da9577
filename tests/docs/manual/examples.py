"""Example queries from the spec cases: the shortest that are about one thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or
from segmentry.query.bind import bind
from segmentry.query.printer import print_query
from segmentry.query.sentence import sentence
from tests.docs.manual.markdown import block
from tests.spec.casefile import read_cases

Leaf: TypeAlias = Condition | Call | Anniversary


def leaves(node: Node) -> list[Leaf]:
    """The conditions of a query, without the groups they stand in."""
    match node:
        case And(operands) | Or(operands):
            return [leaf for operand in operands for leaf in leaves(operand)]
        case Not(operand):
            return leaves(operand)
    return [node]


@cache
def _asked() -> tuple[tuple[str, tuple[Leaf, ...]], ...]:
    """Every query that some case gives members for, in its one form, with its conditions."""
    texts = {
        check.query
        for case in read_cases()
        for stage in case.stages
        for check in stage.checks
        if check.members is not None
    }
    bound = [bind(text) for text in sorted(texts, key=lambda text: (len(text), text))]
    return tuple(
        dict.fromkeys((print_query(each.query), tuple(leaves(each.query.root))) for each in bound)
    )


def shortest(fits: Callable[[Leaf], bool], most: int = 1) -> list[str]:
    """The shortest queries of one condition, for which this is true; else of several."""
    alone = [text for text, found in _asked() if len(found) == 1 and fits(found[0])]
    within = [text for text, found in _asked() if len(found) > 1 and any(map(fits, found))]
    return list(dict.fromkeys((*alone, *within)))[:most]


def shown(text: str) -> str:
    """A query as a block, and how it reads."""
    bound = bind(text)
    return f"{block(text)}\n\nReads: {sentence(bound, 'GBP')}"
