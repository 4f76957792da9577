"""Calls `segmentry` within this process: the same entry, without the wait for a new one."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from unittest import mock

from segmentry.cli import main

from .command import Ended


def call(*words: str | Path) -> Ended:
    """Run a command line; output counts as piped, and nobody is there to answer."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        mock.patch.object(sys, "argv", ["segmentry", *map(str, words)]),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def well(*words: str | Path) -> Ended:
    """A call that has to end well."""
    ended = call(*words)
    assert ended.code == 0, ended.err
    return ended
