"""What is said of a query that can be answered."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.base.errors import Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that can be answered: its one written form, its meaning, remarks on its form.

    `warnings` tell what it hardly means to say, notes among them whom it takes in or leaves
    out on the quiet. `portability` has a warning for each thing that
    Shopify would refuse, and a note for each that it counts otherwise."""

    text: str
    sentence: str
    notes: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    portability: tuple[Problem, ...] = ()

    @property
    def portable(self) -> bool:
        """Whether the text would run unchanged in Shopify."""
        return all(problem.severity == "note" for problem in self.portability)
