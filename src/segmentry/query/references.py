"""References of a query to saved segments: each bound once, and kept from going round."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from segmentry.base.errors import EnoughProblems, ProblemList, QueryError
from segmentry.base.quoting import quote
from segmentry.base.text import text_key
from segmentry.query import limits, suggest
from segmentry.query.ast import Condition
from segmentry.query.bound import BoundQuery
from segmentry.query.names import Names
from segmentry.query.values import Text

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """A segment that was bound. `weight` is the characters of its text and of the segments
    in it, `height` how deep they lie, itself included."""

    bound: BoundQuery
    weight: int
    height: int


@dataclass(slots=True)
class Others:
    """The segments that one query leads to, each bound once, whatever leads to it.

    `bind` is called with a text, the name keys that lead to it, and these same others.
    """

    names: Names
    bind: Callable[[str, Path, Others], BoundQuery]
    known: dict[str, _Known | QueryError] = field(default_factory=dict)
    characters: int = 0

    def referred(
        self, condition: Condition, path: Path, problems: ProblemList
    ) -> dict[str, BoundQuery]:
        """The segments a condition on `segments` refers to; all of them for IS NULL.

        Notes segments that do not exist, that lead back to one on `path`, that lie too deep
        or cannot be understood themselves. Raises EnoughProblems where they are too much.
        """
        found = {}
        for key, span in self._wanted(condition, path).items():
            fault = self._fault(key, path, problems)
            if fault is not None:
                problems.add(fault[0], fault[1], *span, fault[2])
                continue
            try:
                found[key] = self._segment(key, path)
            except QueryError as error:
                self._broken(key, error, span, problems)
        return found

    def refuse_too_much(
        self, keys: Iterable[str], span: tuple[int, int], problems: ProblemList
    ) -> None:
        """See that bound segments are not too much for the one text that refers to them."""
        weights = (each.weight for key in keys if isinstance(each := self.known[key], _Known))
        if sum(weights) > limits.SEGMENT_CHARACTERS:
            raise _too_large(problems, span)

    def _wanted(self, condition: Condition, path: Path) -> dict[str, tuple[int, int]]:
        if not condition.operands:
            return {key: condition.name_span for key in self.names.segments if key not in path}
        return {
            text_key(literal.value.value): literal.span
            for literal in condition.operands
            if isinstance(literal.value, Text)
        }

    def _segment(self, key: str, path: Path) -> BoundQuery:
        """A segment bound. What is wrong with one stays wrong, whatever leads to it."""
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = self._bound(key, path)
        if isinstance(known, QueryError):
            raise known
        return known.bound

    def _bound(self, key: str, path: Path) -> _Known | QueryError:
        text = self.names.segments[key].text
        self.characters += len(text)
        if self.characters > limits.SEGMENT_CHARACTERS:
            return _unread(text)
        try:
            bound = self.bind(text, (*path, key), self)
        except QueryError as error:
            return error
        below = [each for key, _ in bound.segments if isinstance(each := self.known[key], _Known)]
        return _Known(
            bound,
            len(text) + sum(each.weight for each in below),
            1 + max((each.height for each in below), default=0),
        )

    def _broken(
        self, key: str, error: QueryError, span: tuple[int, int], problems: ProblemList
    ) -> None:
        said = error.problems[0]
        if said.code == "segments_too_large":
            raise _too_large(problems, span)
        name = self.names.segments[key].name
        problems.add(
            "broken_segment", f"The segment {quote(name)} does not work: {said.message}", *span
        )

    def _fault(
        self, key: str, path: Path, problems: ProblemList
    ) -> tuple[str, str, str | None] | None:
        segments = self.names.segments
        if key not in segments:
            close = None
            if len(problems.items) < limits.SUGGESTIONS:
                close = suggest.closest(key, segments)
            fix = quote(segments[close].name) if close else None
            return "unknown_segment", f"There is no segment {quote(key)}.", fix
        if key in path:
            way = " -> ".join(segments[step].name for step in (*path[path.index(key) :], key))
            return "segment_cycle", f"The segments refer to each other in a circle: {way}.", None
        known = self.known.get(key)
        height = known.height if isinstance(known, _Known) else 1
        if len(path) + height > limits.SEGMENT_DEPTH:
            return (
                "segments_too_deep",
                f"Segments refer to each other more than {limits.SEGMENT_DEPTH} deep.",
                None,
            )
        return None


def _unread(text: str) -> QueryError:
    """The error of a segment whose text is too much beside those of the others."""
    problems = ProblemList(text)
    _too_large(problems, (0, len(text)))
    return QueryError(text, tuple(problems.items))


def _too_large(problems: ProblemList, span: tuple[int, int]) -> EnoughProblems:
    problems.add(
        "segments_too_large",
        "The segments that this refers to, and those that they refer to, have more than "
        f"{limits.SEGMENT_CHARACTERS:,} characters together.",
        *span,
    )
    return EnoughProblems()
