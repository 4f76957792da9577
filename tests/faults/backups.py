"""`make faults`: backups made under load, killed, cut and changed; restored whole or refused.

    python -m tests.faults.backups [--times N] [--seed N] [--kills N]

While one process imports, another backs up again and again: what is restored of each is what
the imports up to its watermark give, by the hash of every table. Then one backup is cut, and
changed in one bit, at so many places: each must be refused and leave nothing. At last the
process that backs up is killed at so many moments: the backup of before stays whole.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import segmentry as sg
from segmentry.backups.making import BackedUp, back_up
from segmentry.backups.restoring import read_manifest

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ZONE, SOURCE = "Europe/London", "shop"
_IMPORTS, _AT_ONCE = 40, 1_000


def _records(number: int) -> dict[str, list[dict[str, Any]]]:
    """An import of so many orders, of customers who buy again and again."""
    at = "2026-06-01T10:00:00Z"
    orders = [
        {
            "order_id": f"{number}-{each}",
            "customer_id": f"c{each % 97}",
            "ordered_at": at,
            "paid": 5,
        }
        for each in range(_AT_ONCE)
    ]
    return {"customers": [{"customer_id": f"c{number}"}], "orders": orders}


def _create(folder: Path | None) -> sg.Workspace:
    return sg.Workspace.create(folder, timezone=ZONE, currency="EUR", clock=lambda: NOW)


def under_load(place: Path) -> tuple[int, int]:
    """Backups made while records arrive: how many, and of how many something is wrong."""
    made: list[BackedUp] = []
    with _create(place / "shop") as store:
        store.segments.add("Often", "number_of_orders > 20")

        def imports() -> None:
            for number in range(_IMPORTS):
                store.load(_records(number), source=SOURCE)

        importing = Thread(target=imports)
        importing.start()
        while importing.is_alive():
            made.append(back_up(place / "shop", place / f"{len(made)}.tar", NOW))
        importing.join()
    wrong = sum(not _as_of_watermark(place, each) for each in made[:: max(1, len(made) // 8)])
    return len(made), wrong


def _as_of_watermark(place: Path, made: BackedUp) -> bool:
    again = place / f"{made.path.stem}-again"
    done = sg.Workspace.restore(made.path, again, verify=True, clock=lambda: NOW)
    with sg.Workspace.open(again, clock=lambda: NOW) as store, _create(None) as clean:
        for number in range(made.manifest.watermark):
            clean.load(_records(number), source=SOURCE)
        same = {h.table: h.hash for h in store._stores.facts.hashes()} == {
            h.table: h.hash for h in clean._stores.facts.hashes()
        }
        return same and not store.drift() and not any(each.problem for each in done.findings)


def damaged(place: Path, times: int, random: Random) -> int:
    """How many backups that were cut or changed were not refused."""
    whole, other, into = (place / "0.tar").read_bytes(), place / "damaged.tar", place / "into"
    taken = 0
    for number in range(2 * times):
        at = random.randrange(len(whole))
        changed = bytearray(whole[:at] if number % 2 else whole)
        if not number % 2:
            changed[at] ^= 1 << random.randrange(8)
        other.write_bytes(changed)
        try:
            sg.Workspace.restore(other, into, clock=lambda: NOW)
            taken += 1
        except sg.WorkspaceError:
            taken += into.exists()
    return taken


def killed(place: Path, kills: int, random: Random) -> int:
    """How many kills of a process that backs up left something other than a whole backup."""
    target = place / "shop.tar"
    began = time.monotonic()
    back_up(place / "shop", target, NOW)
    lasts, wrong = time.monotonic() - began, 0
    for _ in range(kills):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            back_up(place / "shop", target, NOW)
            os._exit(0)
        time.sleep(random.uniform(0, lasts))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        try:
            read_manifest(target)
        except sg.WorkspaceError:
            wrong += 1
    back_up(place / "shop", target, NOW)
    return wrong + len(list(place.glob(".*")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Do all of it; 1 where anything is other than it should be."""
    parser = argparse.ArgumentParser(prog="backups", description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=1_000, help="cut, and changed in one bit")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    random = Random(asked.seed)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        made, wrong = under_load(place)
        print(
            f"made while {_IMPORTS * _AT_ONCE:,} orders arrived: {made}; {wrong} wrong", flush=True
        )
        taken = damaged(place, asked.times, random)
        print(f"cut and changed at {asked.times:,} places each: {taken} not refused", flush=True)
        left = killed(place, asked.kills, random)
        print(
            f"killed {asked.kills:,} times: {left} times not whole, or something left", flush=True
        )
    return 1 if wrong or taken or left or not made else 0


if __name__ == "__main__":
    sys.exit(main())
