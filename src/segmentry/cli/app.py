"""The commands, and what all of them share: the workspace, JSON output, exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="segmentry",
    help="Keeps an online store's customers in exact, always-current segments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _shared(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            envvar="SEGMENTRY_WORKSPACE",
            help="The workspace folder. Default: the present folder.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    from segmentry.cli.session import Session

    context.obj = Session(workspace or Path(), as_json)


def main() -> None:
    """Run the command line; exits 0, 1 for what the user can mend, 2 for wrong usage, 3 for
    a fault of ours."""
    import segmentry.cli.commands  # noqa: F401  registers the commands
    from segmentry.cli.errors import exit_code

    try:
        app(standalone_mode=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        sys.exit(exit_code(error, as_json="--json" in sys.argv))
