"""`segmentry worker`: does jobs in a process of its own."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from segmentry.cli.app import app
from segmentry.cli.session import Session


@app.command()
def worker(
    context: typer.Context,
    beside: Annotated[
        bool,
        typer.Option(
            "--beside",
            help="Wait for a server where there is none, and never take the workspace.",
        ),
    ] = False,
) -> None:
    """Do the jobs of a workspace, until Ctrl-C.

    Beside a server it asks that for the data, so start the server with --no-worker. Where there
    is none it owns the workspace itself, keeps it current, and lets other commands use it.
    Several may run; each job is done by one of them.

    Example: segmentry worker --beside
    """
    from threading import Event

    from segmentry.serving.beside import is_served, work_alone, work_beside
    from segmentry.serving.signals import on_signals

    session: Session = context.obj
    stop = Event()
    with on_signals(stop.set):
        beside = beside or is_served(session.folder)
        how = "beside a server" if beside else "alone; it has the workspace as a server would"
        say = {"workspace": str(session.folder), "beside": beside}
        text = f"Doing the jobs of {session.folder} {how}.\nCtrl-C ends it."

        def begun() -> None:
            session.say(say, text)
            sys.stdout.flush()  # it is long until the command ends, and whoever reads a pipe waits

        (work_beside if beside else work_alone)(session.folder, stop, begun)
