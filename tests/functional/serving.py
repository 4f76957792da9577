"""A server in a process of its own, as `segmentry serve` starts it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .command import arguments, environment


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its address, and its process."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def serving(folder: Path, *options: str, before: str = "", **env: str) -> Iterator[Running]:
    """Serve a workspace on any free port; ended as Ctrl-C ends it, which has to go well."""
    with _running(folder, "serve", "--port", "0", *options, before=before, **env) as process:
        yield Running(_said(process)["address"], process)


@contextmanager
def working(folder: Path, *options: str, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, once it has begun; ended in the same way."""
    with _running(folder, "worker", *options, before=before) as process:
        _said(process)
        yield process


@contextmanager
def _running(folder: Path, *words: str, before: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        arguments("--workspace", folder, "--json", *words, before=before),
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), err


def _said(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it prints once it has begun."""
    assert process.stdout is not None
    printed = ""
    while not printed.endswith("}\n"):
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.communicate()[1])
        printed += line
    said: dict[str, Any] = json.loads(printed)
    return said
