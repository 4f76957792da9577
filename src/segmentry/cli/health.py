"""`segmentry segment health`: what is amiss with the segments, and what can be done."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer

from segmentry.cli.segments import segment
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.insights.health import Health, HealthWarning

_SHOWN = 10
"""So many warnings of a kind are shown to a person."""


@segment.command("health")
def show_health(context: typer.Context) -> None:
    """Say what is amiss with the segments, each with the fact behind it and what to do.

    Example: segmentry segment health
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.health()
        moment = workspace.local(found.as_of)
    data = {
        "as_of": found.as_of.isoformat(),
        "live": found.live,
        "active": found.active,
        "warnings": [_json(each) for each in found.warnings],
    }
    session.answer(data, lambda console: _show(console, found, moment))


def _json(warning: HealthWarning) -> dict[str, Any]:
    from segmentry.base.money import as_decimal

    return asdict(warning) | {
        "since": warning.since and warning.since.isoformat(),
        "money": None if warning.money is None else str(as_decimal(warning.money)),
    }


def _show(console: Console, found: Health, moment: str) -> None:
    """The warnings of a kind under each other, with what can be done once."""
    for _, same in groupby(found.warnings, key=lambda each: each.kind):
        warnings = list(same)
        for each in warnings[:_SHOWN]:
            console.print(each.message, markup=False)
        if len(warnings) > _SHOWN:
            console.print(f"and {len(warnings) - _SHOWN:,} more; --json has all")
        console.print(f"  -> {warnings[0].advice}\n", markup=False)
    number = len(found.warnings)
    said = f"{number:,} warnings" if number > 1 else "1 warning" if number else "Nothing amiss"
    console.print(f"{said}; {found.active:,} active segments as of {moment}", markup=False)
