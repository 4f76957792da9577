"""A server in a process of its own, as `segmentry serve` starts it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .command import arguments, environment


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its address, and its process."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def serving(folder: Path, *, before: str = "", **env: str) -> Iterator[Running]:
    """Serve a workspace on any free port; ended as Ctrl-C ends it, which has to go well."""
    process = subprocess.Popen(
        arguments("--workspace", folder, "--json", "serve", "--port", "0", before=before),
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        yield Running(_address(process), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), err


def _address(process: subprocess.Popen[str]) -> str:
    """The address that it prints once it listens."""
    assert process.stdout is not None
    printed = ""
    while not printed.endswith("}\n"):
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate()[1])
        printed += line
    address: str = json.loads(printed)["address"]
    return address
