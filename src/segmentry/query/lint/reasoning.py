"""What is known of the customers of whom a part of a query holds, or does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from segmentry.query.lint.known import (
    MOST_ALTERNATIVES,
    NOTHING,
    Clash,
    Known,
    alternatives,
    both,
    either,
)
from segmentry.query.lint.parts import Group, Leaf, Part


def holds(part: Part, given: Known = NOTHING) -> Known | Clash:
    """What is known, beside what is `given`, of those of whom a part holds."""
    return _known(part, given, true=True)


def fails(part: Part, given: Known = NOTHING) -> Known | Clash:
    """What is known, beside what is `given`, of those of whom a part does not hold."""
    return _known(part, given, true=False)


def together(one: Known | Clash, other: Known | Clash) -> Known | Clash:
    """What is known where both are, unless one of them is impossible by itself."""
    if isinstance(one, Clash) or isinstance(other, Clash):
        return one if isinstance(one, Clash) else other
    return both(one, other)


def _known(part: Part, given: Known, *, true: bool) -> Known | Clash:
    match part:
        case Leaf(test, wanted):
            return _one_of(
                [
                    both(given, each) if not isinstance(each, Clash) else each
                    for each in alternatives(test, wanted == true)
                ]
            )
        case Group(kind, parts):
            if (kind == "all") == true:
                return _all_of(parts, given, true=true)
            return _one_of([_known(each, given, true=true) for each in parts])


def _all_of(parts: Sequence[Part], given: Known, *, true: bool) -> Known | Clash:
    """What says one thing comes first: then less of what says one or the other is possible."""
    known = given
    for part in sorted(parts, key=lambda each: _openness(each, true=true)):
        found = _known(part, known, true=true)
        if isinstance(found, Clash):
            return found
        known = found
    return known


def _openness(part: Part, *, true: bool) -> int:
    if isinstance(part, Group):
        return MOST_ALTERNATIVES + 1
    return len(alternatives(part.test, part.holds == true))


def _one_of(found: Iterable[Known | Clash]) -> Known | Clash:
    """What all that is possible has in common."""
    known: Known | Clash | None = None
    for each in found:
        if known is None or isinstance(known, Clash):
            known = each
        elif not isinstance(each, Clash):
            known = either(known, each)
    assert known is not None, "no part is without alternatives"
    return known
