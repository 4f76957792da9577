"""`segmentry customer`: what is known of one person, and to forget it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from segmentry.cli.access import note
from segmentry.cli.app import app, group
from segmentry.cli.session import Session, parse_moment

customer = group("One customer: what is known of them, and to forget it.")
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


@customer.command("erase")
def erase(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="The customer's id.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why; it is kept, so it must not name the person.")
    ] = "",
    requested_at: Annotated[
        str | None,
        typer.Option("--requested-at", help="When they asked for it.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Write the database anew as well.")
    ] = False,
) -> None:
    """Erase a person from every file of the workspace. It cannot be taken back.

    Their orders stay without anybody. What arrives about them later is dropped, and opt-outs of
    their addresses go on to hold; for that, hashes are kept which name nobody.

    Example: segmentry customer erase 17850 --reason "asked by letter" --yes
    """
    session: Session = context.obj
    with session.open() as workspace:
        if not session.confirm("Erase this person for ever?", yes=yes):
            raise typer.Exit(1)
        asked = None if requested_at is None else workspace.moment(parse_moment(requested_at))
        with session.working("Erasing"):
            done = workspace.erase(id, reason=reason, requested_at=asked, compact=compact)
    note(session.folder, "erase_customer", "customers", done.certificate)
    said = {
        "certificate": done.certificate,
        "erased_at": done.erased_at.isoformat(),
        "reason": done.reason,
        "requested_at": done.requested_at and done.requested_at.isoformat(),
    }
    session.say(
        said,
        f"Erased; the certificate is {done.certificate}. Files that were exported before, and "
        "backups, still name them.",
    )
