"""Tables for a terminal, and the same plain where output is piped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segmentry.base.money import as_decimal, format_money
from segmentry.insights.groups import Group, Grouping


@dataclass(frozen=True, slots=True)
class Heading:
    """One column; `wide` ones take the room that is left and may wrap."""

    title: str
    number: bool = False
    wide: bool = False


def table(console: Console, headings: Iterable[Heading], rows: Iterable[Iterable[str]]) -> None:
    """Print rows under headings, fitted to a terminal; elsewhere a row is one line."""
    grid = Table(
        box=box.SIMPLE_HEAD if console.is_terminal else box.ASCII2,
        show_edge=False,
        pad_edge=False,
        header_style="bold",
    )
    for heading in headings:
        grid.add_column(
            heading.title,
            justify="right" if heading.number else "left",
            no_wrap=heading.number,
            overflow="fold",
            ratio=1 if heading.wide else None,
        )
    for row in rows:
        grid.add_row(*(Text(_printable(cell)) for cell in row))
    console.print(grid)


def _printable(cell: str) -> str:
    """A cell on one line, without signs that would move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in cell)


def title(console: Console, text: str) -> None:
    """Print a section's title."""
    console.print()
    console.print(f"[bold]{text}[/bold]")


def share(part: int, whole: int) -> str:
    """A share with one decimal; a few are never shown as none."""
    if not whole:
        return "-"
    return "<0.1%" if 0 < part / whole < 0.0005 else f"{part / whole:.1%}"


def average(total: int, count: int, currency: str) -> str:
    """An average amount, or a dash over nobody."""
    return format_money(as_decimal(total) / count, currency) if count else "-"


def rfm_table(console: Console, grouping: Grouping, currency: str, moment: str) -> None:
    """The RFM groups."""
    title(console, f"RFM groups as of {moment}")
    _groups(console, "Group", grouping, currency)


def lifecycle_table(console: Console, grouping: Grouping, currency: str, moment: str) -> None:
    """The lifecycle stages and the rhythm they are measured in."""
    title(console, f"Lifecycle stages as of {moment}")
    _groups(console, "Stage", grouping, currency)
    gap = f"{float(grouping.average_gap.days):.1f} days"
    console.print(
        f"On average {gap} pass from one order to a customer's next in this store."
        if grouping.average_gap.measured
        else f"Too few customers ordered twice to measure the time between orders; {gap} assumed."
    )


def _groups(console: Console, kind: str, grouping: Grouping, currency: str) -> None:
    headings = (
        Heading(kind),
        Heading("Members", number=True),
        Heading("Share", number=True),
        Heading(f"Average spend, {currency}", number=True),
        Heading("Who they are", wide=True),
    )
    table(console, headings, (_row(group, grouping.live, currency) for group in grouping.groups))
    if grouping.unplaced:
        console.print(f"{grouping.unplaced:,} customers are in no group: too few buyers to rank.")


def _row(group: Group, live: int, currency: str) -> tuple[str, ...]:
    return (
        group.name,
        f"{group.members:,}",
        share(group.members, live),
        average(group.spent, group.members, currency),
        group.meaning,
    )


def grouping_json(grouping: Grouping) -> dict[str, Any]:
    """The groups for a program; money as text, exact."""
    return {
        "as_of": grouping.as_of.isoformat(),
        "live": grouping.live,
        "unplaced": grouping.unplaced,
        "average_gap_days": _number(grouping.average_gap.days),
        "average_gap_measured": grouping.average_gap.measured,
        "groups": [
            {
                "name": group.name,
                "members": group.members,
                "spent": str(as_decimal(group.spent)),
                "meaning": group.meaning,
            }
            for group in grouping.groups
        ],
    }


def _number(value: Fraction) -> float:
    return round(float(value), 6)


def facts(console: Console, lines: list[tuple[str, str]]) -> None:
    """Names and values under each other."""
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        console.print(f"{name:<{width}}  {_printable(value)}", markup=False)
