"""One run of the command line: which workspace, and where the answer goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segmentry.base.errors import UserError
from segmentry.query.moments import parse_moment as parse_moment

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
        """The terminal, or a plain page where output goes to a file or another program."""
        from segmentry.cli.page import page

        return page()

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """Say on a terminal that something takes a while; what is given says what now."""
        from rich.console import Console

        with Console(stderr=True).status(f"{what} …") as status:
            yield lambda step: status.update(f"{step} …")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[float, str], None]]:
        """A bar on a terminal; what is given takes the share that is done, and of what."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        ) as bar:
            task = bar.add_task(what, total=1.0)
            yield lambda share, now: bar.update(task, completed=share, description=now)

    def open(self) -> Workspace:
        """The workspace, through the server that owns it if there is one."""
        from segmentry.serving.wire import SOCKET

        if (self.folder / SOCKET).exists():
            from segmentry.serving.remote import served_workspace

            served = served_workspace(self.folder)
            if served is not None:
                return served
        from segmentry.workspace import Workspace

        return Workspace.open(self.folder)

    @property
    def has_workspace(self) -> bool:
        """Whether there is a workspace to open."""
        from segmentry.storage.folder import is_workspace

        return is_workspace(self.folder)

    def answer(self, data: Any, show: Callable[[Console], None]) -> None:
        """Print `data` as JSON, or `show` it to a person."""
        if self.as_json:
            print(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            show(self.console)

    def say(self, data: Any, text: str) -> None:
        """Print `data` as JSON, or a text to a person."""
        self.answer(data, lambda console: console.print(text, markup=False))

    def remark(self, text: str) -> None:
        """Tell a person something beside the answer."""
        if not self.as_json:
            print(text, file=sys.stderr)

    def confirm(self, question: str, *, yes: bool) -> bool:
        """Ask on a terminal, unless the answer was given; refuses where nobody can answer."""
        import typer

        if yes:
            return True
        if not sys.stdin.isatty() or self.as_json:
            raise UserError(f"{question} Say so with --yes.")
        return typer.confirm(question, err=True)
