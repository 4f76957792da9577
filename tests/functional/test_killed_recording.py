"""A process killed at any moment of recording messages loses none that it acknowledged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.storage.checks import check_files

from .killing import ACKNOWLEDGED, EARLY, FIRST, LATE, MESSAGES, SECOND, SOURCE, opened_at
from .test_killed_import import clean, facts, killed
from .test_killed_refresh import _fresh, _stored, _told

BATCH = json.dumps({"source": SOURCE, "messages": MESSAGES}).encode()


@pytest.fixture
def options(request: pytest.FixtureRequest) -> list[str]:
    """Which events to kill at."""
    return ["--every-event"] if request.config.getoption("--every-event") else []


def _whole(folder: Path) -> None:
    """Nothing is wrong with the files of a workspace."""
    assert [each for each in check_files(folder) if each.problem is not None] == []


def test_recording_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """ING-02: at each point, what was acknowledged is there after a restart, once; what was
    not is there wholly or not at all, and sent again it is. The segments follow."""
    before, after = clean(FIRST), clean(FIRST, SECOND)
    every = killed("record", tmp_path, *options)
    print(f"{len(every)} failpoints hit: {sorted({each.event for each in every})}")
    assert {each.event for each in every} >= {
        *("accept: received", "accept: parsed", "accept: checked", "journal: COMMIT"),
        *("accept: replying", "facts: BEGIN", "facts: COMMIT", "facts: after COMMIT"),
    }
    with opened_at(tmp_path / "whole", EARLY) as store:
        assert facts(store) == after
        members = _stored(store)
        assert members == _fresh(store)
        store.rebuild()
        assert facts(store) == after
    written = False
    for each in every:
        written |= each.event == "accept: replying"
        with opened_at(each.folder, EARLY) as store:
            assert facts(store) == (after if written else before), each
            assert written or not (each.folder / ACKNOWLEDGED).exists(), each
            assert _told(store) == _stored(store), each
            done = store.accept(BATCH)
            assert done.count("duplicate" if written else "accepted") == len(MESSAGES), each
            assert store.apply_accepted().messages == (0 if written else len(MESSAGES)), each
            store.refresh()
            assert facts(store) == after, each
            assert _told(store) == _stored(store) == members, each
            assert any(store.changes().column("triggers").to_pylist()), each
            if options:
                store.rebuild()
                assert facts(store) == after, each
        _whole(each.folder)


def test_compaction_killed_anywhere(tmp_path: Path, options: list[str]) -> None:
    """Every message is in the journal or in the archive, and in one of them only."""
    after = clean(FIRST, SECOND)
    every = killed("compact", tmp_path, *options)
    assert {each.event for each in every} >= {"archive: put on disk", "journal: COMMIT"}
    for each in every:
        with opened_at(each.folder, LATE) as store:
            assert store.compact_journal() in (0, len(MESSAGES)), each
            store.rebuild()
            assert facts(store) == after, each
            assert store.accept(BATCH).count("duplicate") == len(MESSAGES), each
        _whole(each.folder)


def test_what_waits_is_applied_when_a_workspace_is_opened(tmp_path: Path) -> None:
    """Imports and messages follow each other in one sequence."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load(FIRST, source=SOURCE)
        assert store.accept(BATCH).receipts[0].position == 2
    with sg.Workspace.open(folder) as store:
        assert store.waiting() == 0
        assert facts(store) == clean(FIRST, SECOND)
