"""`segmentry segment history` and `changes`: who joined and left, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app
from segmentry.cli.options import SegmentName
from segmentry.cli.segments import segment
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.membership.history import Together
    from segmentry.workspace import Workspace

Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]
Customer = Annotated[
    str | None, typer.Option("--customer", help="One customer's id.", show_default=False)
]


@segment.command("history")
def history(
    context: typer.Context,
    name: SegmentName,
    customer: Customer = None,
    customers: Annotated[
        bool, typer.Option("--customers", help="Each customer in a line of their own.")
    ] = False,
    limit: Limit = 20,
) -> None:
    """Show who joined and left a segment, when and why; the latest first.

    Example: segmentry segment history VIP --customers --limit 50
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments[name]
        workspace.refresh()
        if customer is not None or customers:
            rows = saved.history(customer=customer, limit=limit).to_pylist()
            data = [_row_json(row) for row in rows]
            session.answer(
                {"segment": saved.name, "changes": data},
                lambda console: _show_customers(console, workspace, rows),
            )
            return
        found = workspace.turns(saved.name)
        shown = found[::-1][:limit]
        session.answer(
            {"segment": saved.name, "changes": [_together_json(each) for each in shown]},
            lambda console: _show_together(console, workspace, shown, len(found)),
        )


def _row_json(row: dict[str, Any]) -> dict[str, Any]:
    moments = {each: row[each].isoformat() for each in ("at", "recorded_at")}
    return {**row, **moments}


def _together_json(each: Together) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "recorded_at": each.recorded_at.isoformat(),
        "cause": each.cause,
        "triggers": each.triggers,
        "joined": each.joined,
        "left": each.left,
        "members": each.count,
    }


def _show_customers(console: Console, workspace: Workspace, rows: list[dict[str, Any]]) -> None:
    from segmentry.cli.tables import Heading, table

    if not rows:
        console.print("Nobody joined or left that is asked about.")
        return
    headings = (Heading("When", wide=True), Heading("Customer"), Heading("What"), Heading("Cause"))
    table(
        console,
        headings,
        (
            (
                workspace.local(row["at"]),
                row["customer_id"] or "(erased)",
                row["change"],
                row["cause"],
            )
            for row in rows
        ),
    )


def _show_together(
    console: Console, workspace: Workspace, shown: list[Together], count: int
) -> None:
    from segmentry.cli.tables import Heading, table

    if not shown:
        console.print("Nobody has joined yet.")
        return
    headings = (
        Heading("When", wide=True),
        Heading("Cause"),
        Heading("Joined", number=True),
        Heading("Left", number=True),
        Heading("Members", number=True),
    )
    rows = [
        (
            workspace.local(each.at),
            each.cause,
            f"{each.joined:,}",
            f"{each.left:,}",
            f"{each.count:,}",
        )
        for each in shown
    ]
    table(console, headings, rows)
    if len(shown) < count:
        console.print(f"The latest {len(shown):,} of {count:,}; more with --limit.")


@app.command("changes")
def changes(
    context: typer.Context,
    after: Annotated[int, typer.Option("--after", min=0, help="Beyond this place.")] = 0,
    limit: Limit = 1_000,
) -> None:
    """Print who joined and left any segment as JSON lines, in order.

    Each has a place that never changes: go on with --after and the last place read.

    Example: segmentry changes --after 1200
    """
    import json

    session: Session = context.obj
    with session.open() as workspace:
        workspace.refresh()
        for row in workspace.changes(after=after, limit=limit).to_pylist():
            print(json.dumps(_row_json(row), ensure_ascii=False))
