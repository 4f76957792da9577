"""What is left of files where the power goes, by notes of strace that are written by hand, and
once by real ones."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from .unsynced import looked_at, states
from .writes import can_watch, make


def _hex(data: bytes) -> str:
    return "".join(f"\\x{each:02x}" for each in data)


def _left(files: dict[str, bytearray]) -> dict[str, bytes]:
    return {name: bytes(data) for name, data in files.items()}


def test_only_what_was_put_on_disk_is_certain(tmp_path: Path) -> None:
    """ENG-15: a write before the last sync is there, one after it only by chance; a cut too."""
    (tmp_path / "app.sqlite").write_bytes(b"old")
    log = f"5<{_hex(b'/shop/app.sqlite-wal')}>"
    file = f"6<{_hex(b'/shop/app.sqlite')}>"
    out = f"1<{_hex(b'pipe:[7]')}>"
    notes = "\n".join(
        [
            f'pwrite64({log}, "{_hex(b"abc")}", 3, 2) = 3',
            f"fdatasync({log}) = 0",
            f'pwrite64({log}, "{_hex(b"x")}", 1, 0) = 1',
            f"ftruncate({file}, 1) = 0",
            f'pwrite64(9<{_hex(b"/shop/facts.duckdb")}>, "{_hex(b"y")}", 1, 0) = 1',
            f'write({out}, "{_hex(b"1 2")}", 3) = 3',
            f"fdatasync({file}) = 0",
            f'write({out}, "{_hex(b"3")}", 1) = 1',
        ]
    )
    found = [
        (told, _left(disk.at_worst()), _left(disk.at_worst(disk.since)))
        for told, disk in states(notes, tmp_path)
    ]
    log_then, log_by_chance = b"\0\0abc", b"x\0abc"
    assert found == [
        (
            "1 2",
            {"app.sqlite": b"old", "app.sqlite-wal": log_then},
            {"app.sqlite": b"o", "app.sqlite-wal": log_by_chance},
        ),
        (
            "3",
            {"app.sqlite": b"o", "app.sqlite-wal": log_then},
            {"app.sqlite": b"o", "app.sqlite-wal": log_by_chance},
        ),
    ]


@pytest.mark.skipif(not can_watch(), reason="there is no strace, or it may not watch")
def test_the_power_goes(tmp_path: Path) -> None:
    """ENG-15: after each of six acknowledgements, with all, some and nothing of the rest."""
    make(tmp_path / "shop")
    found = list(looked_at(tmp_path / "shop", Random(1)))
    assert found == [None] * 18
