"""A few of the kills that `make faults` has, of a process that takes in messages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import segmentry as sg

from .journal import SOURCE, Shop, _create, _look

ROOT = Path(__file__).parents[2]


def test_some_kills() -> None:
    """ING-01: what was acknowledged is there, once; in a process of its own, which forks."""
    command = [sys.executable, "-m", "tests.faults.journal", "--kills", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "0 acknowledged lost, 0 applied twice" in done.stdout


def test_a_loss_is_found(tmp_path: Path) -> None:
    """A message that was said to be acknowledged, and is not there."""
    shop = Shop(tmp_path, 1)
    _create(shop)
    _look(shop)
    shop.notes(0).write_text("1\n")
    with pytest.raises(AssertionError, match="0-1 is lost"):
        _look(shop)


def test_a_double_is_found(tmp_path: Path) -> None:
    """A message that is in the journal without an event of its own."""
    shop = Shop(tmp_path, 1)
    _create(shop)
    row = {"event_id": "0-1", "name": "x", "occurred_at": "2026-01-01"}
    with sg.Workspace.open(shop.workspace) as store:
        for _ in range(2):
            store.accept([{"records": {"events": [row]}}], source=SOURCE)
        store.apply_accepted()
    with pytest.raises(AssertionError, match="in the journal twice"):
        _look(shop)
