"""What errors say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.errors import (
    DataError,
    InternalError,
    Problem,
    ProblemList,
    QueryError,
    SegmentError,
    SegmentryError,
    UserError,
    WorkspaceError,
)


@pytest.mark.parametrize("error", [DataError, SegmentError, WorkspaceError, UserError])
def test_users_can_mend(error: type[UserError]) -> None:
    """Errors for people say their class's sentence, or their own."""
    assert str(error()) == error.__doc__
    assert str(error("No such thing.")) == "No such thing."
    assert issubclass(error, UserError)


def test_faults_of_ours_are_no_errors_of_users() -> None:
    """A fault of the program is told apart."""
    assert issubclass(InternalError, SegmentryError)
    assert not issubclass(InternalError, UserError)


@given(st.text("ab\n\r\u2028", max_size=20), st.data())
def test_places(text: str, data: st.DataObject) -> None:
    """Lines count from 1 and columns from 0; only a line feed begins a line."""
    start = data.draw(st.integers(0, len(text)))
    problems = ProblemList(text)
    problems.add("code", "Message.", start, len(text))
    (problem,) = problems.items
    lines = text[:start].split("\n")
    assert (problem.line, problem.column) == (len(lines), len(lines[-1]))


def test_a_query_error_tells_every_problem_in_order() -> None:
    """Problems come by place, a line each, with what was probably meant."""
    later = Problem("b", "Second.", 5, 6, 2, 1, None)
    earlier = Problem("a", "First.", 0, 1, 1, 0, "this")
    error = QueryError("text", (later, earlier))
    assert error.problems == (earlier, later)
    said = "Line 1 Column 0: First. Did you mean this?\nLine 2 Column 1: Second."
    assert str(error) == said
