"""The commands' common ground: groups, the workspace, JSON output, exit codes."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from segmentry.cli.session import Session

_ORDER = (
    *("init", "import", "check", "complete", "query", "segment", "presets", "rfm", "lifecycle"),
    *("refresh", "changes", "webhook", "customer", "attribute", "settings", "record"),
    *("backup", "restore", "verify", "rebuild", "doctor", "demo", "serve", "worker", "job"),
    *("user", "token", "audit", "secrets"),
)
"""Commands in the order that somebody new needs them."""


class _Root(TyperGroup):
    """Takes --json anywhere in the line; lists the commands in their own order."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        if "--json" in args[:end]:
            args = ["--json", *(arg for at, arg in enumerate(args) if arg != "--json" or at > end)]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a reader that has seen enough, such as `head`, ends it well."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        return done

    def list_commands(self, ctx: Any) -> list[str]:
        names = super().list_commands(ctx)
        return sorted(names, key=lambda n: _ORDER.index(n) if n in _ORDER else len(_ORDER))


def group(help: str) -> typer.Typer:
    """A group of commands; its help comes without an argument as well."""
    return typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None)


# Without markup help needs no rich, whose import takes longer than all the rest.
app = typer.Typer(
    name="segmentry",
    cls=_Root,
    help="Keeps an online store's customers in exact, always-current segments.",
    epilog="`segmentry COMMAND --help` shows a command's options, with an example.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from segmentry.cli.versions import version_of

        print(version_of("segmentry"))
        raise typer.Exit


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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of tables; may stand anywhere.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    context.obj = Session(workspace or Path(), as_json)


def main() -> None:
    """Run the command line; exits 0, 1 for what the user can mend, 2 for wrong usage, 3 for
    a fault of ours."""
    import segmentry.cli.commands  # noqa: F401  registers the commands
    from segmentry.cli.errors import exit_code

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a sign the output lacks is no reason to fail
    try:
        app(prog_name="segmentry", standalone_mode=True)
    except Exception as error:
        sys.exit(exit_code(error, as_json="--json" in sys.argv))
