"""Runs the command line in this process, as a shell would."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segmentry.cli import main

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run one command to its end."""
    capsys.readouterr()
    before, sys.argv = sys.argv, ["segmentry", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    finally:
        sys.argv = before
    printed = capsys.readouterr()
    return Ran(code, printed.out, printed.err)
