"""Commands that part all customers into groups: rfm, lifecycle."""

from __future__ import annotations

import typer

from segmentry.cli.app import app
from segmentry.cli.options import AsOf
from segmentry.cli.session import Session, parse_moment


@app.command()
def rfm(context: typer.Context, as_of: AsOf = None) -> None:
    """Show the RFM groups: how recently, how often and for how much.

    Example: segmentry rfm --as-of 2024-01-31
    """
    from segmentry.cli.tables import grouping_json, rfm_table

    session: Session = context.obj
    with session.open() as workspace:
        grouping = workspace.rfm(as_of=parse_moment(as_of))
        currency, moment = workspace.store.currency, workspace.local(grouping.as_of)
    session.answer(grouping_json(grouping), lambda c: rfm_table(c, grouping, currency, moment))


@app.command()
def lifecycle(context: typer.Context, as_of: AsOf = None) -> None:
    """Show the lifecycle stages, in the store's own rhythm.

    Example: segmentry lifecycle
    """
    from segmentry.cli.tables import grouping_json, lifecycle_table

    session: Session = context.obj
    with session.open() as workspace:
        grouping = workspace.lifecycle(as_of=parse_moment(as_of))
        currency, moment = workspace.store.currency, workspace.local(grouping.as_of)
    session.answer(
        grouping_json(grouping), lambda c: lifecycle_table(c, grouping, currency, moment)
    )
