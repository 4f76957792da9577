"""The parts of a query, each with its place in the text, and what is known of whom they hold.

What is denied is denied below: NOT (a AND b) is here "any of: not a, not b", so that each part
holds of the customers that count for the query, and no rule needs to think of NOT.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, assert_never

from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or, Span
from segmentry.query.bound import (
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    RecordTest,
    Test,
)
from segmentry.query.lint.known import (
    MOST_ALTERNATIVES,
    NOTHING,
    Clash,
    Known,
    alternatives,
    both,
    either,
    narrowed,
)


@dataclass(frozen=True)
class Leaf:
    """One condition, which has to hold, or not to hold, to count."""

    test: Test
    holds: bool
    node: Condition | Call | Anniversary

    @cached_property
    def said(self) -> tuple[Known | Clash, ...]:
        """What is known of those who count: one of these."""
        return alternatives(self.test, self.holds)

    @cached_property
    def denied(self) -> tuple[Known | Clash, ...]:
        """What is known of those who do not count: one of these."""
        return alternatives(self.test, not self.holds)

    @cached_property
    def known(self) -> Known | Clash:
        """What is known of those who count."""
        return _known(self, NOTHING, true=True)

    @cached_property
    def known_of_others(self) -> Known | Clash:
        """What is known of those who do not count."""
        return _known(self, NOTHING, true=False)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.node.span


@dataclass(frozen=True)
class Group:
    """Parts of which all have to hold, or any."""

    kind: Literal["all", "any"]
    parts: tuple[Part, ...]

    @cached_property
    def known(self) -> Known | Clash:
        """What is known of those of whom it holds."""
        return _known(self, NOTHING, true=True)

    @cached_property
    def known_of_others(self) -> Known | Clash:
        """What is known of those of whom it does not hold."""
        return _known(self, NOTHING, true=False)

    @property
    def span(self) -> Span:
        """From the start of the first to the end of the last."""
        return self.parts[0].span[0], self.parts[-1].span[1]


Part: TypeAlias = Leaf | Group


def parts_of(query: BoundQuery) -> Part:
    """The parts of a query."""
    return _part(query.root, query.query.root, holds=True)


def leaves(part: Part) -> Iterator[Leaf]:
    """Every condition, in the order of the text."""
    match part:
        case Leaf():
            yield part
        case Group(parts=parts):
            for each in parts:
                yield from leaves(each)


def _part(bound: Bound, node: Node, *, holds: bool) -> Part:
    match bound:
        case Complement(part):
            assert isinstance(node, Not)
            return _part(part, node.operand, holds=not holds)
        case All(parts) | Any(parts):
            assert isinstance(node, And | Or)
            below = zip(parts, node.operands, strict=True)
            kind: Literal["all", "any"] = "all" if isinstance(bound, All) == holds else "any"
            return _group(kind, [_part(each, of, holds=holds) for each, of in below])
        case AttributeTest() | RecordTest() | AnniversaryTest():
            assert isinstance(node, Condition | Call | Anniversary)
            return Leaf(bound, holds, node)
    assert_never(bound)


def _group(kind: Literal["all", "any"], parts: list[Part]) -> Group:
    """A group of its kind; groups of the same kind in it are taken apart."""
    flat: list[Part] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Group) and part.kind == kind else (part,))
    return Group(kind, tuple(flat))


# -- what is known ----------------------------------------------------------------------


def holds(part: Part, given: Known = NOTHING) -> Known | Clash:
    """What is known, beside what is `given`, of those of whom a part holds."""
    return _known(part, given, true=True) if given else part.known


def fails(part: Part, given: Known = NOTHING) -> Known | Clash:
    """What is known, beside what is `given`, of those of whom a part does not hold."""
    return _known(part, given, true=False) if given else part.known_of_others


def together(one: Known | Clash, other: Known | Clash) -> Known | Clash:
    """What is known where both are, unless one of them is impossible by itself."""
    if isinstance(one, Clash) or isinstance(other, Clash):
        return one if isinstance(one, Clash) else other
    return both(one, other)


def _known(part: Part, given: Known, *, true: bool) -> Known | Clash:
    match part:
        case Leaf():
            said = part.said if true else part.denied
            found = _one_of([narrowed(given, each) for each in said])
            return found if isinstance(found, Clash) or not given else {**given, **found}
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
    return len(part.said if true else part.denied)


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
