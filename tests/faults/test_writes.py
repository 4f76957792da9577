"""One of the calls that `make faults` has fail, and that a loss would be told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import segmentry as sg

from .writes import _message, _wrong, can_watch, failing, make


@pytest.mark.skipif(not can_watch(), reason="there is no strace, or it may not watch")
def test_a_sync_that_fails(tmp_path: Path) -> None:
    """ING-03: what is not on disk is not acknowledged, and what is stays."""
    make(tmp_path / "shop")
    assert failing(tmp_path / "shop", "fdatasync,fsync", 6) is None


def test_a_loss_and_a_fault_are_told(tmp_path: Path) -> None:
    """Something said to be acknowledged that is not there, and a process that failed otherwise."""
    make(tmp_path)
    with sg.Workspace.open(tmp_path) as store:
        store.accept([_message("1")], source="shop")

    def ended(code: int, out: str) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], code, out, "what it said")

    assert _wrong(tmp_path, ended(0, "1\n")) is None
    assert _wrong(tmp_path, ended(3, "1 2\n")) == "1 acknowledged are lost, such as shop:2"
    assert _wrong(tmp_path, ended(1, "")) == "ended with 1: what it said"
