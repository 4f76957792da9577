"""One ready-made segment as somebody wants it: values given, a variant chosen."""

from __future__ import annotations

from collections.abc import Mapping, Set

from segmentry.base.errors import QueryError, SegmentError
from segmentry.query.bind import bind
from segmentry.query.printer import print_query
from segmentry.segments.definition import Definition
from segmentry.segments.preset import Preset, fallback, missing_data


def as_wanted(
    preset: Preset,
    available: Set[str],
    values: Mapping[str, str],
    variant: str | None = None,
    name: str | None = None,
) -> Definition:
    """The preset as a segment of a store with these kinds of data.

    Refuses one that lacks data, naming the variant that would do; one that lacks a value;
    and one that cannot be answered yet.
    """
    if missing := missing_data(preset, available, variant):
        raise SegmentError(_lacking(preset, available, missing))
    try:
        query = print_query(bind(preset.text(values, variant)).query)
    except QueryError as error:
        problem = error.problems[0]
        raise SegmentError(f"{preset.id} cannot be answered yet: {problem.message}") from error
    return of_preset(preset, query, name)


def of_preset(preset: Preset, query: str, name: str | None = None) -> Definition:
    """A preset as a segment with this query; it brings its purpose and strategy."""
    return Definition(
        name or preset.name, query, preset.purpose, preset.id, strategy=preset.strategy
    )


def _lacking(preset: Preset, available: Set[str], missing: tuple[str, ...]) -> str:
    lacks = f"{preset.id} needs {', '.join(missing)}, which this store does not have."
    other = fallback(preset, available)
    return f"{lacks} Its variant would do: --variant {other.name}." if other else lacks
