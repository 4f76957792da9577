"""Sets of words, truths and other values that are equal or not and have no order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Words:
    """The values of which a condition holds, and whether it holds of a missing one.

    `named` are the only ones that are in or, with `others`, the only ones that are not.
    """

    named: frozenset[object]
    others: bool
    missing: bool

    @property
    def present(self) -> bool:
        """Whether any value is in."""
        return self.others or bool(self.named)

    def meet(self, other: Self) -> Words:
        """Those in both."""
        missing = self.missing and other.missing
        match self.others, other.others:
            case True, True:
                return Words(self.named | other.named, True, missing)
            case True, False:
                return Words(other.named - self.named, False, missing)
            case False, True:
                return Words(self.named - other.named, False, missing)
        return Words(self.named & other.named, False, missing)

    def join(self, other: Self) -> Words:
        """Those in one or the other."""
        return self.complement().meet(other.complement()).complement()

    def complement(self) -> Words:
        """All others."""
        return Words(self.named, not self.others, not self.missing)


def among(*values: object) -> Words:
    """Just these values."""
    return Words(frozenset(values), False, False)


PRESENT = Words(frozenset(), True, False)
"""Any value at all."""
