"""What `import segmentry` offers is a promise: a name is added or taken away on purpose."""

from __future__ import annotations

import inspect

import pytest

import segmentry as sg

PUBLIC = [
    "Checked",
    "ConflictError",
    "DataError",
    "InternalError",
    "KnownValue",
    "Loaded",
    "Problem",
    "QueryError",
    "Result",
    "SegmentError",
    "SegmentryError",
    "Suggestion",
    "UserError",
    "Workspace",
    "WorkspaceError",
    "sample_store",
]
ERRORS = [name for name in PUBLIC if name.endswith("Error")]


def test_public_names_are_these() -> None:
    """No more, no fewer, in order."""
    assert sg.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_there_and_described(name: str) -> None:
    """What is offered exists and says what it is for."""
    assert (inspect.getdoc(getattr(sg, name)) or "").strip()


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_is_one_of_ours(name: str) -> None:
    """One `except` takes them all; each has a message without being given one."""
    error = getattr(sg, name)
    assert issubclass(error, sg.SegmentryError)
    assert error is sg.QueryError or str(error())


def test_faults_of_ours_are_not_the_users() -> None:
    """The two branches never meet."""
    assert not issubclass(sg.InternalError, sg.UserError)
    for name in set(ERRORS) - {"InternalError", "SegmentryError"}:
        assert issubclass(getattr(sg, name), sg.UserError)
