"""What the commands about users, tokens, secrets and the audit log have in common.

They work on the workspace's database alone, so they do while a server has the workspace.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from segmentry.access import Access, Caller
    from segmentry.access.audit import Detail


def opened(session: Session) -> AbstractContextManager[Access]:
    """The access of the workspace."""
    from segmentry.access import open_access

    return open_access(session.folder)


def me() -> Caller:
    """Whoever runs this command: they may read the files, so they may do everything."""
    from segmentry.access import Caller
    from segmentry.segments.versions import this_author

    return Caller.command_line(this_author())


def note(
    folder: Path, verb: str, kind: str, id: str = "", details: Mapping[str, Detail] | None = None
) -> None:
    """Write down in a workspace's audit log what a command did, by the names that it has where
    the same is done over HTTP."""
    from segmentry.access import open_access

    with open_access(folder) as access:
        access.audit.note(me(), verb, kind, id, details)


def password(session: Session) -> str:
    """A password: asked for twice on a terminal, else the first line of standard input."""
    import typer

    from segmentry.base.errors import UserError

    if sys.stdin.isatty() and not session.as_json:
        text: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return text
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise UserError("Give the password as one line of standard input, or type it here.")
    return given


def at(moment: datetime | None) -> str:
    """A moment in a list, to the minute."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def iso(moment: datetime | None) -> str | None:
    """A moment for a program."""
    return None if moment is None else moment.isoformat()
