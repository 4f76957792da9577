"""`segmentry user`: who may sign in, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.access import at, iso, me, opened, password
from segmentry.cli.app import app, group
from segmentry.cli.options import Yes
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from segmentry.access.sessions import Device
    from segmentry.access.users import User

user = group("Who may sign in, and as what.")
app.add_typer(user, name="user")

_ROLES = ("viewer", "marketer", "admin")
Email = Annotated[str, typer.Argument(help="The user's e-mail address.")]
_ROLE_HELP = "viewer, marketer or admin."


@user.command()
def setup(context: typer.Context) -> None:
    """Print a new set-up token, which makes the first admin in the web app.

    It works once, for 24 hours, as long as there is no user; the one before works no more.

    Example: segmentry user setup
    """
    session: Session = context.obj
    with opened(session) as access:
        token, ends = access.setup.new_token(me())
    session.say({"token": token, "expires_at": iso(ends)}, token)
    session.remark(f"It works once, until {at(ends)} UTC.")


@user.command()
def add(
    context: typer.Context,
    email: Email,
    role: Annotated[
        str, typer.Option("--role", help=_ROLE_HELP, autocompletion=lambda: list(_ROLES))
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="The user's name. Default: what stands before the @.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a user. The password is asked for, or is the first line of standard input.

    Example: segmentry user add ann@example.com --role marketer --name "Ann Lee"
    """
    from segmentry.access.scopes import role_named
    from segmentry.access.users import NewUser

    session: Session = context.obj
    role_named(role)
    shown_name = email.partition("@")[0] if name is None else name
    with opened(session) as access:
        new = NewUser(email, shown_name, role, password(session))
        made = access.users.add(me(), new)
    session.say(_json(made), f"Made {made.email}, {made.role}.")


@user.command("list")
def list_users(context: typer.Context) -> None:
    """Show all users.

    Example: segmentry user list
    """
    session: Session = context.obj
    with opened(session) as access:
        users = access.users.listed()
    session.answer([_json(each) for each in users], lambda console: _show(console, users))


def _show(console: Console, users: Iterable[User]) -> None:
    from segmentry.cli.tables import Heading, table

    rows = [
        (u.email, u.name, u.role, at(u.created_at), "disabled" if u.disabled_at else "")
        for u in users
    ]
    if not rows:
        console.print("There are no users. Have a token for the first with `segmentry user setup`.")
        return
    headings = (
        *(Heading("E-mail", wide=True), Heading("Name", wide=True), Heading("Role")),
        *(Heading("Made (UTC)"), Heading("State")),
    )
    table(console, headings, rows)


def _json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "created_at": iso(user.created_at),
        "disabled_at": iso(user.disabled_at),
    }


@user.command()
def role(
    context: typer.Context,
    email: Email,
    role: Annotated[str, typer.Argument(help=_ROLE_HELP, autocompletion=lambda: list(_ROLES))],
) -> None:
    """Give a user another role; they have to sign in again.

    Example: segmentry user role ann@example.com admin
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.set_role(me(), access.users.named(email).id, role)
    session.say(_json(found), f"{found.email} is {found.role} now.")


@user.command()
def disable(context: typer.Context, email: Email) -> None:
    """Keep a user from signing in, and refuse their sessions and tokens at once.

    Example: segmentry user disable ann@example.com
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.disable(me(), access.users.named(email).id)
    session.say(_json(found), f"{found.email} cannot sign in any more.")


@user.command()
def enable(context: typer.Context, email: Email) -> None:
    """Let a user sign in again.

    Example: segmentry user enable ann@example.com
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.enable(me(), access.users.named(email).id)
    session.say(_json(found), f"{found.email} can sign in again.")


@user.command()
def remove(context: typer.Context, email: Email, yes: Yes = False) -> None:
    """Remove a user, with their sessions and tokens.

    Example: segmentry user remove ann@example.com --yes
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.named(email)
        if not session.confirm(f"Remove {found.email} with their tokens?", yes=yes):
            raise typer.Exit
        access.users.remove(me(), found.id)
    session.say(_json(found), f"Removed {found.email}.")


@user.command("password")
def set_password(context: typer.Context, email: Email) -> None:
    """Give a user another password, asked for or from standard input; their sessions end.

    Example: segmentry user password ann@example.com
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.named(email)
        access.users.set_password(me(), found.id, password(session))
    session.say(_json(found), f"{found.email} has another password, and is signed out everywhere.")


@user.command()
def sessions(
    context: typer.Context,
    email: Email,
    end: Annotated[
        str | None,
        typer.Option("--end", help="End one, by its id, or all.", show_default=False),
    ] = None,
) -> None:
    """Show where a user is signed in, or sign them out.

    Example: segmentry user sessions ann@example.com --end all
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.named(email)
        if end == "all":
            access.sessions.end_every(me(), found.id)
        elif end is not None:
            access.sessions.end_one(me(), found.id, end)
        devices = access.sessions.of(me(), found.id)
    data = [
        {
            "id": each.id,
            "label": each.label,
            "created_at": iso(each.created_at),
            "seen_at": iso(each.seen_at),
            "ends_at": iso(each.ends_at),
        }
        for each in devices
    ]
    session.answer(data, lambda console: _show_devices(console, devices))


def _show_devices(console: Console, devices: Iterable[Device]) -> None:
    from segmentry.cli.tables import Heading, table

    rows = [(d.id, at(d.created_at), at(d.seen_at), at(d.ends_at), d.label) for d in devices]
    if not rows:
        console.print("Signed in nowhere.")
        return
    headings = (
        *(Heading("Session"), Heading("Since (UTC)"), Heading("Last seen"), Heading("Ends")),
        Heading("On", wide=True),
    )
    table(console, headings, rows)


@user.command("drop-code")
def drop_code(context: typer.Context, email: Email) -> None:
    """Let a user who lost their device sign in with the password alone again.

    Example: segmentry user drop-code ann@example.com
    """
    session: Session = context.obj
    with opened(session) as access:
        found = access.users.named(email)
        access.second_factors.end(me(), found.id)
    session.say(_json(found), f"{found.email} signs in without a code now.")
