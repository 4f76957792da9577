"""When a customer next joins or leaves, and which conditions change then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from segmentry.engines.base import Engine, NextChange
from segmentry.facts.store import Store
from segmentry.plan.bounds import needs_the_store
from segmentry.plan.nodes import Compared, Leaf, Listed, Plan
from segmentry.plan.planner import plan
from segmentry.query.bound import BoundQuery, Test
from segmentry.query.dates import local_day
from segmentry.query.sentence import describe

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """When a customer next joins or leaves if nothing happens but what is known already.

    `inside` is whether they are in at `as_of`, `at` the first moment after it, in UTC, at
    which that is no longer so, and `because` has the conditions whose answers change then, in
    words. Without such a moment nothing changes before `unknown_from` or, where that is
    missing too, ever. `sentence` says all that, on the store's clock.
    """

    customer: str
    as_of: datetime
    inside: bool
    at: datetime | None
    unknown_from: datetime | None
    because: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Person:
    """A customer by the key that engines know, and as people know them."""

    key: str
    shown: str


def upcoming(
    engine: Engine,
    query: BoundQuery,
    person: Person,
    as_of: datetime,
    store: Store,
    local: Callable[[datetime], str],
) -> Upcoming:
    """What an engine says of a customer, with the conditions that change; `local` writes a
    moment for a person."""
    found = engine.next_change(plan(query), person.key, as_of)
    changing = _changing(engine, query, person, found.at, as_of, store) if found.at else ()
    because = tuple(describe(test, store.currency) for test in changing)
    return Upcoming(
        person.shown,
        as_of,
        found.inside,
        found.at,
        found.unknown_from,
        because,
        _sentence(person.shown, found, because, local),
    )


def _changing(
    engine: Engine, query: BoundQuery, person: Person, at: datetime, as_of: datetime, store: Store
) -> Iterator[Test]:
    """The conditions that hold either just before a moment or at it. Those that measure against
    the store are none of them on another day: then they are not known."""
    whole = plan(query)
    today = local_day(at, store.zone) == local_day(as_of, store.zone)
    for step in whole.steps:
        assert not isinstance(step, Compared), "a plan as it was bound"
        if isinstance(step, Listed) or (needs_the_store(step, whole) and not today):
            continue
        alone = Plan(Leaf(step), whole.segments)
        before, after = (engine.members(alone, when, [person.key]) for when in (at - _TICK, at))
        if before != after:
            yield step


def _sentence(
    customer: str, found: NextChange, because: tuple[str, ...], local: Callable[[datetime], str]
) -> str:
    stands = "in" if found.inside else "not in"
    if found.at is not None:
        goes = "leaves" if found.inside else "joins"
        what = f" What changes then: {'; '.join(because)}." if because else ""
        return f"{customer} is {stands} and {goes} on {local(found.at)}.{what}"
    stays = f"{customer} is {stands} and, if nothing happens, stays so"
    if found.unknown_from is None:
        return f"{stays}."
    return f"{stays} until {local(found.unknown_from)} at least. Beyond that it is not known."
