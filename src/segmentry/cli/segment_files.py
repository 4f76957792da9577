"""`segmentry segment export` and `apply`: segments as files, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.options import DryRun, Yes
from segmentry.cli.segments import change_json, change_words, segment
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.segments.applying import Action, Application, Step

_ACTS: tuple[Action, ...] = ("added", "changed", "removed")
Folder = Annotated[Path, typer.Argument(help="A folder of one .toml file a segment.")]


@segment.command()
def export(
    context: typer.Context,
    folder: Folder,
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove files of segments that are gone.")
    ] = False,
) -> None:
    """Write every segment's definition to a file of a folder.

    Customers listed by hand are not in files, nor are snapshots, which are nothing else.

    Example: segmentry segment export segments
    """
    from segmentry.segments.files import export_definitions

    session: Session = context.obj
    with session.open() as workspace:
        definitions = workspace.segments.definitions()
    done = export_definitions(definitions, folder, delete=delete)
    said = f"{len(done.written):,} written to {folder}, {len(done.unchanged):,} unchanged."
    if done.gone:
        names = ", ".join(path.name for path in done.gone)
        what = "Removed" if delete else "Left, though their segments are gone (see --delete)"
        said += f"\n{what}: {names}."
    session.say(
        {
            "written": [path.name for path in done.written],
            "unchanged": [path.name for path in done.unchanged],
            "gone": [path.name for path in done.gone],
            "deleted": delete,
        },
        said,
    )


@segment.command("apply")
def apply_folder(
    context: typer.Context,
    folder: Folder,
    dry_run: DryRun = False,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete segments that have no file.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Make the segments those of a folder, all or none.

    Says how members move. Segments without a file stay, unless --delete is given; customers
    listed by hand and snapshots always stay.

    Example: segmentry segment apply segments --dry-run
    """
    from segmentry.segments.files import read_definitions

    session: Session = context.obj
    wanted = read_definitions(folder)
    with session.open() as workspace:
        moment = workspace.moment()
        planned = workspace.plan_segments(wanted, delete=delete)
        removed = [step.name for step in planned.steps if step.action == "removed"]
        if removed and not dry_run:
            question = f"Delete {len(removed):,} segment(s): {', '.join(removed)}?"
            if not session.confirm(question, yes=yes):
                raise typer.Abort
        if planned.changes and not dry_run:
            workspace.segments.replace(planned.final)
        said = workspace.local(moment)
    data = {
        "dry_run": dry_run,
        "as_of": moment.isoformat(),
        "segments": [
            {"name": s.name, "action": s.action, "members": change_json(s.members)}
            for s in planned.steps
        ],
    }
    session.answer(data, lambda console: _show(console, planned, said, dry_run=dry_run))


def _show(console: Console, planned: Application, moment: str, *, dry_run: bool) -> None:
    from segmentry.cli.tables import Heading, table

    shown = [step for step in planned.steps if step.action in _ACTS or _moves(step)]
    if shown:
        headings = (Heading("Segment"), Heading("What"), Heading("Members", wide=True))
        rows = [(step.name, _what(step), _members(step)) for step in shown]
        table(console, headings, rows)
        console.print(f"members as of {moment}")
    acts = [step.action for step in planned.steps]
    told: tuple[Action, ...] = (*_ACTS, "unchanged")
    counts = [f"{acts.count(act):,} {act}" for act in told]
    if kept := acts.count("kept"):
        counts.append(f"{kept:,} without a file, kept")
    said = ", ".join(counts)
    console.print(f"{'Nothing was changed; would be: ' if dry_run else ''}{said}.")


def _moves(step: Step) -> bool:
    return step.members is not None and step.members.any


def _what(step: Step) -> str:
    return step.action if step.action in _ACTS else "refers to a changed one"


def _members(step: Step) -> str:
    if step.members is None:
        return "the same"
    if step.action == "added":
        return f"{step.members.after:,}"
    return change_words(step.members)
