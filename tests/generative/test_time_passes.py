"""An engine that goes on answering as time passes answers as one that was just made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.base import Engine
from segmentry.engines.live import LiveEngine
from segmentry.engines.live.moments import number_of
from segmentry.engines.reference import ReferenceEngine
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.facts.checkouts import ABANDONED_AFTER
from segmentry.facts.store import Store
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.names import Names

from . import queries
from .crowds import make_crowd
from .stores import MadeUpStore, opened
from .test_engines_agree import OFFER, TakenFacts

_TICK = timedelta(microseconds=1)
SEEDS = range(2)
few = settings(max_examples=settings().max_examples // 4)


@dataclass(frozen=True)
class Passing:
    """A store, and every moment at which one of its facts takes effect, in order."""

    facts: TakenFacts
    store: Store
    names: Names
    reference: Engine
    moments: tuple[datetime, ...]

    def engine(self) -> LiveEngine:
        """A new engine, which knows no answers."""
        return LiveEngine(self.facts, self.store)


@cache
def passing(seed: int) -> Passing:
    """The larger store of a seed."""
    made = make_crowd(seed)
    with opened(made) as workspace:
        facts = TakenFacts(workspace)
        return Passing(
            facts,
            workspace.store,
            workspace.names(),
            ReferenceEngine(facts, workspace.store),
            tuple(sorted(set(_moments(made)))),
        )


def _moments(made: MadeUpStore) -> Iterator[datetime]:
    for table in made.records.keys() - {"credits"}:  # their dates are facts of any moment
        for row in made.records[table]:
            for name, value in row.items():
                if isinstance(value, datetime):
                    yield value.astimezone(made.as_of.tzinfo)
                    if name == "last_active_at":
                        yield value.astimezone(made.as_of.tzinfo) + ABANDONED_AFTER


@few
@given(
    st.sampled_from(SEEDS),
    st.floats(0, 1),
    st.sampled_from([timedelta(hours=1), timedelta(days=1), timedelta(days=31)]),
    st.lists(queries.singles(OFFER), min_size=4, max_size=8),
)
def test_members_as_time_passes(seed: int, begin: float, days: timedelta, asked: list[str]) -> None:
    """From one fact that takes effect to the next, in between, and some time later, members
    are those that the reference finds."""
    store = passing(seed)
    first = int(begin * (len(store.moments) - 5))
    plans = [plan(bind(text, store.names)) for text in asked]
    engine = store.engine()
    for moment in store.moments[first : first + 5]:
        for at in (moment - _TICK, moment, moment + _TICK, moment + days):
            for text, wanted in zip(asked, plans, strict=True):
                expected = store.reference.members(wanted, at)
                assert engine.members(wanted, at) == expected, f"{at}: {text}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("begin", [0.1, 0.35, 0.6, 0.85])
def test_values_as_time_passes(seed: int, begin: float) -> None:
    """The same holds for the value of every attribute, and for the customers there are."""
    store = passing(seed)
    first = int(begin * (len(store.moments) - 6))
    engine = store.engine()
    for moment in store.moments[first : first + 6]:
        assert engine.live(moment) == store.reference.live(moment)
        asked = [e for e in ATTRIBUTES.values() if e.name != "segments" and not e.predicted]
        assert engine.columns(asked, moment).equals(store.reference.columns(asked, moment))
        for name, attribute in ATTRIBUTES.items():
            if name != "segments" and not attribute.predicted:
                expected = store.reference.values(attribute, moment)
                assert engine.values(attribute, moment) == expected, f"{moment}: {name}"


def test_only_changed_customers_are_asked_anew() -> None:
    """A fact that takes effect after the first answer leaves the answers about the others."""
    store = passing(0)
    engine = store.engine()
    first = len(store.moments) // 2
    layer = engine._generation.held[0].layer
    known = [layer.known_by(number_of(moment)) for moment in store.moments[first : first + 3]]
    assert len({id(each.base) for each in known}) == 1
    assert [each.changed is not None for each in known] == [False, True, True]
