"""`segmentry audit` and `segmentry secrets`: who did what, and what is kept secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.access import at, iso, me, opened
from segmentry.cli.app import app, group
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from segmentry.access.audit import Entry
    from segmentry.access.audit_check import AuditCheck

audit = group("Who did what when.")
app.add_typer(audit, name="audit")
secrets = group("What is kept encrypted, and the key of it.")
app.add_typer(secrets, name="secrets")

_ENTRY = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64})", re.ASCII)


@audit.command("list")
def list_entries(
    context: typer.Context,
    verb: Annotated[
        str | None,
        typer.Option(
            "--verb",
            help="Only what was done so: user.role, or all of user.",
            show_default=False,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option("--user", help="Only what this user did (an address).", show_default=False),
    ] = None,
    about: Annotated[
        str | None,
        typer.Option("--about", help="Only what was done to this id.", show_default=False),
    ] = None,
    before: Annotated[
        int | None, typer.Option("--before", help="Only entries before this one.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", help="So many at most.", min=1, max=10_000)
    ] = 100,
) -> None:
    """Show what was done, the latest first.

    Example: segmentry audit list --verb user. --limit 20
    """
    from segmentry.access.audit import EntriesWanted

    session: Session = context.obj
    with opened(session) as access:
        by = None if user is None else access.users.named(user).id
        entries = access.audit.entries(EntriesWanted(before, by, verb, about, limit))
        names = {each.id: each.email for each in access.users.listed()}
    data = [_json(each) for each in entries]
    session.answer(data, lambda console: _show(console, entries, names))


def _show(console: Console, entries: Iterable[Entry], names: dict[str, str]) -> None:
    from segmentry.cli.tables import Heading, table

    rows = [
        (
            *(str(each.number), at(each.at), _who(each, names), each.verb),
            *(f"{each.object_kind} {names.get(each.object_id, each.object_id)}".strip(),),
            "; ".join(f"{name}: {_plain(value)}" for name, value in each.details.items()),
        )
        for each in entries
    ]
    if not rows:
        console.print("There are no such entries.")
        return
    headings = (
        *(Heading("Entry", number=True), Heading("At (UTC)"), Heading("Who", wide=True)),
        *(Heading("Did"), Heading("To", wide=True), Heading("Details", wide=True)),
    )
    table(console, headings, rows)


def _who(entry: Entry, names: dict[str, str]) -> str:
    if entry.who_kind == "user":
        return names.get(entry.who, entry.who)
    return f"{entry.who_kind} {entry.who}".strip()


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _json(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": iso(entry.at),
        "who": {"kind": entry.who_kind, "id": entry.who, "user_id": entry.user_id},
        "verb": entry.verb,
        "object": {"kind": entry.object_kind, "id": entry.object_id},
        "address": entry.address,
        "details": dict(entry.details),
    }


@audit.command()
def verify(
    context: typer.Context,
    entry: Annotated[
        str | None,
        typer.Option(
            "--entry",
            help="NUMBER:HASH, as an earlier run printed it: it has to be the same still.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say whether the log is as it was written, and which entry is not; exits 1 if one is not.

    Example: segmentry audit verify
    """
    from segmentry.base.errors import UserError

    session: Session = context.obj
    known = None if entry is None else _ENTRY.fullmatch(entry)
    if entry is not None and known is None:
        raise UserError(f"'{entry}' is no entry and hash. Write what `audit verify` printed.")
    with opened(session) as access:
        found = access.audit.verify(*((int(known[1]), known[2]) if known else (None, None)))
    data = {
        "good": found.good,
        "last": found.last,
        "hash": found.hash,
        "broken": found.broken and {"number": found.broken.number, "fault": found.broken.fault},
        "unsealed": list(found.unsealed),
        "clock_back": list(found.clock_back),
        "sealed": found.sealed,
    }
    session.say(data, "\n".join(_said(found)))
    if not found.good:
        raise typer.Exit(1)


def _said(found: AuditCheck) -> Iterable[str]:
    if found.broken is not None:
        yield str(found.broken)
    if not found.sealed:
        yield "The key file is missing or wrong, so nothing proves that the entries are ours."
    if found.unsealed:
        yield (
            f"Entry {found.unsealed[0]} is the first of {len(found.unsealed):,} without a seal: "
            "they were written while the key file was missing, or by somebody without it."
        )
    if found.clock_back:
        yield f"The computer's clock was set back before entry {found.clock_back[0]}."
    if found.good:
        yield f"All {found.last:,} entries are as they were written."
    yield f"Good so far: {found.last}:{found.hash}"


@secrets.command("list")
def list_secrets(context: typer.Context) -> None:
    """Show the names of what is kept encrypted, and whether it can be read.

    Example: segmentry secrets list
    """
    session: Session = context.obj
    with opened(session) as access:
        names, trouble = access.secrets.names(), access.secrets.trouble()
    said = "\n".join(names) or "Nothing is kept encrypted."
    session.say({"names": names, "trouble": trouble}, said)
    if trouble is not None:
        session.remark(trouble)


@secrets.command()
def rotate(context: typer.Context) -> None:
    """Put a new key into the key file, and encrypt all secrets anew with it.

    Example: segmentry secrets rotate
    """
    session: Session = context.obj
    with opened(session) as access:
        count = access.secrets.rotate(me())
    session.say(
        {"secrets": count},
        f"Encrypted {count:,} secret(s) with a new key. Keep a copy of the key file anew.",
    )
