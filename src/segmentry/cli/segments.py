"""`segmentry segment`: saved segments, made, looked at and changed."""

from __future__ import annotations

from datetime import date, datetime
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
    Folder,
    Goal,
    Note,
    Out,
    Owner,
    SegmentName,
    Strategy,
    Tags,
    Text,
    Yes,
    split,
)
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from segmentry.membership.memberships import State
    from segmentry.segments.answer import Change
    from segmentry.segments.definition import Details
    from segmentry.segments.registry import Use
    from segmentry.segments.segment import Segment
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
        "goal": saved.goal,
        "strategy": saved.strategy,
        "note": saved.note,
        "owner": saved.owner,
        "folder": saved.folder,
        "tags": list(saved.tags),
        "version": saved.version,
        "created_at": saved.created_at.isoformat(),
        "archived_at": saved.archived_at and saved.archived_at.isoformat(),
        "fixed_at": saved.fixed_at and saved.fixed_at.isoformat(),
    }


# -- looking ----------------------------------------------------------------------------


@segment.command()
def show(context: typer.Context, name: SegmentName, as_of: AsOf = None) -> None:
    """Show one segment: query, meaning, size, uses.

    Example: segmentry segment show "VIP customers"
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments[name]
        result = saved.result(as_of=parse_moment(as_of))
        workspace.refresh()
        state, users = (
            workspace.memberships.state(saved.name, workspace.moment()),
            workspace.segments.uses.of(name),
        )
        kept = _kept(workspace, state)
        taken = saved.fixed_at and workspace.local(saved.fixed_at)
        made, moment = workspace.local(saved.created_at), workspace.local(result.as_of)

    def print_it(console: Console) -> None:
        from segmentry.cli.query import show_result
        from segmentry.cli.tables import facts, title

        title(console, saved.name + (" (archived)" if saved.archived else ""))
        if saved.description:
            console.print(saved.description, markup=False)
        console.print(f"\n{saved.query}\n", markup=False)
        if taken:
            console.print(f"snapshot of {taken}, whatever the query says now\n")
        show_result(console, result, moment)
        lines = [*_details(saved), ("made", f"{made}, version {saved.version}"), *kept]
        if saved.preset:
            lines.append(("preset", saved.preset))
        if users:
            lines.append(("used by", ", ".join(use.words for use in users)))
        console.print()
        facts(console, lines)

    from segmentry.cli.query import result_json

    used_by = [use.name for use in users if use.kind == "segment"]
    data = (
        segment_json(saved)
        | result_json(result)
        | {"used_by": used_by, "uses": uses_json(users), "membership": state_json(state)}
    )
    session.answer(data, print_it)


def _kept(workspace: Workspace, state: State) -> list[tuple[str, str]]:
    """How its stored members stand, as names and values."""
    if state.failed_at is not None:
        failed = f"since {workspace.local(state.failed_at)}: {state.error}"
        return [("cannot be refreshed", failed)]
    if state.due_at is None:
        return [("next due", "never; time alone changes nobody")]
    return [("next due", workspace.local(state.due_at))]


def state_json(state: State) -> dict[str, Any]:
    """How stored members stand, for a program."""
    moments = {name: getattr(state, name) for name in ("as_of", "due_at", "failed_at")}
    return {
        "state": state.state,
        "version": state.version,
        "count": state.count,
        "error": state.error,
    } | {name: moment and moment.isoformat() for name, moment in moments.items()}


def _details(saved: Segment) -> list[tuple[str, str]]:
    """What is said of a segment beside its query, as names and values."""
    texts = [(name, str(getattr(saved, name))) for name in ("goal", "strategy", "note", "owner")]
    said = [*texts, ("folder", saved.folder), ("tags", ", ".join(saved.tags))]
    return [(name, text) for name, text in said if text]


def uses_json(uses: Iterable[Use]) -> list[dict[str, Any]]:
    """What uses a segment, for a program."""
    return [
        {"kind": use.kind, "name": use.name, "state": use.state, "blocking": use.blocking}
        for use in uses
    ]


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
    until: Annotated[
        bool, typer.Option("--until", help="When each leaves; of the first 500 members.")
    ] = False,
) -> None:
    """List a segment's members, or write them to a file.

    A file without --fields has those of the segment's last one; `--fields none` forgets them.

    Example: segmentry segment members VIP --fields amount_spent --out vip.csv
    """
    from segmentry.cli.query import show_members

    session: Session = context.obj
    if until and (fields or out or format or complement):
        raise typer.BadParameter("--until goes with no other option but --as-of.")
    with session.open() as workspace:
        saved, moment = workspace.segments[name], parse_moment(as_of)
        if until:
            _show_until(session, workspace, saved, moment)
            return
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


def _show_until(
    session: Session, workspace: Workspace, saved: Segment, as_of: datetime | date | None
) -> None:
    from segmentry.segments.page import MOST_MEMBERS

    page = saved.page(limit=MOST_MEMBERS, as_of=as_of)
    rows, moment = page.members.to_pylist(), workspace.local(page.as_of)
    data = {
        "as_of": page.as_of.isoformat(),
        "count": page.count,
        "members": [
            {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in row.items()
            }
            for row in rows
        ],
    }

    def until(row: dict[str, Any]) -> str:
        if row["leaves_at"]:
            return workspace.local(row["leaves_at"])
        return f"not before {workspace.local(row['unknown_from'])}" if row["unknown_from"] else "-"

    def show(console: Console) -> None:
        from segmentry.cli.tables import Heading, table

        headings = (Heading("Customer"), Heading("Leaves", wide=True))
        table(console, headings, [(row["customer_id"], until(row)) for row in rows])
        which = f"the first {len(rows):,} of " if len(rows) < page.count else ""
        console.print(f"{which}{page.count:,} members as of {moment}")

    session.answer(data, show)


# -- changing ---------------------------------------------------------------------------


@segment.command()
def add(
    context: typer.Context,
    name: SegmentName,
    text: Text,
    description: Description = None,
    goal: Goal = None,
    strategy: Strategy = None,
    note: Note = None,
    owner: Owner = None,
    tags: Tags = None,
    folder: Folder = None,
) -> None:
    """Save a segment.

    Example: segmentry segment add VIP "amount_spent IN TOP 10%" --owner Ann --tag loyalty
    """
    session: Session = context.obj
    details = _given(description, goal, strategy, note, owner, tags, folder)
    with session.open() as workspace:
        saved = workspace.segments.add(name, text, **details)
        result = saved.result()
    session.say(
        segment_json(saved) | {"members": result.count, "sentence": result.sentence},
        f"Saved '{saved.name}': {result.count:,} of {result.live:,} customers.\n{result.sentence}",
    )


def _given(
    description: str | None,
    goal: str | None,
    strategy: str | None,
    note: str | None,
    owner: str | None,
    tags: list[str] | None,
    folder: str | None,
) -> Details:
    """The details that were given; a single empty tag stands for none."""
    details: Details = {}
    if description is not None:
        details["description"] = description
    if goal is not None:
        details["goal"] = goal
    if strategy is not None:
        details["strategy"] = strategy
    if note is not None:
        details["note"] = note
    if owner is not None:
        details["owner"] = owner
    if folder is not None:
        details["folder"] = folder
    if tags:
        details["tags"] = [] if tags == [""] else tags
    return details


@segment.command()
def edit(
    context: typer.Context,
    name: SegmentName,
    text: Annotated[str | None, typer.Argument(help="The new query.", show_default=False)] = None,
    description: Description = None,
    goal: Goal = None,
    strategy: Strategy = None,
    note: Note = None,
    owner: Owner = None,
    tags: Tags = None,
    folder: Folder = None,
    if_version: Annotated[
        int | None,
        typer.Option(
            "--if-version", help="Only if it is still at this version.", show_default=False
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Give a segment another query or details; says who joins and leaves, and what uses it.

    The tags given take the place of those it had; --tag "" takes all away.

    Example: segmentry segment edit VIP "amount_spent IN TOP 5%" --dry-run
    """
    session: Session = context.obj
    details = _given(description, goal, strategy, note, owner, tags, folder)
    if text is None and not details:
        raise typer.BadParameter("Give a query or something like --description.")
    with session.open() as workspace:
        saved = workspace.segments[name]
        change = _preview(workspace, saved, text)
        affected = workspace.segments.uses.affected(name) if text is not None else ()
        if not dry_run:
            saved = workspace.segments.edit(name, text, if_version=if_version, **details)
    done = "Would change" if dry_run else "Changed"
    said = [f"{done} '{saved.name}'.{f' Members: {change_words(change)}.' if change else ''}"]
    said += _moving(change)
    if affected:
        said.append(f"This concerns {', '.join(use.words for use in affected)}.")
    session.say(
        segment_json(saved)
        | {"change": change_json(change), "uses": uses_json(affected), "dry_run": dry_run},
        "\n".join(said),
    )


def _moving(change: Change | None) -> list[str]:
    """Some of those who move, by their ids."""
    if change is None:
        return []
    moves = (("joining", change.joining, change.joined), ("leaving", change.leaving, change.left))
    return [
        f"{what}: {', '.join(ids)}{f' and {count - len(ids):,} more' if count > len(ids) else ''}"
        for what, ids, count in moves
        if ids
    ]


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


def change_json(change: Change | None) -> dict[str, Any] | None:
    """How members move, for a program."""
    if change is None:
        return None
    return {
        "before": change.before,
        "after": change.after,
        "joined": change.joined,
        "left": change.left,
        "joining": list(change.joining),
        "leaving": list(change.leaving),
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
def archive(context: typer.Context, name: SegmentName) -> None:
    """Put a segment away. It keeps its name, and what refers to it goes on working.

    Example: segmentry segment archive VIP
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.archive(name)
    session.say(segment_json(saved), f"Archived '{saved.name}'.")


@segment.command()
def restore(context: typer.Context, name: SegmentName) -> None:
    """Take a segment back that was put away.

    Example: segmentry segment restore VIP
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.restore(name)
    session.say(segment_json(saved), f"Restored '{saved.name}'.")


@segment.command()
def delete(context: typer.Context, name: SegmentName, yes: Yes = False) -> None:
    """Delete a segment that nothing holds. Says what used it and has none now.

    Example: segmentry segment delete VIP --yes
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments[name]
        deleted = session.confirm(f"Delete '{saved.name}'?", yes=yes)
        lost = workspace.segments.delete(name) if deleted else ()
    said = f"Deleted '{saved.name}'." if deleted else f"Kept '{saved.name}'."
    if lost:
        said += f" Without a segment now: {', '.join(use.words for use in lost)}."
    data = {"name": saved.name, "deleted": deleted, "orphaned": uses_json(lost)}
    session.say(data, said)
