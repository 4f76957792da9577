"""Commands about the workspace as a whole: init, rebuild."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from segmentry.cli.app import app
from segmentry.cli.options import OrderRules
from segmentry.cli.session import Session


@app.command()
def init(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A new folder.")],
    currency: Annotated[str, typer.Option("--currency", help="The store's currency, such as EUR.")],
    timezone: Annotated[
        str | None,
        typer.Option(
            "--timezone",
            help="The store's time zone, such as Europe/London. Default: this computer's.",
            show_default=False,
        ),
    ] = None,
    order_rules: OrderRules = None,
) -> None:
    """Make a workspace for one store.

    Example: segmentry init shop --timezone Europe/London --currency GBP
    """
    from segmentry.workspace import Workspace

    session: Session = context.obj
    zone = timezone or _zone_here()
    with Workspace.create(
        path, timezone=zone, currency=currency, order_rules=order_rules or "net"
    ) as workspace:
        store = workspace.store
    session.say(
        {
            "path": str(path),
            "timezone": store.zone.key,
            "currency": store.currency,
            "order_rules": store.order_rules.name,
        },
        f"Made {path}: days in {store.zone.key}, amounts in {store.currency}, "
        f"order rules {store.order_rules.name}.\n"
        f"Next: segmentry -w {path} import csv orders.csv",
    )


def _zone_here() -> str:
    """The computer's zone, where it is one of a region: a server's UTC is no store's day."""
    from segmentry.base.errors import UserError, WorkspaceError
    from segmentry.facts.zones import zone

    name = os.environ.get("TZ", "").removeprefix(":") or _linked_zone()
    unknown = UserError(
        "This computer does not say which region's time it keeps. "
        "Name the store's: --timezone Europe/London."
    )
    if name == "UTC" or name.startswith("Etc/"):
        raise unknown
    try:
        return zone(name).key
    except WorkspaceError:
        raise unknown from None


def _linked_zone(link: Path = Path("/etc/localtime")) -> str:
    """Where most systems say it: a link into the folder of zones."""
    target = str(link.readlink()) if link.is_symlink() else ""
    return target.rpartition("zoneinfo/")[2]


@app.command()
def rebuild(context: typer.Context) -> None:
    """Make the facts anew from the archive of imports.

    Example: segmentry --workspace shop rebuild
    """
    session: Session = context.obj
    with session.open() as workspace, session.working("Making the facts anew"):
        imports = workspace.rebuild()
    session.say({"imports": imports}, f"Facts made anew from {imports:,} import(s).")
