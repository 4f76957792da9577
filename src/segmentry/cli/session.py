"""One run of the command line: which workspace, and where the answer goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.base.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.workspace import Workspace


@dataclass
class Session:
    """The workspace folder asked for, and whether the answer is JSON."""

    folder: Path
    as_json: bool

    @cached_property
    def console(self) -> Console:
        """The terminal, or a plain wide page where output goes to a file or another program."""
        from rich.console import Console

        if sys.stdout.isatty():
            return Console(highlight=False)
        return Console(highlight=False, width=160, no_color=True, emoji=False)

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Say on a terminal that something takes a while."""
        from rich.console import Console

        with Console(stderr=True).status(f"{what} …"):
            yield

    def open(self) -> Workspace:
        """The workspace."""
        from segmentry.workspace import Workspace

        return Workspace.open(self.folder)

    def answer(self, data: Any, show: Callable[[Console], None]) -> None:
        """Print `data` as JSON, or `show` it to a person."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            show(self.console)


def parse_moment(text: str | None) -> datetime | date | None:
    """A moment as people type it: 2024-01-31 (the whole day) or 2024-01-31T16:00:00."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"'{text}' is not a moment. Write 2024-01-31 or 2024-01-31T16:00:00."
        ) from None
