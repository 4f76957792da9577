"""`segmentry settings`: what holds for the whole store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

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

_FREE = {"order_rules": ", for past days as well", "allow_private": ""}


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
    }


@settings.command("set")
def set_value(
    context: typer.Context,
    key: Annotated[
        str,
        typer.Argument(help="order_rules or allow_private.", autocompletion=lambda: list(_FREE)),
    ],
    value: Annotated[
        str,
        typer.Argument(
            help="net, shopify or woocommerce; hosts with commas between, which may be sent to "
            "although they are private, or none."
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
        else:
            workspace.set_allow_private(split(value))
        found = _settings(workspace)
    session.say(found, f"{key} is {found[key]} from now on{_FREE[key]}.")
