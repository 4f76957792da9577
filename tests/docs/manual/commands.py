"""The page about the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

import segmentry.cli.commands  # noqa: F401  registers the commands
from segmentry.cli.app import app
from tests.docs.manual.markdown import block, page

_WIDTH = 92


def text() -> str:
    """The page: the help of every command, as the program prints it."""
    root: Any = typer.main.get_command(app)
    return page(
        "Command line",
        "Every command also takes `--help`, and `--json` to print data for programs.\n"
        "How [errors](errors.md) are told, and the exit codes, are on a page of their own.",
        *_commands(root, "segmentry", None),
    )


def _commands(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.context_class(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield f"## {context.command_path}"
    yield block(command.get_help(context).strip())
    if hasattr(command, "list_commands"):
        for each in command.list_commands(context):
            yield from _commands(command.get_command(context, each), each, context)
