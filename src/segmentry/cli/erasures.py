"""`segmentry erasures`: who was erased, as a list that names nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segmentry.cli.access import note
from segmentry.cli.app import app, group
from segmentry.cli.session import Session

erasures = group("Who was erased, as hashes and certificates that name nobody.")
app.add_typer(erasures, name="erasures")


@erasures.command("list")
def list_all(context: typer.Context) -> None:
    """List the certificates of erasures.

    Example: segmentry erasures list
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = [
            {
                "certificate": each.certificate,
                "erased_at": each.erased_at.isoformat(),
                "requested_at": each.requested_at and each.requested_at.isoformat(),
                "reason": each.reason,
            }
            for each in workspace.erasures()
        ]
    lines = [f"{each['certificate']}  {each['erased_at']}  {each['reason']}" for each in found]
    session.say(found, "\n".join(lines) or "Nobody was erased.")


@erasures.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
) -> None:
    """Write all erasures to a file, to be kept beside backups.

    It has hashes alone, which only this workspace's key can make. After an older backup is
    restored, `erasures replay` erases again whom it brought back.

    Example: segmentry erasures export /backups/erasures.json
    """
    session: Session = context.obj
    with session.open() as workspace:
        count = workspace.export_erasures(file.absolute())
    session.say({"file": str(file), "erasures": count}, f"{count:,} erasures written to {file}.")


@erasures.command()
def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `erasures export` wrote.")],
) -> None:
    """Erase again those in a file, after an older backup was restored.

    Example: segmentry erasures replay /backups/erasures.json
    """
    session: Session = context.obj
    with session.open() as workspace, session.working("Erasing"):
        count = workspace.replay_erasures(file.absolute())
    note(session.folder, "replay_erasures", "customers", details={"erased": count})
    session.say({"erased": count}, f"{count:,} erased again; the others were not here.")
