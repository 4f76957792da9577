"""`segmentry job`: work that is done beside, how far it is, and what became of it.

The commands work on the workspace's database alone, so they answer while a server has the
workspace and is busy with the very job that is asked about.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.access import at, iso, note
from segmentry.cli.app import app, group
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from segmentry.jobs import Job, Queue
    from segmentry.jobs.queue import State

job = group("Work that is done beside: imports, exports, what is done by night.")
app.add_typer(job, name="job")

_STATES = ("waiting", "running", "done", "failed", "cancelled")
Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="The job's number.", min=1, max=2**63 - 1)
]


def _opened(session: Session) -> AbstractContextManager[Queue]:
    from segmentry.jobs import open_jobs

    return open_jobs(session.folder)


@job.command("list")
def list_jobs(
    context: typer.Context,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            help="Only those that are waiting, running, done, failed or cancelled.",
            autocompletion=lambda: list(_STATES),
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Only those of one kind, such as export.", show_default=False),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", help="So many at most.", min=1, max=10_000)
    ] = 100,
) -> None:
    """Show jobs, the latest first.

    Example: segmentry job list --state failed
    """
    session: Session = context.obj
    wanted = _state(state)
    with _opened(session) as jobs:
        found = jobs.listed(state=wanted, kind=kind, limit=limit)
    session.answer([_json(each) for each in found], lambda console: _show_all(console, found))


def _state(text: str | None) -> State | None:
    from typing import cast

    from segmentry.base.errors import UserError

    if text is not None and text not in _STATES:
        raise UserError(f"No job is '{text}'. Write one of: {', '.join(_STATES)}.")
    return cast("State | None", text)


def _show_all(console: Console, jobs: Iterable[Job]) -> None:
    from segmentry.cli.tables import Heading, table

    rows = [
        (str(j.id), j.kind, _progress(j), at(j.created_at), j.created_by, j.error or j.step)
        for j in jobs
    ]
    if not rows:
        console.print("There are no such jobs.")
        return
    headings = (
        *(Heading("Job", number=True), Heading("Kind"), Heading("State")),
        *(Heading("Put in (UTC)"), Heading("By"), Heading("What now", wide=True)),
    )
    table(console, headings, rows)


def _progress(job: Job) -> str:
    return f"{job.state} {job.share:.0%}" if job.state == "running" else job.state


@job.command()
def show(context: typer.Context, number: Number) -> None:
    """Show all about a job: what it was put in with, how far it is, what came of it.

    Example: segmentry job show 12
    """
    session: Session = context.obj
    with _opened(session) as jobs:
        found = jobs.get(number)
    session.answer(_json(found), lambda console: _show(console, found))


def _show(console: Console, job: Job) -> None:
    import json

    lines = {
        "Job": f"{job.id}, {job.kind}",
        "State": _progress(job) + (f", {job.step}" if job.step else ""),
        "Put in": f"{at(job.created_at)} UTC by {job.created_by}",
        "Due": f"{at(job.run_at)} UTC" if job.state == "waiting" else "",
        "Begun": f"{at(job.started_at)} UTC" if job.started_at else "",
        "Attempt": str(job.attempts) if job.attempts > 1 else "",
        "Ended": f"{at(job.ended_at)} UTC" if job.ended_at else "",
        "With": json.dumps(dict(job.arguments), ensure_ascii=False) if job.arguments else "",
        "Result": "" if job.result is None else json.dumps(job.result, ensure_ascii=False),
        "Error": job.error or "",
    }
    for name, text in lines.items():
        if text:
            console.print(f"{name + ':':<8} {text}", markup=False, highlight=False)


@job.command()
def cancel(context: typer.Context, number: Number) -> None:
    """Have a job not done: one that waits is ended at once, one that runs is told.

    Example: segmentry job cancel 12
    """
    session: Session = context.obj
    with _opened(session) as jobs:
        found = jobs.cancel(number)
    note(session.folder, "cancel_job", "jobs", str(number))
    now = "is cancelled" if found.state == "cancelled" else "is told to end"
    session.say(_json(found), f"Job {found.id} {now}.")


@job.command()
def retry(context: typer.Context, number: Number) -> None:
    """Have a job that failed or was cancelled done again.

    Example: segmentry job retry 12
    """
    session: Session = context.obj
    with _opened(session) as jobs:
        found = jobs.retry(number)
    note(session.folder, "retry_job", "jobs", str(number))
    session.say(_json(found), f"Job {found.id} waits to be done again.")


def _json(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "arguments": dict(job.arguments),
        "state": job.state,
        "share": job.share,
        "step": job.step,
        "attempts": job.attempts,
        "run_at": iso(job.run_at),
        "created_at": iso(job.created_at),
        "created_by": job.created_by,
        "started_at": iso(job.started_at),
        "ended_at": iso(job.ended_at),
        "result": job.result,
        "error": job.error,
    }
