"""`segmentry segment include`, `exclude`, `unlist`, `lists` and `snapshot`: who belongs by hand."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.options import AsOf, SegmentName
from segmentry.cli.segments import segment, segment_json
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.segments.lists import ListChange, Listed

_SHOWN = 20
Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID...]",
        help="Ids or e-mail addresses of customers; - reads them from standard input.",
        show_default=False,
    ),
]
File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        help="A file of them: one a line, or a CSV with a column customer_id or email.",
        show_default=False,
    ),
]
Skip = Annotated[bool, typer.Option("--skip-unknown", help="Leave out what names no customer.")]


def _read(ids: list[str] | None, file: Path | None) -> list[str]:
    """The ids that were typed, pasted or are in a file."""
    from segmentry.base.errors import DataError
    from segmentry.segments.lists import ids_in

    if (file is None) == (not ids):
        raise typer.BadParameter("Give ids, or a --file of them.")
    if file is None:
        return ids_in(sys.stdin.read() if ids == ["-"] else "\n".join(ids or ()))
    try:
        return ids_in(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}.") from error


@segment.command()
def include(
    context: typer.Context,
    name: SegmentName,
    ids: Ids = None,
    file: File = None,
    skip_unknown: Skip = False,
) -> None:
    """Put customers into a segment by hand, whatever its query says.

    Example: segmentry segment include VIP 17850 ann@example.com
    """
    session: Session = context.obj
    wanted = _read(ids, file)
    with session.open() as workspace:
        done = workspace.segments.include(name, wanted, skip_unknown=skip_unknown)
    _say(session, done, "put in")


@segment.command()
def exclude(
    context: typer.Context,
    name: SegmentName,
    ids: Ids = None,
    file: File = None,
    skip_unknown: Skip = False,
) -> None:
    """Keep customers out of a segment by hand, whatever its query says.

    Example: segmentry segment exclude VIP --file staff.csv
    """
    session: Session = context.obj
    wanted = _read(ids, file)
    with session.open() as workspace:
        done = workspace.segments.exclude(name, wanted, skip_unknown=skip_unknown)
    _say(session, done, "kept out")


@segment.command()
def unlist(
    context: typer.Context,
    name: SegmentName,
    ids: Ids = None,
    file: File = None,
    skip_unknown: Skip = False,
) -> None:
    """List customers no more: the query alone says whether they belong.

    Example: segmentry segment unlist VIP 17850
    """
    session: Session = context.obj
    wanted = _read(ids, file)
    with session.open() as workspace:
        done = workspace.segments.unlist(name, wanted, skip_unknown=skip_unknown)
    _say(session, done, "taken off the lists")


def _say(session: Session, done: ListChange, what: str) -> None:
    said = (
        f"{done.changed:,} {what}. By hand {done.included:,} are put in and "
        f"{done.excluded:,} kept out."
    )
    if done.unknown:
        said += f"\nSkipped {len(done.unknown):,} that name no customer, as '{done.unknown[0]}'."
    session.say(asdict(done) | {"unknown": list(done.unknown)}, said)


@segment.command()
def lists(context: typer.Context, name: SegmentName) -> None:
    """Show who is put into a segment and kept out of it by hand.

    Example: segmentry segment lists VIP
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.segments[name].lists()
    data = {"included": list(found.included), "excluded": list(found.excluded)}
    session.answer(data, lambda console: _show(console, found))


def _show(console: Console, found: Listed) -> None:
    for what, ids in (("put in", found.included), ("kept out", found.excluded)):
        more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
        some = f": {', '.join(ids[:_SHOWN])}{more}" if ids else ""
        console.print(f"{len(ids):,} {what} by hand{some}", markup=False)


@segment.command()
def snapshot(
    context: typer.Context,
    name: SegmentName,
    new: Annotated[
        str | None,
        typer.Argument(help="The snapshot's name. Default: NAME on DAY.", show_default=False),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Save a segment's members at a moment as a segment that stays so.

    Example: segmentry segment snapshot VIP "VIP in January" --as-of 2024-01-31
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.snapshot(name, new, as_of=parse_moment(as_of))
        result = saved.result()
        assert saved.fixed_at is not None, "a snapshot is of a moment"
        moment = workspace.local(saved.fixed_at)
    session.say(
        segment_json(saved) | {"members": result.count},
        f"Saved '{saved.name}': {result.count:,} of {result.live:,} customers, as of {moment}.",
    )
