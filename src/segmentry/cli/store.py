"""Commands about the workspace as a whole."""

from __future__ import annotations

import typer

from segmentry.cli.app import app
from segmentry.cli.session import Session


@app.command()
def rebuild(context: typer.Context) -> None:
    """Make the facts anew from the archive of imports.

    Example: segmentry --workspace shop rebuild
    """
    session: Session = context.obj
    with session.open() as workspace:
        imports = workspace.rebuild()
    session.answer(
        {"imports": imports},
        lambda console: console.print(f"Facts made anew from {imports} import(s)."),
    )
