"""`segmentry refresh`: memberships brought up to date, kept so, and checked."""

from __future__ import annotations

import signal
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from segmentry.membership.memberships import Drift, Refreshed
    from segmentry.workspace import Workspace

_WAYS = ("--watch", "--check", "--mend")


@app.command()
def refresh(
    context: typer.Context,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C, at each moment that is due.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare what is stored with a fresh evaluation.")
    ] = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="The same, and put right what differs.")
    ] = False,
) -> None:
    """Bring every segment's members up to date; says who moved.

    Imports and changed segments do so by themselves; time passes without a command.

    Example: segmentry refresh --watch
    """
    session: Session = context.obj
    if [watch, check, mend].count(True) > 1:
        raise typer.BadParameter(f"Give one of {', '.join(_WAYS)}.")
    with session.open() as workspace:
        if watch:
            _watch(session, workspace)
            return
        if check or mend:
            with session.working("Comparing stored members with a fresh evaluation"):
                found = workspace.drift(mend=mend)
            _say_drift(session, workspace, found, mended=mend)
            if found and not mend:
                raise typer.Exit(1)
            return
        with session.working("Refreshing"):
            done = workspace.refresh()
        session.answer(_json(done), lambda console: _show(console, workspace, done))
    if done.failed:
        raise typer.Exit(1)


def _watch(session: Session, workspace: Workspace) -> None:
    """A line for every refresh in which somebody moved, until it is told to end."""
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    for done in workspace.keep_current(stop):
        if session.as_json:
            _print_line(_json(done))
        else:
            _show(session.console, workspace, done)


def _print_line(data: dict[str, Any]) -> None:
    import json

    print(json.dumps(data, ensure_ascii=False), flush=True)


def _json(done: Refreshed) -> dict[str, Any]:
    return {
        "as_of": done.as_of.isoformat(),
        "moved": [
            {"segment": m.segment, "joined": m.joined, "left": m.left, "members": m.count}
            for m in done.moved
        ],
        "failed": dict(done.failed),
        "next_due": done.next_due and done.next_due.isoformat(),
    }


def _show(console: Console, workspace: Workspace, done: Refreshed) -> None:
    from segmentry.cli.tables import Heading, table

    if done.moved:
        headings = (
            Heading("Segment"),
            Heading("Joined", number=True),
            Heading("Left", number=True),
            Heading("Members", number=True),
        )
        rows = [
            (each.segment, f"{each.joined:,}", f"{each.left:,}", f"{each.count:,}")
            for each in done.moved
        ]
        table(console, headings, rows)
    for name, error in done.failed.items():
        console.print(f"'{name}' could not be refreshed: {error}", markup=False)
    moved = "" if done.moved else "Nobody joined or left. "
    console.print(f"{moved}Current as of {workspace.local(done.as_of)}. {_next(workspace, done)}")


def _next(workspace: Workspace, done: Refreshed) -> str:
    if done.next_due is None:
        return "Time alone changes nothing."
    return f"Next due {workspace.local(done.next_due)}."


def _say_drift(
    session: Session, workspace: Workspace, found: Sequence[Drift], *, mended: bool
) -> None:
    data = {
        "mended": mended,
        "drift": [
            {"segment": each.segment, "missing": len(each.missing), "surplus": each.surplus}
            for each in found
        ],
    }
    count = len(workspace.segments)
    lines = [
        f"'{each.segment}': {len(each.missing):,} missing, {each.surplus:,} too many"
        for each in found
    ]
    if not found:
        lines = [f"The stored members of all {count:,} segments are those of a fresh evaluation."]
    elif mended:
        lines.append("Put right.")
    else:
        lines.append("Put right with: segmentry refresh --mend")
    session.say(data, "\n".join(lines))
