"""What a store knows that completion can offer beside the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from segmentry.query.names import ANY, Names


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value that the store's data have, and a word on it: the title of a product's id."""

    text: str
    detail: str = ""


Values = Callable[[str, str], Sequence[KnownValue]]
"""Known values of an attribute (`customer_tags`) or of a parameter of a function
(`orders_placed.tag`) that begin with a text, without regard to case, the most frequent first."""


def no_values(name: str, prefix: str) -> Sequence[KnownValue]:
    """Where there is no store, no value is known."""
    return ()


@dataclass(frozen=True, slots=True)
class Known:
    """The names and values of one store.

    `uses`: how often its saved segments name an attribute or a function. `today`: its
    local day, for dates written in full; none are offered without.
    """

    names: Names = ANY
    values: Values = no_values
    uses: Mapping[str, int] = field(default_factory=dict)
    today: date | None = None


NOTHING = Known()
"""Where there is no store."""
