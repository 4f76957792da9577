"""`make faults`: what is left where the power goes, of what was written and not yet put on disk.

    python -m tests.faults.unsynced [--seed N]

A process takes in messages under strace, which notes every write to the system of record and
every time that it is put on disk. After each acknowledgement the files are made as they were by
then at worst, and with any part of what was written since; whatever was acknowledged is there for
whoever opens them. Without strace, or where one process may not watch another, this is said, and
the program ends with 0.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

from tests.functional.command import environment

from .writes import can_watch, make, what_is_wrong

_RECORD = ("app.sqlite", "app.sqlite-wal")
"""The files that matter: a third one beside them is made anew from them."""

_CALLS = "pwrite64,write,fdatasync,fsync,ftruncate"
_CALL = re.compile(
    r'(?P<name>\w+)\((?P<file>\d+)<(?P<path>[^>]*)>(?:, "(?P<data>[^"]*)"(?:\.{3})?)?'
    r"(?:, (?P<first>\d+))?(?:, (?P<second>\d+))?\)\s+= (?P<result>\d+)"
)


Written: TypeAlias = tuple[str, int, bytes | None]
"""What was written to a file, and where; None where the file was cut off."""


@dataclass(slots=True)
class Disk:
    """Files as they are on disk for certain, and what was written to them since, in order."""

    files: dict[str, bytearray]
    since: list[Written] = field(default_factory=list)

    def put(self, name: str) -> None:
        """What was written to a file is on disk from now on."""
        for each in self.since:
            if each[0] == name:
                _apply(self.files, each)
        self.since = [each for each in self.since if each[0] != name]

    def at_worst(self, kept: Sequence[Written] = ()) -> dict[str, bytearray]:
        """The files after the power went; of what was not on disk some was by chance."""
        files = {name: bytearray(data) for name, data in self.files.items()}
        for each in kept:
            _apply(files, each)
        return files


def _apply(files: dict[str, bytearray], written: Written) -> None:
    name, at, data = written
    file = files.setdefault(name, bytearray())
    file.extend(bytes(max(0, at - len(file))))
    if data is None:
        del file[at:]
    else:
        file[at : at + len(data)] = data


def states(notes: str, folder: Path) -> Iterator[tuple[str, Disk]]:
    """After each acknowledgement, what was acknowledged with it and the disk by then."""
    disk = Disk({_RECORD[0]: bytearray((folder / _RECORD[0]).read_bytes())})
    for line in notes.splitlines():
        call = _CALL.search(line)
        if call is None:
            continue
        name = Path(_bytes(call["path"]).decode()).name
        if call["name"] == "write" and call["file"] == "1":
            yield _bytes(call["data"]).decode(), disk
        elif name not in _RECORD:
            continue
        elif call["name"] == "pwrite64":
            disk.since.append((name, int(call["second"]), _bytes(call["data"])))
        elif call["name"] in ("fdatasync", "fsync"):
            disk.put(name)
        elif call["name"] == "ftruncate":
            disk.since.append((name, int(call["first"]), None))
        else:
            raise ValueError(f"not foreseen: {line[:200]}")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def looked_at(folder: Path, random: Random) -> Iterator[str | None]:
    """For each acknowledgement and each way for the power to go, what was wrong."""
    with tempfile.TemporaryDirectory(prefix="unsynced-") as temporary:
        copy, notes, acknowledged = Path(temporary) / "shop", Path(temporary) / "notes", ""
        shutil.copytree(folder, copy)
        command = ["strace", "-y", "-xx", "-s", "10000000", "-qq", "-o", str(notes)]
        command += ["-e", f"trace={_CALLS}", sys.executable, "-m", "tests.faults.writes"]
        subprocess.run(
            [*command, "--work-on", str(copy)],
            capture_output=True,
            timeout=120,
            check=True,
            env=environment(),
        )
        for told, disk in states(notes.read_text(), folder):
            acknowledged += told
            some = [each for each in disk.since if random.random() < 0.5]
            for kept in ((), some, disk.since):
                left = Path(temporary) / "left"
                shutil.copytree(folder, left)
                for name, data in disk.at_worst(kept).items():
                    (left / name).write_bytes(data)
                yield what_is_wrong(left, set(acknowledged.split()))
                shutil.rmtree(left)


def main(arguments: Sequence[str] | None = None) -> int:
    """Let the power go after each; 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="unsynced", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="of what is kept by chance")
    asked = parser.parse_args(arguments)
    if not can_watch():
        print("there is no strace here, or it may not watch: no power went")
        return 0
    times = 0
    with tempfile.TemporaryDirectory(prefix="unsynced-") as temporary:
        make(Path(temporary) / "shop")
        for wrong in looked_at(Path(temporary) / "shop", Random(asked.seed)):
            times += 1
            if wrong:
                print(f"the power went for the {times}. time: {wrong}")
                return 1
    print(f"the power went {times} times, and nothing acknowledged was lost")
    return int(not times)


if __name__ == "__main__":
    sys.exit(main())
