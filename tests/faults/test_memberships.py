"""A few of the steps that `make faults` takes with memberships, the same each time."""

from __future__ import annotations

from collections import Counter

import pytest

from segmentry.membership.stored import StoredMembers

from .memberships import main, walk


def test_some_steps_of_a_long_walk(capsys: pytest.CaptureFixture[str]) -> None:
    """ENG-01: after each of them stored members are those of the reference."""
    assert main(["--steps", "4", "--seed", "3"]) == 0
    assert "\n4 steps in" in capsys.readouterr().out


def test_a_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """ENG-01: with the step, the query and who is missing."""
    with monkeypatch.context() as patch:
        patch.setattr(StoredMembers, "write", lambda *given: None)
        said = walk(3, 1, Counter())
    assert said is not None
    assert said.startswith("step 1 (")
    assert "missing" in said
