"""`segmentry token`: what programs come in with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.access import at, iso, me, opened
from segmentry.cli.app import app, group
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from rich.console import Console

    from segmentry.access.tokens import Token

token = group("What programs come in with.")
app.add_typer(token, name="token")

_LASTS = re.compile(r"([1-9]\d{0,4})([hd])", re.ASCII)


def _scope_names() -> list[str]:
    from segmentry.access.scopes import SCOPES

    return [scope.name for scope in SCOPES]


@token.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            help="What it may do; may be repeated. See `segmentry token scopes`.",
            autocompletion=_scope_names,
        ),
    ],
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires", help="How long it lasts: 90d, 12h. Default: for ever.", show_default=False
        ),
    ] = None,
) -> None:
    """Make a token and print it, this once.

    Example: segmentry token add "Nightly export" --scope segments:read --expires 90d
    """
    from segmentry.base.clock import system_clock

    session: Session = context.obj
    ends = None if expires is None else system_clock() + _lasting(expires)
    with opened(session) as access:
        made = access.tokens.add(me(), name, scope, ends)
    session.say(_json(made.token) | {"token": made.text}, made.text)
    session.remark("Keep it now: it is not shown again.")


def _lasting(text: str) -> timedelta:
    from datetime import timedelta

    from segmentry.base.errors import UserError

    read = _LASTS.fullmatch(text)
    if read is None:
        raise UserError(f"'{text}' is no time to last. Write 90d or 12h.")
    return timedelta(**{"hours" if read[2] == "h" else "days": int(read[1])})


@token.command("list")
def list_tokens(context: typer.Context) -> None:
    """Show all tokens, what they may do and when they were last used.

    Example: segmentry token list
    """
    session: Session = context.obj
    with opened(session) as access:
        tokens = access.tokens.listed(me())
        whose = {each.id: each.email for each in access.users.listed()}
    data = [_json(each) for each in tokens]
    session.answer(data, lambda console: _show(console, tokens, whose))


def _show(console: Console, tokens: Iterable[Token], whose: dict[str, str]) -> None:
    from segmentry.cli.tables import Heading, table

    rows = [
        (
            *(each.id, each.name, whose.get(each.user_id or "", ""), ", ".join(each.scopes)),
            *(str(each.used_on or "never"), _state(each)),
        )
        for each in tokens
    ]
    if not rows:
        console.print("There are no tokens.")
        return
    headings = (
        *(Heading("Id"), Heading("Name", wide=True), Heading("Whose", wide=True)),
        *(Heading("Scopes", wide=True), Heading("Last used"), Heading("State")),
    )
    table(console, headings, rows)


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return f"revoked {at(token.revoked_at)}"
    return "" if token.expires_at is None else f"until {at(token.expires_at)}"


def _json(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "user_id": token.user_id,
        "created_at": iso(token.created_at),
        "expires_at": iso(token.expires_at),
        "revoked_at": iso(token.revoked_at),
        "used_on": None if token.used_on is None else token.used_on.isoformat(),
    }


@token.command()
def revoke(
    context: typer.Context, id: Annotated[str, typer.Argument(help="The token's id.")]
) -> None:
    """Refuse a token from now on.

    Example: segmentry token revoke q4w5zmx2c7r3kd6a
    """
    session: Session = context.obj
    with opened(session) as access:
        revoked = access.tokens.revoke(me(), id)
    session.say(_json(revoked), f"'{revoked.name}' is refused from now on.")


@token.command()
def scopes(context: typer.Context) -> None:
    """Show what a token can be allowed, and which roles have it.

    Example: segmentry token scopes
    """
    from segmentry.access.scopes import ROLES, SCOPES

    session: Session = context.obj
    having = {s.name: [r.name for r in ROLES.values() if s.name in r.scopes] for s in SCOPES}
    data = [{"name": s.name, "meaning": s.meaning, "roles": having[s.name]} for s in SCOPES]

    def show(console: Console) -> None:
        from segmentry.cli.tables import Heading, table

        headings = (Heading("Scope"), Heading("Roles"), Heading("Meaning", wide=True))
        table(console, headings, ((s.name, ", ".join(having[s.name]), s.meaning) for s in SCOPES))

    session.answer(data, show)
