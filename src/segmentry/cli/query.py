"""Commands that ask: check, query; and what helps to ask: complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.base.errors import Problem
from segmentry.cli.app import app
from segmentry.cli.files import out_or_here, say_written
from segmentry.cli.options import AsOf, Fields, FileFormat, Out, Text, split
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.plan.explain import PlanText
    from segmentry.query.completion import Suggestion
    from segmentry.segments.answer import FileWanted, Result
    from segmentry.workspace import Checked, Workspace


_AT_ONCE = 10_000


@app.command()
def check(
    context: typer.Context,
    text: Text,
    portable: Annotated[
        bool, typer.Option("--portable", help="Say whether it would run in Shopify, or why not.")
    ] = False,
) -> None:
    """Say what a query means, or everything that is wrong with it.

    Needs no workspace; with one, its segments and metafields are looked up.

    Example: segmentry check "number_of_orders > 3"
    """
    session: Session = context.obj
    checked = _checked(session, text)

    def show(console: Console) -> None:
        console.print(checked.text, markup=False)
        console.print(checked.sentence, markup=False)
        _show_notes(console, checked.notes)
        _show_notes(console, checked.warnings)
        if portable:
            _show_portability(console, checked)

    session.answer(
        {
            "query": checked.text,
            "sentence": checked.sentence,
            "notes": [asdict(note) for note in checked.notes],
            "warnings": [asdict(warning) for warning in checked.warnings],
            "portable": checked.portable,
            "portability": [asdict(reason) for reason in checked.portability],
        },
        show,
    )


def _show_portability(console: Console, checked: Checked) -> None:
    """Whether Shopify would take the query, each reason why not, and what counts otherwise."""
    said = "would run" if checked.portable else "would not run"
    console.print(f"In Shopify this text {said} unchanged.", markup=False)
    _show_notes(console, checked.portability)


def _checked(session: Session, text: str) -> Checked:
    if session.has_workspace:
        with session.open() as workspace:
            return workspace.check(text)
    from segmentry.query.bind import bind
    from segmentry.query.lint import lint
    from segmentry.query.lint.portability import portability
    from segmentry.query.printer import print_query
    from segmentry.query.sentence import sentence
    from segmentry.workspace import Checked

    bound = bind(text)
    return Checked(
        print_query(bound.query),
        sentence(bound, currency=""),
        bound.notes,
        lint(bound),
        portability(bound),
    )


@app.command()
def complete(
    context: typer.Context,
    text: Text,
    cursor: Annotated[
        int | None,
        typer.Option(
            "--cursor",
            help="Characters before the place asked about. Default: its end.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """List what could be written next in a query, best first.

    Needs no workspace; with one, its own segments, metafields and values are offered.

    Example: segmentry complete "customer_tags CONTAINS 'v"
    """
    session: Session = context.obj
    found = _completed(session, text, cursor)

    def show(console: Console) -> None:
        from segmentry.cli.tables import Heading, table

        headings = (Heading("Suggestion"), Heading("Kind"), Heading("Meaning", wide=True))
        table(console, headings, [(each.text, each.kind.value, each.detail) for each in found])

    data = [asdict(each) | {"kind": each.kind.value} for each in found]
    session.answer({"suggestions": data}, show)


def _completed(session: Session, text: str, cursor: int | None) -> tuple[Suggestion, ...]:
    if session.has_workspace:
        with session.open() as workspace:
            return workspace.complete(text, cursor)
    from segmentry.query.completion import complete as completed

    return completed(text, cursor)


@app.command()
def query(
    context: typer.Context,
    text: Text,
    as_of: AsOf = None,
    count: Annotated[bool, typer.Option("--count", help="Print the number alone.")] = False,
    members: Annotated[
        bool, typer.Option("--members", help="Print the members' ids, one a line.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Count each condition and group by itself.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show the tests it comes down to; asks nobody.")
    ] = False,
    fields: Fields = None,
    out: Out = None,
    format: FileFormat = None,
) -> None:
    """Say how many customers a query is true for, or which; or write them to a file.

    Example: segmentry query "amount_spent IN TOP 10%" --members
    """
    from segmentry.segments.answer import FileWanted

    session: Session = context.obj
    to_file = out is not None or format is not None
    members = members or to_file or bool(fields)
    _refuse_several(count=count, members=members, explain=explain, plan=plan)
    with session.open() as workspace:
        if plan:
            show_plan(session, workspace.plan(text))
        elif explain:
            _explain(session, workspace, text, as_of)
        else:
            moment = parse_moment(as_of)
            warnings = workspace.check(text, as_of=moment).warnings
            for warning in warnings:
                if warning.severity == "warning":
                    session.remark(note_line(warning))
            if to_file:
                wanted = FileWanted(out_or_here(out), format, split(fields), moment)
                _export(session, workspace, text, wanted)
                return
            result = workspace.query(text, as_of=moment)
            if members:
                show_members(session, workspace, result, split(fields))
            elif count and not session.as_json:
                print(result.count)
                if result.undated:
                    session.remark(undated_line(result.undated))
            else:
                _show_answer(session, result, workspace.local(result.as_of), warnings)


def _export(session: Session, workspace: Workspace, text: str, wanted: FileWanted) -> None:
    with session.progress("asking who belongs") as progress:
        written = workspace.export(
            text,
            wanted.out,
            format=wanted.format,
            fields=wanted.fields or (),
            as_of=wanted.as_of,
            progress=progress,
        )
    say_written(session, workspace, written)


def _show_answer(
    session: Session, result: Result, moment: str, warnings: tuple[Problem, ...]
) -> None:
    """A result, and notes on whom it takes in; JSON has all warnings."""

    def show(console: Console) -> None:
        show_result(console, result, moment)
        _show_notes(console, tuple(each for each in warnings if each.severity == "note"))

    told = {"warnings": [asdict(warning) for warning in warnings]}
    session.answer(result_json(result) | told, show)


def _refuse_several(**chosen: bool) -> None:
    """One question at a time."""
    names = [f"--{name}" for name, wanted in chosen.items() if wanted]
    if len(names) > 1:
        raise typer.BadParameter(f"{' and '.join(names)} do not go together; choose one.")


# -- results ----------------------------------------------------------------------------


def result_json(result: Result) -> dict[str, Any]:
    """A result for a program."""
    return {
        "query": result.text,
        "sentence": result.sentence,
        "count": result.count,
        "live": result.live,
        "as_of": result.as_of.isoformat(),
        "undated": list(result.undated),
        "notes": [asdict(note) for note in result.notes],
    }


def show_result(console: Console, result: Result, moment: str) -> None:
    """A result for a person."""
    from segmentry.cli.tables import share

    of_all = f", {share(result.count, result.live)} of all" if result.live else ""
    console.print(result.sentence, markup=False)
    console.print(f"[bold]{result.count:,}[/bold] of {result.live:,} customers{of_all}")
    console.print(f"as of {moment}")
    if not result.live:
        console.print("No customer was known at this moment.")
    if result.undated:
        console.print(undated_line(result.undated), markup=False)
    _show_notes(console, result.notes)


def undated_line(names: Sequence[str]) -> str:
    """What of a past moment is known only as it is today."""
    return f"Known only as of today: {', '.join(names)}."


def show_members(session: Session, workspace: Workspace, result: Result, fields: list[str]) -> None:
    """Members for a pipe: their ids one a line, or CSV with the attributes asked for."""
    from segmentry.exports.texts import csv_head, csv_rows, json_rows

    if result.undated:
        session.remark(undated_line(result.undated))
    if session.as_json:
        rows = json_rows(workspace.segments.table(result, fields)) if fields else result.ids
        session.answer(result_json(result) | {"members": list(rows)}, lambda console: None)
    elif fields:
        table = workspace.segments.table(result, fields)
        print(csv_head(table).decode(), end="")
        for start in range(0, table.num_rows, _AT_ONCE):
            print(csv_rows(table.slice(start, _AT_ONCE)).decode(), end="")
    else:
        for each in result.ids:
            print(each)


def _show_notes(console: Console, notes: tuple[Problem, ...]) -> None:
    for note in notes:
        console.print(note_line(note), markup=False)


def note_line(note: Problem) -> str:
    """A warning or a note with its place."""
    hint = f" Better: {note.suggestion}" if note.suggestion else ""
    kind = note.severity.capitalize()
    return f"{kind}, line {note.line} column {note.column}: {note.message}{hint}"


# -- explanations -----------------------------------------------------------------------


def _explain(session: Session, workspace: Workspace, text: str, as_of: str | None) -> None:
    moment = workspace.moment(parse_moment(as_of))
    explained = workspace.explain(text, as_of=moment)
    live = workspace.live_count(as_of=moment)
    said = workspace.local(moment)

    def show(console: Console) -> None:
        from segmentry.cli.tables import Heading, share, table
        from segmentry.cli.trees import tree

        headings = (
            Heading("Customers", number=True),
            Heading("Share", number=True),
            Heading("Condition", wide=True),
        )
        rows = [(f"{n.count:,}", share(n.count, live), line) for n, line in tree(explained)]
        table(console, headings, rows)
        console.print(f"of {live:,} customers as of {said}; each line is counted by itself")

    data = {"as_of": moment.isoformat(), "live": live, "explained": asdict(explained)}
    session.answer(data, show)


def show_plan(session: Session, plan: PlanText) -> None:
    """A plan as numbered tests and how they combine."""
    session.say(asdict(plan), "\n".join(plan.lines()))
