"""References of a query to saved segments: bound with it, and kept from going round."""

from __future__ import annotations

from collections.abc import Callable

from segmentry.base.errors import ProblemList, QueryError
from segmentry.base.quoting import quote
from segmentry.base.text import text_key
from segmentry.query import limits, suggest
from segmentry.query.ast import Condition
from segmentry.query.bound import BoundQuery
from segmentry.query.names import Names
from segmentry.query.values import Text

Path = tuple[str, ...]
BindOther = Callable[[str, Names, Path], BoundQuery]


def referred(
    condition: Condition, names: Names, path: Path, problems: ProblemList, bind: BindOther
) -> dict[str, BoundQuery]:
    """The segments a condition on `segments` refers to; all of them for IS NULL.

    Notes segments that do not exist, that lead back to one on `path`, that lie too deep
    or cannot be understood themselves.
    """
    if not condition.operands:
        wanted = {key: condition.name_span for key in names.segments if key not in path}
    else:
        wanted = {
            text_key(literal.value.value): literal.span
            for literal in condition.operands
            if isinstance(literal.value, Text)
        }
    found = {}
    for key, span in wanted.items():
        fault = _fault(key, names, path)
        if fault is not None:
            problems.add(fault[0], fault[1], *span, fault[2])
            continue
        try:
            found[key] = bind(names.segments[key].text, names, (*path, key))
        except QueryError as error:
            said = error.problems[0].message
            name = names.segments[key].name
            problems.add(
                "broken_segment", f"The segment {quote(name)} does not work: {said}", *span
            )
    return found


def _fault(key: str, names: Names, path: Path) -> tuple[str, str, str | None] | None:
    if key not in names.segments:
        close = suggest.closest(key, names.segments)
        fix = quote(names.segments[close].name) if close else None
        return "unknown_segment", f"There is no segment {quote(key)}.", fix
    if key in path:
        way = " -> ".join(names.segments[step].name for step in (*path[path.index(key) :], key))
        return "segment_cycle", f"The segments refer to each other in a circle: {way}.", None
    if len(path) >= limits.SEGMENT_DEPTH:
        return (
            "segments_too_deep",
            f"Segments refer to each other more than {limits.SEGMENT_DEPTH} deep.",
            None,
        )
    return None
