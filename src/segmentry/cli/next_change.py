"""`segmentry segment next-change`: when a customer next joins or leaves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from segmentry.cli.options import AsOf, SegmentName
from segmentry.cli.segments import segment
from segmentry.cli.session import Session, parse_moment


@segment.command("next-change")
def next_change(
    context: typer.Context,
    name: SegmentName,
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    as_of: AsOf = None,
) -> None:
    """Say when a customer next joins or leaves, if nothing happens.

    Example: segmentry segment next-change VIP 17850
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.segments[name].next_change(customer, as_of=parse_moment(as_of))
    moments = {
        each: moment and moment.isoformat()
        for each, moment in (
            ("as_of", found.as_of),
            ("at", found.at),
            ("unknown_from", found.unknown_from),
        )
    }
    session.say(asdict(found) | moments, found.sentence)
