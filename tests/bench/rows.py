"""The table of a run: what was measured, what it cost, what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench.measuring import Cost

_FIGURES = ("runs", "wall s", "CPU s", "peak MB", "x floor", "DuckDB CPU s", "x less")
_HEADINGS = ("", *_FIGURES, "target")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, what it cost, what it should cost.

    `runs` is how many runs the cost is the median of. `floor` is how many seconds the
    machine needs just to read the bytes that had to be read. `peer` is what DuckDB took for
    the same. A row without a cost says what is not measured.
    """

    name: str
    cost: Cost | None
    target: str = ""
    runs: int = 1
    floor: float | None = None
    peer: Cost | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line, a text for each heading."""
        if self.cost is None:
            return (self.name, *[""] * len(_FIGURES), self.target)
        times_floor = f"{self.cost.wall / self.floor:,.1f}" if self.floor else ""
        less = f"{self.peer.cpu / max(self.cost.cpu, 1e-6):,.1f}" if self.peer else ""
        return (
            self.name,
            str(self.runs),
            seconds(self.cost.wall),
            seconds(self.cost.cpu),
            f"{self.cost.peak:,.0f}",
            times_floor,
            seconds(self.peer.cpu) if self.peer else "",
            less,
            self.target,
        )


def seconds(value: float) -> str:
    """With as many places as say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 1 else f"{value:.4f}"


def printed(row: Row | None = None) -> str:
    """A row for a terminal; without one, the headings."""
    name, *figures, target = row.cells if row else _HEADINGS
    widths = (5, 9, 9, 9, 8, 13, 8)
    columns = " ".join(f"{text:>{width}}" for text, width in zip(figures, widths, strict=True))
    return f"{name:<66} {columns}  {target}".rstrip()


def as_markdown(rows: Iterable[Row]) -> Iterator[str]:
    """The table as lines of Markdown."""
    yield f"| {' | '.join(_HEADINGS)} |"
    yield f"|---|{'---:|' * len(_FIGURES)}---|"
    for row in rows:
        yield f"| {' | '.join(row.cells)} |"
