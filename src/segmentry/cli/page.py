"""Where answers for a person are printed."""

from __future__ import annotations

import sys

from rich.console import Console


class Page(Console):
    """A terminal, or a plain page where output goes to a file or another program."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command line, which ends well; a console would end with 1."""
        raise BrokenPipeError


def page() -> Page:
    """The page that this run prints on."""
    if sys.stdout.isatty():
        return Page(highlight=False)
    return Page(highlight=False, width=10_000, no_color=True, emoji=False, soft_wrap=True)
