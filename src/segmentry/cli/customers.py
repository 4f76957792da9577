"""`segmentry customer`: what is known of one person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from segmentry.cli.app import app, group
from segmentry.cli.session import Session

customer = group("One customer: what is known of them.")
app.add_typer(customer, name="customer")


@customer.command("export")
def export(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="The customer's id.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A file to write, in JSON.", show_default=False),
    ] = None,
) -> None:
    """Tell everything about one person, and nothing about another, as JSON.

    Example: segmentry customer export 17850 --out 17850.json
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.everything_about(id)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if out is None:
        print(text)
        return
    from segmentry.base.errors import UserError

    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}.") from error
    rows = sum(map(len, found["records"].values()))
    session.say({"file": str(out), "records": rows}, f"{rows:,} records written to {out}.")
