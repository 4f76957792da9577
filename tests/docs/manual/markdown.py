"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Inline code."""
    return f"`{text}`"


def codes(texts: Iterable[str]) -> str:
    """Several pieces of inline code with commas between them."""
    return ", ".join(map(code, texts))


def block(text: str) -> str:
    """Code in lines of its own."""
    return f"```text\n{text}\n```"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar within a cell is kept from being read as the end of it."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines
    )


def page(title: str, *parts: str) -> str:
    """A whole page, with what keeps people from editing it."""
    made = "<!-- Made by `make docs`; change the declarations it is made of instead. -->"
    return "\n\n".join((f"# {title}", made, *(part for part in parts if part))) + "\n"
