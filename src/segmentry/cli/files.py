"""What the commands that write members to files have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segmentry.cli.session import Session

if TYPE_CHECKING:
    from segmentry.segments.answer import MembersFile
    from segmentry.workspace import Workspace


def out_or_here(out: Path | None) -> Path:
    """Where a file goes: the present folder where only its format was named."""
    return out or Path()


def say_written(session: Session, workspace: Workspace, written: MembersFile) -> None:
    """What was written, and what nobody asked for in so many words."""
    fields = ", ".join(written.fields)
    if written.remembered:
        session.remark(f"With the fields of the last time: {fields}. Forget them: --fields none.")
    if written.resumed:
        moment = workspace.local(written.as_of)
        session.remark(f"Went on with the export that was broken off, as of {moment}.")
    session.say(
        {
            "file": str(written.path),
            "count": written.count,
            "as_of": written.as_of.isoformat(),
            "fields": list(written.fields),
            "remembered": written.remembered,
            "resumed": written.resumed,
        },
        f"{written.count:,} members written to {written.path}.",
    )
