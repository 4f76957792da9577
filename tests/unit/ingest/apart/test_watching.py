"""Files are read by a process of their own, which may come to any end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from segmentry.base.errors import DataError, InternalError
from segmentry.ingest.apart import Limits, child, lines, read_apart, read_parts, watching

from .test_parts import CUSTOMERS, ORDERS, asked, same

LIMITS = Limits(1 << 30, 60)
_FILLS = """
import sys, time
kept = []
while True:
    kept.append(b"x" * (32 << 20))
    time.sleep(0.02)
"""


def _does(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(watching, "COMMAND", (sys.executable, "-c", program))


def _read(tmp_path: Path, limits: Limits = LIMITS, progress: Any = lambda share, what: None) -> Any:
    file, parts = tmp_path / "customers.csv", tmp_path / "parts"
    file.write_text(CUSTOMERS)
    parts.mkdir()
    read_apart(asked("files", file), parts, limits, progress)
    return read_parts(parts)


def test_it_reads_what_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, from another folder and with nothing of the server's environment."""
    monkeypatch.setenv("SEGMENTRY_KEY_FILE", "/nowhere")
    (tmp_path / "orders.csv").write_text(ORDERS)
    wanted, told = asked("files", tmp_path / "orders.csv"), []
    (tmp_path / "parts").mkdir()
    read_apart(wanted, tmp_path / "parts", LIMITS, lambda share, what: told.append((share, what)))
    said, again = read_parts(tmp_path / "parts")
    here = child.read(wanted, lambda share, what: None)
    assert said == wanted
    assert same(again, here)  # type: ignore[arg-type]
    assert told[-1] == (1.0, "done")


def test_who_is_killed_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ING-25: a crash of the reader is an error about the files."""
    _does(monkeypatch, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(DataError, match="ended by SIGKILL"):
        _read(tmp_path)


@pytest.mark.parametrize("program", ["", "print('no JSON')", "print('{}' * 10**6)"])
def test_who_says_nothing_of_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """It is as one that crashed."""
    _does(monkeypatch, program)
    with pytest.raises(DataError, match="was ended"):
        _read(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say")
def test_who_fills_the_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ING-24: by how much it has, whatever it does."""
    _does(monkeypatch, _FILLS)
    with pytest.raises(DataError, match="more than 200 MB of memory"):
        _read(tmp_path, Limits(200 << 20, 60))


def test_who_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that says nothing."""
    _does(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(DataError, match="longer than 1 seconds"):
        _read(tmp_path, Limits(1 << 30, 1))


def test_who_is_not_wanted_any_more_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `progress` raises comes out, and the process is gone."""
    number = tmp_path / "number"
    _does(monkeypatch, f"import os; open({str(number)!r}, 'w').write(str(os.getpid()))\n{_FILLS}")

    def stop(share: float, what: str) -> None:
        if number.exists() and number.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _read(tmp_path, Limits(8 << 30, 60), stop)
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DataError("It is empty."), lines.Refused("It is empty.")),
        (MemoryError(), lines.Full()),
        (KeyError("ann@example.com"), "KeyError"),
    ],
)
def test_what_goes_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: Any
) -> None:
    """What a person can mend in words; of faults of ours the kind and the place, and no data."""

    def fails(*given: Any) -> Any:
        raise error

    monkeypatch.setattr(child, "read", fails)
    said = child._outcome(asked("files", tmp_path / "x.csv"))
    if isinstance(said, lines.Fault):
        assert (said.kind, "fails" in said.where) == (outcome, True)
        assert "ann" not in said.where
    else:
        assert said == outcome


def test_a_fault_of_the_reader_is_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its place, for the log."""
    said = lines.encode(lines.Fault("KeyError", "there:1")).decode()
    _does(monkeypatch, f"print({said!r})")
    with pytest.raises(InternalError, match=r"KeyError .* there:1"):
        _read(tmp_path)
