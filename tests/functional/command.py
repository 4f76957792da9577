"""Runs `segmentry` the way a shell does, with its output piped: in a process of its own, or,
much faster, in this one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import segmentry
from segmentry.cli import main

_MAIN = "from segmentry.cli import main; main()"
_UNWANTED = {
    *("SEGMENTRY_WORKSPACE", "SEGMENTRY_TRACE", "COLUMNS", "LINES"),
    *("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "PYTHONIOENCODING"),
    "PYTHONUNBUFFERED",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command that ended left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: this package found from any folder, nothing else set."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    places = [str(Path(segmentry.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, places)), **more}


def arguments(*words: str | Path, before: str = "") -> list[str]:
    """The whole command; `before` is Python that runs in it first."""
    return [sys.executable, "-c", f"{before}\n{_MAIN}", *map(str, words)]


def run(
    *words: str | Path,
    cwd: Path | None = None,
    before: str = "",
    stdout: int | None = None,
    **env: str,
) -> Ended:
    """Run a command to its end; its output goes to `stdout`, a file's number, if given."""
    done = subprocess.run(
        arguments(*words, before=before),
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout or "", done.stderr)


def run_here(*words: str | Path, cwd: Path | None = None, stdin: str = "", **env: str) -> Ended:
    """Run a command in this process, where nothing needs importing again. Its output and its
    input count as piped, and nobody is there to answer."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment(**env), clear=True),
        mock.patch.object(sys, "argv", ["segmentry", *map(str, words)]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def well(*words: str | Path) -> Ended:
    """Run a command in this process that has to end well."""
    ended = run_here(*words)
    assert ended.code == 0, ended.err
    return ended
