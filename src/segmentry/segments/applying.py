"""Makes a workspace's segments those of a folder of definitions: all of them or none.

Says beforehand what would be added, changed and removed, and how members would move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from segmentry.base.errors import QueryError, SegmentError
from segmentry.query.bind import bind
from segmentry.query.names import Names, SavedQuery
from segmentry.query.printer import print_query
from segmentry.segments import uses
from segmentry.segments.answer import Change, Result, change
from segmentry.segments.definition import Definition
from segmentry.segments.saved import Asking, SavedSegments

Action: TypeAlias = Literal["added", "changed", "unchanged", "removed", "kept"]
"""What becomes of a segment; one that is `kept` has no file and stays as it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one segment, and of its members where they can be others."""

    name: str
    action: Action
    members: Change | None


@dataclass(frozen=True, slots=True)
class Application:
    """The steps, and the segments there would be after them."""

    steps: tuple[Step, ...]
    final: tuple[Definition, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return any(step.action in ("added", "changed", "removed") for step in self.steps)


def plan_application(
    saved: SavedSegments,
    wanted: Sequence[Definition],
    as_of: datetime,
    *,
    delete: bool = False,
) -> Application:
    """What applying the definitions would do, as members stand at `as_of`.

    Segments without a definition stay, unless `delete`. Refuses definitions that cannot
    be answered, or that segments which stay could not be answered with.
    """
    now = {each.key: each for each in saved.definitions()}
    given = {each.key: _of_same_origin(each, now.get(each.key)) for each in wanted}
    stay = {} if delete else {key: each for key, each in now.items() if key not in given}
    final = _checked({**_kept_place(now, given, stay), **given}, saved)
    moved = _moved(now, final)
    old, new = (_Answers(saved.asking, each, _names(saved, each), as_of) for each in (now, final))
    steps = tuple(
        Step(
            (final.get(key) or now[key]).name,
            _action(now.get(key), final.get(key), given=key in given),
            change(old.of(key), new.of(key)) if key in moved else None,
        )
        for key in (*final, *(key for key in now if key not in final))
    )
    return Application(steps, tuple(final.values()))


def _of_same_origin(given: Definition, now: Definition | None) -> Definition:
    """A file that names no preset leaves the segment the one it came from."""
    return replace(given, preset=given.preset or (now.preset if now else None))


def _kept_place(
    now: Mapping[str, Definition], given: Mapping[str, Definition], stay: Mapping[str, Definition]
) -> dict[str, Definition]:
    return {key: given.get(key, each) for key, each in now.items() if key in given or key in stay}


def _moved(now: Mapping[str, Definition], final: Mapping[str, Definition]) -> frozenset[str]:
    """The segments whose members can be others than before."""
    differ = {
        key
        for key in {*now, *final}
        if key not in now or key not in final or now[key].query != final[key].query
    }
    texts = {key: each.query for key, each in final.items()}
    return frozenset(differ) | uses.depending(differ, texts)


def _action(old: Definition | None, new: Definition | None, *, given: bool) -> Action:
    if new is None:
        return "removed"
    if old is None:
        return "added"
    if not given:
        return "kept"
    return "unchanged" if old == new else "changed"


def _names(saved: SavedSegments, definitions: Mapping[str, Definition]) -> Names:
    """What queries may refer to if these were the segments: each with those whom the segment of
    that name lists by hand, and the snapshots there are."""
    there = saved.saved_queries()
    fixed = {key: each for key, each in there.items() if each.fixed}
    queries = {
        key: replace(there.get(key, SavedQuery("", "")), name=each.name, text=each.query)
        for key, each in definitions.items()
    }
    return Names(saved.asking.metafields(), {**queries, **fixed})


def _checked(final: dict[str, Definition], saved: SavedSegments) -> dict[str, Definition]:
    """The definitions with queries in their one written form. Refuses all faulty at once."""
    names = _names(saved, final)
    checked, faults = {}, []
    for key, each in final.items():
        if names.segments[key].fixed:
            faults.append(f"'{each.name}' is a snapshot, which no file defines.")
            continue
        try:
            bound = bind(each.query, names, (key,))
        except QueryError as error:
            faults.append(f"'{each.name}': {error}")
            continue
        checked[key] = replace(each, query=print_query(bound.query))
    if faults:
        raise SegmentError("\n".join([*faults, "Nothing was changed."]))
    return checked


@dataclass(frozen=True, slots=True)
class _Answers:
    """The members of segments among these definitions."""

    asking: Asking
    definitions: Mapping[str, Definition]
    names: Names
    as_of: datetime

    def of(self, key: str) -> Result | None:
        if (each := self.definitions.get(key)) is None:
            return None
        try:
            return self.asking.answer(bind(each.query, self.names, (key,)), self.as_of, None)
        except QueryError:
            return None  # one that cannot be answered any more is about to be mended
