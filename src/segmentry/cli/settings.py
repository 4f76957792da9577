"""`segmentry settings`: what holds for the whole store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.access import note
from segmentry.cli.app import app, group
from segmentry.cli.options import split
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from segmentry.workspace import Workspace

settings = group("What holds for the whole store.")
app.add_typer(settings, name="settings")

_FIXED = {
    "timezone": "Days of every import were read in this zone",
    "currency": "Amounts of every import are in this currency",
}

_FREE = {"order_rules": ", for past days as well", "allow_private": "", "backups": ""}


@settings.command()
def show(context: typer.Context) -> None:
    """Show the settings.

    Example: segmentry settings show
    """
    from segmentry.cli.tables import facts

    session: Session = context.obj
    with session.open() as workspace:
        found = _settings(workspace)
    session.answer(found, lambda console: facts(console, list(found.items())))


def _settings(workspace: Workspace) -> dict[str, str]:
    store = workspace.store
    return {
        "timezone": store.zone.key,
        "currency": store.currency,
        "order_rules": store.order_rules.name,
        "allow_private": ", ".join(sorted(workspace.allow_private)) or "none",
        "backups": str(workspace.backups or "none"),
    }


@settings.command("set")
def set_value(
    context: typer.Context,
    key: Annotated[
        str,
        typer.Argument(
            help="order_rules, allow_private or backups.", autocompletion=lambda: list(_FREE)
        ),
    ],
    value: Annotated[
        str,
        typer.Argument(
            help="net, shopify or woocommerce; hosts with commas between, which may be sent to "
            "although they are private, or none; a folder for backups that a server is asked "
            "for, or none."
        ),
    ],
) -> None:
    """Change a setting. Time zone and currency stay as the store was made with.

    Example: segmentry settings set order_rules shopify
    """
    from segmentry.base.errors import UserError

    session: Session = context.obj
    if key in _FIXED:
        raise UserError(
            f"{key} cannot be changed. {_FIXED[key]}: make another workspace with "
            f"`segmentry init` and import again."
        )
    if key not in _FREE:
        raise UserError(f"There is no setting '{key}'. There are: {', '.join(_FREE)}.")
    with session.open() as workspace:
        if key == "order_rules":
            workspace.set_order_rules(value)
        elif key == "backups":
            workspace.set_backups(None if value == "none" else value)
        else:
            workspace.set_allow_private(split(value))
        found = _settings(workspace)
    note(session.folder, "change_store", "store", details={key: found[key]})
    session.say(found, f"{key} is {found[key]} from now on{_FREE[key]}.")


_Days = typer.Option(help="How long, such as 730d; or forever.", show_default=False)


@settings.command()
def retention(
    context: typer.Context,
    events: Annotated[str | None, _Days] = None,
    storefront: Annotated[str | None, _Days] = None,
    messages: Annotated[str | None, _Days] = None,
    own: Annotated[str | None, _Days] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Take away now what is older.")] = False,
) -> None:
    """Show or set how long events are kept; for ever unless it is set.

    --events is of all kinds: --storefront of what is done in the store, --messages of what
    becomes of messages, --own of all others. What is older goes with --apply, from the archive
    of imports too, and cannot be brought back. Reports of imports and the audit log stay.

    Example: segmentry settings retention --events 730d --messages 365d --apply
    """
    session: Session = context.obj
    given = {"storefront": storefront, "messages": messages, "own": own}
    wanted = {kind: _days(value or events) for kind, value in given.items() if value or events}
    with session.open() as workspace:
        if wanted:
            workspace.set_retention(**wanted)
        kept = workspace.retention
        gone = workspace.apply_retention() if apply else {}
    if wanted:
        note(session.folder, "change_retention", "store", details=wanted)
    if apply:
        note(session.folder, "apply_retention", "store", details=gone)
    days = ", ".join(f"{kind} {kept[kind]} days" for kind in given if kind in kept)
    text = f"Events are kept: {days}; all others for ever." if kept else "Events are kept for ever."
    if apply:
        text += f"\n{sum(gone.values()):,} events were taken away."
    session.say({"days": kept, "taken_away": gone} if apply else {"days": kept}, text)


def _days(value: str | None) -> int | None:
    """A number of days; None for ever."""
    from segmentry.base.errors import UserError

    text = (value or "").strip().lower()
    if text == "forever":
        return None
    number = text.removesuffix("d")
    if not (number.isascii() and number.isdigit() and len(number) <= 5 and int(number)):
        raise UserError(f"'{text[:20]}' is no number of days. Write 730d, or forever.")
    return int(number)
