"""`segmentry segment list`: every segment with its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.options import AsOf, Folder
from segmentry.cli.segments import segment, segment_json
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from rich.console import Console

    from segmentry.base.errors import UserError
    from segmentry.segments.segment import Segment
    from segmentry.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Listed:
    """A segment with the number of its members, or with why it cannot be answered."""

    segment: Segment
    members: int | None
    sentence: str | None
    error: str | None


@segment.command("list")
def list_segments(
    context: typer.Context,
    as_of: AsOf = None,
    folder: Folder = None,
    tag: Annotated[
        str | None, typer.Option("--tag", help="Only those with a tag.", show_default=False)
    ] = None,
    search: Annotated[
        str, typer.Option("--search", help="Only those whose texts have these words.")
    ] = "",
    archived: Annotated[
        bool, typer.Option("--archived", help="Those that were put away instead.")
    ] = False,
) -> None:
    """Show every segment with its members.

    Example: segmentry segment list --folder Retention --as-of 2024-01-31
    """
    session: Session = context.obj
    with session.open() as workspace:
        moment = workspace.moment(parse_moment(as_of))
        wanted = workspace.segments.listed(folder=folder, tag=tag, search=search, archived=archived)
        stored = as_of is None and not archived
        found = list(_stored(workspace, wanted) if stored else _asked(wanted, moment))
        live = workspace.live_count(as_of=moment) if found else 0
        said, none = workspace.local(moment), not len(workspace.segments)
    data = {
        "as_of": moment.isoformat(),
        "segments": [
            segment_json(each.segment)
            | {
                "members": each.members,
                "live": None if each.members is None else live,
                "sentence": each.sentence,
                "error": each.error,
            }
            for each in found
        ],
    }
    session.answer(data, lambda console: _show(console, found, live, said, none=none))


def _stored(workspace: Workspace, wanted: Iterable[Segment]) -> Iterator[_Listed]:
    """The members that are kept, brought up to date: however many segments there are, only
    what can have changed is evaluated."""
    from segmentry.base.errors import UserError

    workspace.refresh()
    states = {each.segment: each for each in workspace.memberships.states(workspace.moment())}
    segments = list(wanted)
    sentences = workspace.sentences([each.name for each in segments])
    for each, said in zip(segments, sentences, strict=True):
        state = states[each.name]
        if isinstance(said, UserError):
            yield _Listed(each, None, None, _fault(said))
        else:
            yield _Listed(each, None if state.error else state.count, said, state.error)


def _asked(wanted: Iterable[Segment], moment: datetime) -> Iterator[_Listed]:
    """The members at a moment; one segment that cannot be answered hides no other."""
    from segmentry.base.errors import QueryError

    for each in wanted:
        try:
            result = each.result(as_of=moment)
        except QueryError as error:
            yield _Listed(each, None, None, _fault(error))
        else:
            yield _Listed(each, result.count, result.sentence, None)


def _fault(error: UserError) -> str:
    from segmentry.base.errors import QueryError

    return error.problems[0].message if isinstance(error, QueryError) else str(error)


def _show(console: Console, found: list[_Listed], live: int, moment: str, *, none: bool) -> None:
    from segmentry.cli.tables import Heading, table

    if not found and not none:
        console.print("No segment fits.")
        return
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
    table(console, headings, (_row(each, live) for each in found))
    console.print(f"as of {moment}")


def _row(each: _Listed, live: int) -> tuple[str, str, str, str]:
    from segmentry.cli.tables import share

    if each.members is None:
        return each.segment.name, "-", "-", f"Cannot be answered: {each.error}"
    return each.segment.name, f"{each.members:,}", share(each.members, live), each.sentence or ""
