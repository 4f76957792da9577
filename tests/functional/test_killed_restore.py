"""A process killed at any moment of a restore leaves no workspace, or a whole one."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.storage.folder import is_workspace

from .killing import EARLY, FIRST, opened_at, restore
from .test_killed_import import clean, facts, killed


@pytest.fixture
def options(request: pytest.FixtureRequest) -> list[str]:
    """Which events to kill at."""
    return ["--every-event"] if request.config.getoption("--every-event") else []


def test_restore_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """OPS-02: never half of one; where there is none, the same command makes it."""
    every = killed("restore", tmp_path, *options)
    whole = [is_workspace(each.folder / "again") for each in every]
    assert set(whole) == ({True, False} if options else {False})
    expected = clean(FIRST)
    for each, done in zip(every, whole, strict=True):
        if not done:
            restore(each.folder)
        with opened_at(each.folder / "again", EARLY) as store:
            assert facts(store) == expected, each
            assert store.memberships.members("Tagged") == ["shop:bob"], each
        names = {path.name for path in (each.folder / "again").iterdir()} - {"columns"}
        assert names == {"app.sqlite", "facts.duckdb", "journal"}, each
