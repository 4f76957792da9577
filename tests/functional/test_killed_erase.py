"""A process killed at any moment of an erasure leaves all of a person, or soon nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import segmentry as sg

from .killing import EARLY, opened_at
from .test_killed_import import Facts, facts, killed

_WORDS = (b"ann@shop.test", b"shop:ann")


def test_erasure_killed_anywhere(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Once it is on disk that somebody is erased, opening the workspace ends it: the facts, and
    those made anew, are as where nothing was killed, and no file has what the others have not."""
    options = ["--every-event"] if request.config.getoption("--every-event") else []
    every = killed("erase", tmp_path, *options)
    with opened_at(tmp_path / "start", EARLY) as store:
        before = facts(store)
    with opened_at(tmp_path / "whole", EARLY) as store:
        after = facts(store)
    assert before != after
    begun = [
        _opened(each.folder, before, after, wholly=bool(options) or each is every[-1])
        for each in every
    ]
    assert begun == sorted(begun)
    assert set(begun) == {False, True}


def _opened(folder: Path, before: Facts, after: Facts, *, wholly: bool) -> bool:
    """Whether somebody is erased by opening it; what must hold then is checked, `wholly` also
    what costs more."""
    with opened_at(folder, EARLY) as store:
        if not store.erasures():
            assert facts(store) == before, folder
            return False
        assert facts(store) == after, folder
        assert _named(folder) == set(), folder
        assert "ann" not in store.segments["All"].result().ids, folder
        if not wholly:
            return True
        store.rebuild()
        assert facts(store) == after, folder
        _takes_in_nothing(store)
        assert facts(store) == after, folder
    return True


def _takes_in_nothing(store: sg.Workspace) -> None:
    tags = {"customer_tags": [{"customer_id": "ann", "tag": "again"}]}
    assert store.load(tags, source="shop").dropped == {"customer_tags": 1}


def _named(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.name for path in files for word in _WORDS if word in path.read_bytes()}
