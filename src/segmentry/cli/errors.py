"""Errors as a person at a terminal, or a program reading JSON, wants them."""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import asdict

from segmentry.base.errors import QueryError, UserError

USER_ERROR, FAULT_OF_OURS = 1, 3


def exit_code(error: Exception, *, as_json: bool) -> int:
    """Print the error and return the exit code it means."""
    if not isinstance(error, UserError):
        if os.environ.get("SEGMENTRY_TRACE"):
            traceback.print_exc()
        message = f"This is a fault of Segmentry's: {type(error).__name__}: {error}"
        _print(message + "\nSet SEGMENTRY_TRACE=1 to see where.", error, as_json=as_json)
        return FAULT_OF_OURS
    shown = "\n\n".join(_marked(error)) if isinstance(error, QueryError) else str(error)
    _print(shown, error, as_json=as_json)
    return USER_ERROR


def _print(message: str, error: Exception, *, as_json: bool) -> None:
    if not as_json:
        print(message, file=sys.stderr)
        return
    problems = [asdict(p) for p in error.problems] if isinstance(error, QueryError) else []
    print(json.dumps({"error": str(error), "problems": problems}), file=sys.stderr)


def _marked(error: QueryError) -> list[str]:
    """Each problem with the line it is in, underlined."""
    lines = error.text.splitlines() or [""]
    blocks = []
    for problem in error.problems:
        line = lines[min(problem.line, len(lines)) - 1]
        width = max(1, min(problem.end - problem.start, len(line) - problem.column))
        shown, column = _window(line, problem.column)
        blocks.append(
            f"Line {problem.line} Column {problem.column}: {problem.message}\n"
            f"  {shown}\n  {' ' * column}{'^' * min(width, 60)}"
            + (f"\n  Did you mean: {problem.suggestion}" if problem.suggestion else "")
        )
    return blocks


def _window(line: str, column: int) -> tuple[str, int]:
    """A long line cut to what stands around a column, and the column in the cut."""
    start = max(0, column - 60) if len(line) > 100 else 0
    cut = line[start : start + 100].replace("\t", " ")
    return cut, column - start
