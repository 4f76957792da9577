"""Commands that ask: check, query, rfm, lifecycle."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.base.errors import Problem
from segmentry.cli.app import app
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.workspace import Result

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="A past moment: 2024-01-31 or 2024-01-31T16:00:00."),
]


@app.command()
def check(context: typer.Context, text: Annotated[str, typer.Argument(help="The query.")]) -> None:
    """Say what a query means, or everything that is wrong with it. Needs no workspace.

    Example: segmentry check "number_of_orders > 3"
    """
    from segmentry.query.bind import bind
    from segmentry.query.printer import print_query
    from segmentry.query.sentence import sentence

    bound = bind(text)
    written, said = print_query(bound.query), sentence(bound, currency="")

    def show(console: Console) -> None:
        console.print(written, markup=False)
        console.print(said, markup=False)
        _show_notes(console, bound.notes)

    session: Session = context.obj
    notes = [asdict(note) for note in bound.notes]
    session.answer({"query": written, "sentence": said, "notes": notes}, show)


@app.command()
def query(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="The query.")],
    as_of: AsOf = None,
    count: Annotated[bool, typer.Option("--count", help="Print the number alone.")] = False,
    members: Annotated[
        bool, typer.Option("--members", help="Print the members' ids, one a line.")
    ] = False,
) -> None:
    """Say how many customers a query is true for, or which.

    Example: segmentry query "amount_spent IN TOP 10%" --members
    """
    session: Session = context.obj
    with session.open() as workspace:
        result = workspace.query(text, as_of=parse_moment(as_of))
        moment = workspace.local(result.as_of)
    if not session.as_json and (count or members):
        print("\n".join(result.ids) if members else result.count)
        return
    session.answer(_result(result, members=members), lambda c: _show_result(c, result, moment))


def _result(result: Result, *, members: bool) -> dict[str, object]:
    answer: dict[str, object] = {
        "query": result.text,
        "sentence": result.sentence,
        "count": result.count,
        "live": result.live,
        "as_of": result.as_of.isoformat(),
        "notes": [asdict(note) for note in result.notes],
    }
    return answer | {"members": list(result.ids)} if members else answer


def _show_result(console: Console, result: Result, moment: str) -> None:
    share = f", {result.count / result.live:.1%} of all" if result.live else ""
    console.print(result.sentence, markup=False)
    console.print(f"[bold]{result.count:,}[/bold] of {result.live:,} customers{share}")
    console.print(f"as of {moment}")
    _show_notes(console, result.notes)


def _show_notes(console: Console, notes: tuple[Problem, ...]) -> None:
    for note in notes:
        hint = f" Better: {note.suggestion}" if note.suggestion else ""
        console.print(
            f"Note, line {note.line} column {note.column}: {note.message}{hint}", markup=False
        )


@app.command()
def rfm(context: typer.Context, as_of: AsOf = None) -> None:
    """Show the RFM groups: how recently, how often and for how much customers bought.

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
    """Show the lifecycle stages, measured in the store's own time between orders.

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
