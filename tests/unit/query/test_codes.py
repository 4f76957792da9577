"""No problem of a query goes without a test of what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import segmentry.query
from segmentry.query.problem_kinds import NOTES, PORTABILITY, PROBLEMS, WARNINGS

from .test_errors import MISTAKES

TESTED_ALONE = {"segments_too_large", "broken_segment", "segment_cycle", "segments_too_deep"}
"""Codes that take several segments to bring about; tested below the table of mistakes."""

_CALLS = {"add", "problem", "_Refused"}
_NOTES = {"note", "notes"}


def _codes() -> Iterator[str]:
    """The codes with which the modules of the query layer note problems."""
    for path in Path(segmentry.query.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _notes_a_problem(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _notes_a_problem(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in _CALLS
    if not isinstance(called, ast.Attribute) or called.attr not in _CALLS:
        return False
    of = called.value
    return not (isinstance(of, ast.Name) and of.id in _NOTES) and not (
        isinstance(of, ast.Attribute) and of.attr in _NOTES
    )


def test_every_code_is_in_the_table() -> None:
    """Each code has a mistake with its place and its fix."""
    codes = set(_codes())
    assert len(codes) > 30
    tested = {code for _, code, _, _ in MISTAKES} | TESTED_ALONE
    assert codes - tested == set()


def _every_code(pattern: str) -> Iterator[str]:
    """Texts that stand where codes do: first in a call that notes, or in a fault returned."""
    for path in Path(segmentry.query.__file__).parent.glob(pattern):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            first = _first(node)
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _first(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Call) and node.args:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return node.args[0] if name in (*_CALLS, "note", "exceeded") else None
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        return node.value.elts[0] if len(node.value.elts) == 3 else None
    return None


def test_every_kind_is_declared() -> None:
    """What the manual says of codes is about all there are, and no others."""
    assert set(_every_code("*.py")) - {"true"} == {*PROBLEMS, *NOTES}
    assert set(_every_code("lint/**/*.py")) - {"offset"} == {*WARNINGS, *PORTABILITY}
    kinds = (PROBLEMS, NOTES, WARNINGS, PORTABILITY)
    assert len(set().union(*kinds)) == sum(map(len, kinds))
