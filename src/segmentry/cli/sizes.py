"""`segmentry sizes` and `segmentry segment sizes`: how many members there were, day by day."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.base.errors import UserError
from segmentry.cli.app import app
from segmentry.cli.options import SegmentName, Text
from segmentry.cli.segments import segment
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from segmentry.insights.sizes import Moved


class _Every(Enum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_Since = Annotated[str, typer.Option("--since", help="The first day: 2024-01-31.")]
_Until = Annotated[
    str | None,
    typer.Option("--until", help="The last day. Default: today.", show_default=False),
]
_Often = Annotated[
    _Every, typer.Option("--every", help="Each day, each Sunday, or each month's last day.")
]
_Moves = Annotated[
    bool, typer.Option("--moved", help="Say how many joined and left after the first day.")
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="A file to write: .csv, .xlsx, .parquet or .jsonl.", show_default=False
    ),
]


@app.command("sizes")
def sizes(
    context: typer.Context,
    text: Text,
    since: _Since,
    until: _Until = None,
    every: _Often = _Every.DAY,
    moved: _Moves = False,
    out: _Out = None,
) -> None:
    """Count the customers a query was true for on each past day, by the facts known now.

    Example: segmentry sizes "number_of_orders >= 2" --since 2024-01-01 --every month
    """
    session: Session = context.obj
    days = _day(since), _until(until)
    with session.open() as workspace:
        found = workspace.sizes(text, *days, every.value)
        moves = workspace.moved(text, *days) if moved else None
        currency = workspace.store.currency
    _say(session, found, moves, days[0], out, currency)


@segment.command("sizes")
def segment_sizes(
    context: typer.Context,
    name: SegmentName,
    since: _Since,
    until: _Until = None,
    every: _Often = _Every.DAY,
    moved: _Moves = False,
    out: _Out = None,
) -> None:
    """Count a segment's members on each past day, by its query and the facts as they are now.

    Example: segmentry segment sizes VIP --since 2024-01-01 --out vip.csv
    """
    session: Session = context.obj
    from segmentry.insights.sizes import moved as moved_between

    days = _day(since), _until(until)
    with session.open() as workspace:
        saved = workspace.segments[name]
        found = saved.sizes(*days, every.value)
        moves = None
        if moved:
            moves = moved_between(*(saved.result(as_of=each) for each in days))
        currency = workspace.store.currency
    _say(session, found, moves, days[0], out, currency)


def _until(text: str | None) -> date | None:
    return None if text is None else _day(text)


def _day(text: str) -> date:
    day = parse_moment(text)
    if day is None or isinstance(day, datetime):
        raise UserError(f"'{text}' is not a day. Write 2024-01-31.")
    return day


def _say(
    session: Session,
    found: pa.Table,
    moves: Moved | None,
    since: date,
    out: Path | None,
    currency: str,
) -> None:
    """One answer to both commands."""
    from segmentry.exports.tables import write_table
    from segmentry.exports.texts import json_rows
    from segmentry.insights.sizes import undated_of

    if out is not None:
        path = write_table(found, out, currency)
        data = {"file": str(path), "days": found.num_rows} | _moves(moves)
        session.say(data, f"{found.num_rows:,} days written to {path}.")
        return
    data = {"undated": list(undated_of(found)), "sizes": list(json_rows(found))} | _moves(moves)
    said = _moved_words(moves, since) if moves else None
    session.answer(data, lambda console: _show(console, found, said))


def _moves(moves: Moved | None) -> dict[str, Any]:
    """Who joined and left, for a program."""
    if moves is None:
        return {}
    return {"joined": list(moves.joined), "left": list(moves.left)}


def _moved_words(moves: Moved, since: date) -> str:
    """The same for a person."""
    return f"{len(moves.joined):,} joined and {len(moves.left):,} left after {since}"


_MOST_ROWS = 40
_WIDTH = 40
_EIGHTHS = " ▏▎▍▌▋▊▉"


def _show(console: Console, found: pa.Table, moved: str | None) -> None:
    """A bar for each day; of many days for every so many, counted from the last one."""
    from segmentry.cli.query import undated_line
    from segmentry.cli.tables import Heading, share, table
    from segmentry.insights.sizes import undated_of

    step = -(-found.num_rows // _MOST_ROWS)
    rows = found.to_pylist()[::-step][::-1]
    most = max(row["count"] for row in rows)
    headings = (
        Heading("Day"),
        Heading("Members", number=True),
        Heading("Share", number=True),
        Heading(""),
    )
    cells = [
        (
            row["day"].isoformat(),
            f"{row['count']:,}",
            share(row["count"], row["live"]),
            _bar(row["count"], most),
        )
        for row in rows
    ]
    table(console, headings, cells)
    if step > 1:
        console.print(f"one of {step} shown; --out and --json have all {found.num_rows:,}")
    if moved is not None:
        console.print(moved)
    if undated := undated_of(found):
        console.print(undated_line(undated), markup=False)


def _bar(count: int, most: int) -> str:
    """A bar as long as the count is of the most, in eighths of a sign; never none for some."""
    eighths = max(1, count * _WIDTH * 8 // most) if count else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
