"""`make faults`: lets the n-th write, and the n-th time that something is put on disk, go wrong.

    python -m tests.faults.writes [--from N] [--every N] [--most N]

A process takes in messages and applies them, under strace, which has one call fail with EIO: the
first of a thread in the first run, the second in the next, until nothing fails any more. It has
to say that it cannot write, and what it acknowledged before is there once for whoever opens the
workspace next. Without strace, or where one process may not watch another, this is said, and the
program ends with 0.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import segmentry as sg
from segmentry.base.errors import WorkspaceError
from tests.functional.command import environment

CALLS = ("pwrite64", "fdatasync,fsync")
"""What is to fail, one kind after the other."""

_BATCHES, _IN_EACH = 6, 5
_REFUSED = 3


def failing(folder: Path, calls: str, number: int) -> str | None:
    """Have the call of a number fail while a copy of the workspace is used; what was wrong then,
    None where nothing was. Raises StopIteration once there is no call of that number."""
    with tempfile.TemporaryDirectory(prefix="writes-") as temporary:
        copy, notes = Path(temporary) / "shop", Path(temporary) / "notes"
        shutil.copytree(folder, copy)
        command = ["strace", "-f", "-qq", "-o", str(notes), "-e", f"trace={calls}"]
        command += ["-e", f"inject={calls}:error=EIO:when={number}"]
        command += [sys.executable, "-m", "tests.faults.writes", "--work-on", str(copy)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env=environment()
        )
        if "INJECTED" not in notes.read_text(errors="replace"):
            assert done.returncode == 0, done.stderr
            raise StopIteration
        return _wrong(copy, done)


def _wrong(folder: Path, done: subprocess.CompletedProcess[str]) -> str | None:
    """What is wrong with a process that ended so, or with what it left."""
    if done.returncode not in (0, _REFUSED):
        return f"ended with {done.returncode}: {done.stderr[-3_000:]}"
    return what_is_wrong(folder, set(done.stdout.split()))


def what_is_wrong(folder: Path, ids: set[str]) -> str | None:
    """What is wrong with a store that acknowledged these messages; None where nothing is."""
    acknowledged = {f"shop:{id}" for id in ids}
    try:
        with sg.Workspace.open(folder) as store:
            found = Counter(store.facts("events").column("event_id").to_pylist())
            drift = store.drift()
    except WorkspaceError as error:
        return f"cannot be opened any more: {error}"
    if lost := acknowledged - found.keys():
        return f"{len(lost)} acknowledged are lost, such as {min(lost)}"
    if twice := [id for id, count in found.items() if count > 1]:
        return f"{len(twice)} are there twice, such as {min(twice)}"
    return "members are not those of a fresh evaluation" if drift else None


def make(folder: Path) -> None:
    """A store with a segment of those who look at things."""
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR") as store:
        store.load({"customers": [{"customer_id": "a"}]}, source="shop")
        store.segments.add("Seen", "storefront.product_viewed MATCHES (count >= 1)")


def _work(folder: Path) -> int:
    """Take in and apply; tells what is acknowledged, and ends where it is refused."""
    try:
        with sg.Workspace.open(folder) as store:
            for batch in range(_BATCHES):
                ids = [f"{batch}-{number}" for number in range(_IN_EACH)]
                store.accept([_message(id) for id in ids], source="shop")
                print(" ".join(ids) + "\n", end="", flush=True)  # in one write
                store.apply_accepted()
    except WorkspaceError as error:
        print(error, file=sys.stderr)
        return _REFUSED
    return 0


def _message(id: str) -> dict[str, object]:
    event = {
        "event_id": id,
        "customer_id": "a",
        "name": "product_viewed",
        "occurred_at": "2026-01-01T00:00:00Z",
    }
    return {"message_id": id, "records": {"events": [event]}}


def can_watch() -> bool:
    """Whether there is a strace, and it may watch a process."""
    try:
        done = subprocess.run(
            ["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Let them fail, one by one; 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="writes", description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first that fails")
    parser.add_argument("--every", type=int, default=1, help="then every so manyth")
    parser.add_argument("--most", type=int, default=10_000, help="the last that does")
    parser.add_argument("--work-on", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.work_on:
        return _work(asked.work_on)
    if not can_watch():
        print("there is no strace here, or it may not watch: nothing was made to fail")
        return 0
    with tempfile.TemporaryDirectory(prefix="writes-") as temporary:
        folder = Path(temporary) / "shop"
        make(folder)
        for calls in CALLS:
            failed = 0
            for number in range(asked.first, asked.most + 1, asked.every):
                try:
                    wrong = failing(folder, calls, number)
                except StopIteration:
                    break
                failed += 1
                if wrong:
                    print(f"{calls} number {number}: {wrong}")
                    return 1
                if failed % 25 == 0:
                    print(f"{failed} times {calls} failed", flush=True)
            print(f"{failed} times {calls} failed, and nothing acknowledged was lost", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
