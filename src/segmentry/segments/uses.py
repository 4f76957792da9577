"""Which saved segments a query refers to by name, and the same query after a renaming."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from segmentry.base.errors import QueryError
from segmentry.base.text import text_key
from segmentry.query.ast import And, Condition, Literal, Node, Not, Or
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.values import Text

_ATTRIBUTE = "segments"


@lru_cache(maxsize=10_000)
def named(text: str) -> frozenset[str]:
    """The name keys of the segments that a query names; none for one that cannot be read."""
    return frozenset(
        text_key(literal.value.value)
        for condition in _conditions(text)
        for literal in condition.operands
        if isinstance(literal.value, Text)
    )


@lru_cache(maxsize=10_000)
def asks_for_all(text: str) -> bool:
    """Whether a query asks for being in any segment at all, and so depends on every one."""
    return any(not condition.operands for condition in _conditions(text))


def depending(keys: Iterable[str], texts: Mapping[str, str]) -> frozenset[str]:
    """The segments of `texts` (queries by name key) that change with those of `keys`."""
    found: set[str] = set()
    reached = set(keys)
    while reached:
        reached = {
            key
            for key, text in texts.items()
            if key not in found and (named(text) & reached or asks_for_all(text))
        }
        found |= reached
    return frozenset(found - set(keys))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The query with references to segments of some keys made to their new names."""
    if not names:
        return text
    query = parse(text)
    return print_query(replace(query, root=_renamed(query.root, names)))


def _conditions(text: str) -> Iterator[Condition]:
    if _ATTRIBUTE not in text.casefold():
        return  # few of many segments refer to others, and reading a query takes long
    try:
        yield from _walk(parse(text).root)
    except QueryError:
        return


def _walk(node: Node) -> Iterator[Condition]:
    match node:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _walk(operand)
        case Not(operand):
            yield from _walk(operand)
        case Condition() if node.name == _ATTRIBUTE:
            yield node


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    match node:
        case And(operands):
            return And(tuple(_renamed(operand, names) for operand in operands))
        case Or(operands):
            return Or(tuple(_renamed(operand, names) for operand in operands))
        case Not(operand):
            return Not(_renamed(operand, names))
        case Condition() if node.name == _ATTRIBUTE:
            literals = tuple(_named_anew(literal, names) for literal in node.operands)
            return replace(node, operands=literals)
    return node


def _named_anew(literal: Literal, names: Mapping[str, str]) -> Literal:
    match literal.value:
        case Text(text) if text_key(text) in names:
            return replace(literal, value=Text(names[text_key(text)]))
    return literal
