"""`segmentry segment versions` and `revert`: what a segment was, and back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.options import SegmentName
from segmentry.cli.segments import segment, segment_json
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.segments.versions import Version


@segment.command()
def versions(context: typer.Context, name: SegmentName) -> None:
    """Show who changed a segment, when, and what was otherwise before.

    Example: segmentry segment versions VIP
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.segments[name].versions()
        moments = [workspace.local(each.at) for each in found]
    session.answer([_json(each) for each in found], lambda console: _show(console, found, moments))


def _show(console: Console, found: tuple[Version, ...], moments: list[str]) -> None:
    for each, moment in zip(found, moments, strict=True):
        by = f" by {each.author}" if each.author else ""
        console.print(f"{each.number}  {each.action}{by}, {moment}", markup=False)
        if not each.changes and each is found[0]:
            console.print(f"   query: {each.definition.query}", markup=False)
        for change in each.changes:
            old, new = change.old or "none", change.new or "none"
            console.print(f"   {change.entry}: {old} -> {new}", markup=False)


def _json(version: Version) -> dict[str, Any]:
    from segmentry.segments.definition import as_json

    return {
        "version": version.number,
        "at": version.at.isoformat(),
        "author": version.author,
        "action": version.action,
        "definition": as_json(version.definition),
        "included": version.included,
        "excluded": version.excluded,
        "changes": [
            {"entry": each.entry, "old": each.old, "new": each.new} for each in version.changes
        ],
    }


@segment.command()
def revert(
    context: typer.Context,
    name: SegmentName,
    version: Annotated[int, typer.Argument(help="The number of the version to go back to.")],
) -> None:
    """Make a segment what it was in one of its versions; that is a new version.

    Customers listed by hand stay as they are listed now.

    Example: segmentry segment revert VIP 2
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments.revert(name, version)
    said = f"'{saved.name}' is as it was in version {version}; that is version {saved.version}."
    session.say(segment_json(saved), said)
