"""`segmentry segment`: saved segments, made, looked at and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app, group
from segmentry.cli.files import out_or_here, say_written
from segmentry.cli.options import (
    AsOf,
    Description,
    DryRun,
    Fields,
    FileFormat,
    Out,
    SegmentName,
    Text,
    Yes,
    split,
)
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.segments.answer import Change, Result
    from segmentry.segments.saved import Segment
    from segmentry.workspace import Workspace

segment = group("Saved segments: make, look at, change, use.")
app.add_typer(segment, name="segment")


def segment_json(saved: Segment) -> dict[str, Any]:
    """A saved segment for a program."""
    return {
        "name": saved.name,
        "query": saved.query,
        "description": saved.description,
        "preset": saved.preset,
        "created_at": saved.created_at.isoformat(),
    }


# -- looking ----------------------------------------------------------------------------


@segment.command("list")
def list_segments(context: typer.Context, as_of: AsOf = None) -> None:
    """Show every segment with its members.

    Example: segmentry segment list --as-of 2024-01-31
    """
    session: Session = context.obj
    with session.open() as workspace:
        moment = workspace.moment(parse_moment(as_of))
        found = [(each, *_answer(each, moment)) for each in workspace.segments]
        said = workspace.local(moment)
    data = {
        "as_of": moment.isoformat(),
        "segments": [
            segment_json(each)
            | {
                "members": result.count if result else None,
                "live": result.live if result else None,
                "sentence": result.sentence if result else None,
                "error": fault,
            }
            for each, result, fault in found
        ],
    }
    session.answer(data, lambda console: _show_list(console, found, said))


def _answer(saved: Segment, moment: Any) -> tuple[Result | None, str | None]:
    """Its members, or why there are none to show: one broken segment hides no other."""
    from segmentry.base.errors import QueryError

    try:
        return saved.result(as_of=moment), None
    except QueryError as error:
        return None, error.problems[0].message


def _show_list(
    console: Console, found: list[tuple[Segment, Result | None, str | None]], moment: str
) -> None:
    from segmentry.cli.tables import Heading, share, table

    if not found:
        console.print("There are no segments yet. Start with `segmentry presets list`, or:")
        console.print('  segmentry segment add "VIP" "amount_spent IN TOP 10%"', markup=False)
        return
    headings = (
        Heading("Segment"),
        Heading("Members", number=True),
        Heading("Share", number=True),
        Heading("Who they are", wide=True),
    )
    rows = [
        (each.name, f"{result.count:,}", share(result.count, result.live), result.sentence)
        if result
        else (each.name, "-", "-", f"Cannot be answered: {fault}")
        for each, result, fault in found
    ]
    table(console, headings, rows)
    console.print(f"as of {moment}")


@segment.command()
def show(context: typer.Context, name: SegmentName, as_of: AsOf = None) -> None:
    """Show one segment: query, meaning, size, uses.

    Example: segmentry segment show "VIP customers"
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments[name]
        result = saved.result(as_of=parse_moment(as_of))
        users = workspace.segments.referring_to(name)
        made, moment = workspace.local(saved.created_at), workspace.local(result.as_of)

    def print_it(console: Console) -> None:
        from segmentry.cli.query import show_result
        from segmentry.cli.tables import title

        title(console, saved.name)
        if saved.description:
            console.print(saved.description, markup=False)
        console.print(f"\n{saved.query}\n", markup=False)
        show_result(console, result, moment)
        console.print(f"\nmade {made}")
        if saved.preset:
            console.print(f"from the preset {saved.preset}", markup=False)
        if users:
            console.print(f"used by {', '.join(users)}", markup=False)

    from segmentry.cli.query import result_json

    data = segment_json(saved) | result_json(result) | {"used_by": list(users)}
    session.answer(data, print_it)


@segment.command()
def members(
    context: typer.Context,
    name: SegmentName,
    as_of: AsOf = None,
    fields: Fields = None,
    complement: Annotated[
        bool, typer.Option("--not", help="Everybody who is not a member instead.")
    ] = False,
    out: Out = None,
    format: FileFormat = None,
) -> None:
    """List a segment's members, or write them to a file.

    A file without --fields has those of the segment's last one; `--fields none` forgets them.

    Example: segmentry segment members VIP --fields amount_spent --out vip.csv
    """
    from segmentry.cli.query import show_members

    session: Session = context.obj
    with session.open() as workspace:
        saved, moment = workspace.segments[name], parse_moment(as_of)
        if out is None and format is None:
            result = (saved.others if complement else saved.result)(as_of=moment)
            show_members(session, workspace, result, split(fields))
            return
        with session.progress("asking who belongs") as progress:
            if complement:
                written = workspace.export(
                    saved.complement,
                    out_or_here(out),
                    format=format,
                    fields=split(fields),
                    as_of=moment,
                    progress=progress,
                )
            else:
                written = saved.export(
                    out_or_here(out),
                    format=format,
                    fields=None if fields is None else split(fields),
                    as_of=moment,
                    progress=progress,
                )
        say_written(session, workspace, written)


# -- changing ---------------------------------------------------------------------------


@segment.command()
def add(
    context: typer.Context, name: SegmentName, text: Text, description: Description = None
) -> None:
    """Save a segment.

    Example: segmentry segment add VIP "amount_spent IN TOP 10%"
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.add(name, text, description=description or "")
        result = saved.result()
    session.say(
        segment_json(saved) | {"members": result.count, "sentence": result.sentence},
        f"Saved '{saved.name}': {result.count:,} of {result.live:,} customers.\n{result.sentence}",
    )


@segment.command()
def edit(
    context: typer.Context,
    name: SegmentName,
    text: Annotated[str | None, typer.Argument(help="The new query.", show_default=False)] = None,
    description: Description = None,
    dry_run: DryRun = False,
) -> None:
    """Give a segment another query; says who joins and leaves.

    Example: segmentry segment edit VIP "amount_spent IN TOP 5%" --dry-run
    """
    session: Session = context.obj
    if text is None and description is None:
        raise typer.BadParameter("Give a query or a --description.")
    with session.open() as workspace:
        saved = workspace.segments[name]
        change = _preview(workspace, saved, text)
        if not dry_run:
            saved = workspace.segments.edit(name, text, description=description)
    done = "Would change" if dry_run else "Changed"
    session.say(
        segment_json(saved) | {"change": change_json(change), "dry_run": dry_run},
        f"{done} '{saved.name}'.{f' Members: {change_words(change)}.' if change else ''}",
    )


def _preview(workspace: Workspace, saved: Segment, text: str | None) -> Change | None:
    """How members move; nothing where the segment could not be answered before."""
    from segmentry.base.errors import QueryError

    if text is None:
        return None
    workspace.check(text)
    try:
        saved.result()
    except QueryError:
        return None
    return workspace.segments.preview(saved.name, text)


def change_json(change: Change | None) -> dict[str, int] | None:
    """How members move, for a program."""
    if change is None:
        return None
    return {
        "before": change.before,
        "after": change.after,
        "joined": change.joined,
        "left": change.left,
    }


def change_words(change: Change) -> str:
    """How members move, for a person."""
    if not change.any:
        return f"{change.after:,}, the same as before"
    joined = f"{change.joined:,} {'joins' if change.joined == 1 else 'join'}"
    left = f"{change.left:,} {'leaves' if change.left == 1 else 'leave'}"
    return f"{change.before:,} before, {change.after:,} after; {joined}, {left}"


@segment.command()
def rename(
    context: typer.Context,
    name: SegmentName,
    new: Annotated[str, typer.Argument(help="The new name.")],
) -> None:
    """Give a segment another name, here and in other segments.

    Example: segmentry segment rename VIP "Best customers"
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.rename(name, new)
    session.say(segment_json(saved), f"Renamed to '{saved.name}'.")


@segment.command()
def duplicate(
    context: typer.Context,
    name: SegmentName,
    new: Annotated[
        str | None,
        typer.Argument(help="The copy's name. Default: NAME (2).", show_default=False),
    ] = None,
) -> None:
    """Save a segment once more, under another name.

    Example: segmentry segment duplicate VIP "VIP in France"
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.duplicate(name, new)
    session.say(segment_json(saved), f"Saved '{saved.name}', a copy of '{name}'.")


@segment.command()
def delete(context: typer.Context, name: SegmentName, yes: Yes = False) -> None:
    """Delete a segment that no other segment refers to.

    Example: segmentry segment delete VIP --yes
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments[name]
        deleted = session.confirm(f"Delete '{saved.name}'?", yes=yes)
        if deleted:
            workspace.segments.delete(name)
    said = f"Deleted '{saved.name}'." if deleted else f"Kept '{saved.name}'."
    session.say({"name": saved.name, "deleted": deleted}, said)
