"""Conditions without effect: whoever meets the others of their AND meets them too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from segmentry.engines.view import Bits
from segmentry.query.ast import And, Node, Not, Or
from segmentry.query.parser import parse
from segmentry.query.printer import print_node, print_query


def idle_conditions(text: str, members: Callable[[str], Bits]) -> list[str]:
    """The conditions and groups of a query that remove nobody: each could be left out of its
    AND, by itself, and the members would be the same. None where there is no member."""
    query = parse(text)
    whole = members(text)
    if not whole.any():
        return []
    return [
        print_node(left_out)
        for left_out, root in _without_one(query.root)
        if np.array_equal(members(print_query(replace(query, root=root))), whole)
    ]


def _without_one(node: Node) -> Iterator[tuple[Node, Node]]:
    """Each part of an AND, anywhere in the tree, and the tree without it."""
    match node:
        case And(operands) | Or(operands):
            for place, operand in enumerate(operands):
                before, after = operands[:place], operands[place + 1 :]
                if isinstance(node, And) and len(operands) > 1:
                    rest = (*before, *after)
                    yield operand, rest[0] if len(rest) == 1 else And(rest)
                for left_out, smaller in _without_one(operand):
                    yield left_out, type(node)((*before, smaller, *after))
        case Not(operand):
            for left_out, smaller in _without_one(operand):
                yield left_out, Not(smaller)
