"""A query part by part, as lines of an indented tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self, TypeVar

from segmentry.plan.explain import Kind

_GROUPS = {"all": "all of these", "any": "any of these", "not": "none of this"}


class Part(Protocol):
    """A condition, or a group of parts."""

    @property
    def kind(self) -> Kind:
        """How its parts are joined, or that it is a condition."""
        ...

    @property
    def words(self) -> str:
        """What it says."""
        ...

    @property
    def parts(self) -> tuple[Self, ...]:
        """The parts of a group."""
        ...


P = TypeVar("P", bound=Part)


def tree(node: P, before: str = "", below: str = "") -> Iterator[tuple[P, str]]:
    """Every part with its line."""
    words = node.words if node.kind == "condition" else _GROUPS[node.kind]
    yield node, f"{before}{words}"
    for at, part in enumerate(node.parts):
        last = at == len(node.parts) - 1
        yield from tree(
            part, f"{below}{'└─ ' if last else '├─ '}", f"{below}{'   ' if last else '│  '}"
        )
