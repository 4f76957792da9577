"""Commands that part all customers into groups, and show who moved between them: rfm,
lifecycle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app
from segmentry.cli.options import AsOf
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.insights.movement import Movement

Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        help="Show who moved from one group to another since this moment.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", help="With --since, the moment to look at. Default: now.", show_default=False
    ),
]


@app.command()
def rfm(
    context: typer.Context, as_of: AsOf = None, since: Since = None, until: Until = None
) -> None:
    """Show the RFM groups: how recently, how often and for how much.

    Example: segmentry rfm --as-of 2024-01-31
    """
    if _moved(context, "rfm_group", as_of, since, until):
        return
    from segmentry.cli.tables import grouping_json, rfm_table

    session: Session = context.obj
    with session.open() as workspace:
        grouping = workspace.rfm(as_of=parse_moment(as_of))
        currency, moment = workspace.store.currency, workspace.local(grouping.as_of)
    session.answer(grouping_json(grouping), lambda c: rfm_table(c, grouping, currency, moment))


@app.command()
def lifecycle(
    context: typer.Context, as_of: AsOf = None, since: Since = None, until: Until = None
) -> None:
    """Show the lifecycle stages, in the store's own rhythm.

    Example: segmentry lifecycle --since 2024-01-31
    """
    if _moved(context, "lifecycle_stage", as_of, since, until):
        return
    from segmentry.cli.tables import grouping_json, lifecycle_table

    session: Session = context.obj
    with session.open() as workspace:
        grouping = workspace.lifecycle(as_of=parse_moment(as_of))
        currency, moment = workspace.store.currency, workspace.local(grouping.as_of)
    session.answer(
        grouping_json(grouping), lambda c: lifecycle_table(c, grouping, currency, moment)
    )


def _moved(
    context: typer.Context, attribute: str, as_of: str | None, since: str | None, until: str | None
) -> bool:
    """Show the movement since a moment, where one is given."""
    if since is None:
        if until is not None:
            raise typer.BadParameter("--until goes with --since.")
        return False
    if as_of is not None:
        raise typer.BadParameter("--as-of and --since do not go together; choose one.")
    begins, session = parse_moment(since), context.obj
    assert begins is not None, "it was given"
    with session.open() as workspace:
        found = workspace.movement(attribute, begins, parse_moment(until))
        said = f"from {workspace.local(found.since)} to {workspace.local(found.until)}"
    session.answer(_movement_json(found), lambda console: _show_movement(console, found, said))
    return True


def _movement_json(found: Movement) -> dict[str, Any]:
    return {
        "attribute": found.attribute,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "before": found.before,
        "after": found.after,
        "moved": [
            {"from": one, "to": other, "customers": found.count(one, other)}
            for one in found.names
            for other in found.names
            if found.count(one, other)
        ],
    }


def _show_movement(console: Console, found: Movement, said: str) -> None:
    """A row for each group that customers were in, a column for each that they are in."""
    from segmentry.cli.tables import Heading, table, title

    title(console, f"Movement {said}")
    columns = [name for name, count in found.after.items() if count]
    headings = (
        Heading("From"),
        *(Heading(name, number=True) for name in columns),
        Heading("Before", number=True),
    )
    rows = [
        (one, *(f"{found.count(one, other):,}" for other in columns), f"{before:,}")
        for one, before in found.before.items()
        if before
    ]
    after = ("After", *(f"{found.after[name]:,}" for name in columns), "")
    table(console, headings, [*rows, after])
