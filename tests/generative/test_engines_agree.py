"""Every engine answers as the reference does, for random stores, queries and moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.base import Engine
from segmentry.engines.live import LiveEngine
from segmentry.engines.reference import ReferenceEngine
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.facts.field import Attribute
from segmentry.facts.orders import PROFILES
from segmentry.facts.tables import TABLES, Table
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.dates import last_midnight
from segmentry.query.names import Names

from . import queries
from .crowds import make_crowd
from .queries import Offer
from .stores import SEGMENTS, MadeUpStore, declared_metafields, make_up, opened, stores
from .taken import Given, taken

_TICK = timedelta(microseconds=1)


class TakenFacts:
    """The canonical tables of a store as they are now, as engines read them."""

    def __init__(self, given: Given) -> None:
        self._tables = {name: given.facts(name) for name in TABLES}

    def read(self, table: Table) -> pa.Table:
        """All rows of a table."""
        return self._tables[table.name]


@dataclass(frozen=True)
class Both:
    """The two engines over the facts of one store, and moments to ask them about."""

    reference: Engine
    live: LiveEngine
    names: Names
    moments: tuple[datetime, ...]

    @classmethod
    def over(cls, given: Given, as_of: datetime) -> Both:
        """The engines over a store's facts as they are now."""
        facts = TakenFacts(given)
        midnight = last_midnight(as_of, given.store.zone)
        return cls(
            ReferenceEngine(facts, given.store),
            LiveEngine(facts, given.store),
            given.names(),
            (as_of, midnight - _TICK, midnight, midnight + timedelta(days=45)),
        )

    def assert_same_members(self, text: str) -> None:
        """A query has the same members, and as many as are counted."""
        wanted = plan(bind(text, self.names))
        for moment in self.moments:
            found = self.live.members(wanted, moment)
            assert found == self.reference.members(wanted, moment), f"{moment}: {text}"
            assert self.live.count(wanted, moment) == len(found)

    def assert_same_values(self, attribute: Attribute) -> None:
        """An attribute has the same values, of the same types."""
        for moment in self.moments:
            expected = self.reference.values(attribute, moment)
            found = self.live.values(attribute, moment)
            assert found == expected, f"{moment}: {attribute.name}"
            assert {key: type(value) for key, value in found.items()} == {
                key: type(value) for key, value in expected.items()
            }

    def assert_same_store(self) -> None:
        """The same customers are there, measured against the same rhythm."""
        for moment in self.moments:
            assert self.live.live(moment) == self.reference.live(moment)
            assert self.live.average_gap(moment) == self.reference.average_gap(moment)


def _offer() -> Offer:
    """What an empty store lets queries ask about."""
    empty = MadeUpStore("UTC", "EUR", {}, datetime(2026, 1, 1, tzinfo=UTC))
    with opened(empty, {}) as workspace:
        return Offer.of(workspace.check, metafields=declared_metafields(), segments=tuple(SEGMENTS))


OFFER = _offer()
ASKED = tuple(
    attribute
    for attribute in (*ATTRIBUTES.values(), *declared_metafields())
    if attribute.name != "segments" and not attribute.predicted
)
fewer = settings(max_examples=settings().max_examples // 2)


def test_a_workspace_gives_engines_what_is_taken_here() -> None:
    """Facts and names are those of a workspace that takes in the same records."""
    for store in (make_up(4, 1), make_up(6, 2), make_crowd(1, 20)):
        here = taken(store)
        with opened(store) as workspace:
            assert here.store == workspace.store
            for name in TABLES:
                assert _rows(here, name) == _rows(workspace, name), name
            theirs = workspace.names()
            assert here.names().metafields == theirs.metafields
            for key, saved in here.names().segments.items():
                there = theirs.segments[key]
                assert (saved.name, saved.text) == (there.name, there.text)
            assert here.names().segments.keys() == theirs.segments.keys()


def _rows(given: Given, table: str) -> list[str]:
    return sorted(map(repr, given.facts(table).to_pylist()))


@fewer
@given(stores(), st.lists(queries.valid(OFFER), min_size=3, max_size=8))
def test_members_are_the_same(store: MadeUpStore, asked: list[str]) -> None:
    """QRY-08: a query has the same members on both engines, at a moment and around midnight."""
    both = Both.over(taken(store), store.as_of)
    both.assert_same_store()
    for text in asked:
        both.assert_same_members(text)


@fewer
@given(stores(), st.lists(st.sampled_from(ASKED), min_size=5, max_size=20, unique=True))
def test_values_are_the_same(store: MadeUpStore, asked: list[Attribute]) -> None:
    """An attribute has the same value, of the same type, for every customer."""
    both = Both.over(taken(store), store.as_of)
    for attribute in asked:
        both.assert_same_values(attribute)


# -- larger stores ----------------------------------------------------------------------

CROWDS = range(4)


@cache
def crowd(seed: int) -> Both:
    """The engines over a larger store, made once; each of the order rules has one at least."""
    store = make_crowd(seed)
    with opened(store) as workspace:
        workspace.set_order_rules(sorted(PROFILES)[seed % len(PROFILES)])
        return Both.over(workspace, store.as_of)


@pytest.mark.parametrize("seed", CROWDS)
def test_values_in_a_crowd_are_the_same(seed: int) -> None:
    """Every attribute has the same values in a larger store, under each of the order rules."""
    both = crowd(seed)
    both.assert_same_store()
    for attribute in ASKED:
        both.assert_same_values(attribute)


@given(st.sampled_from(CROWDS), st.lists(queries.singles(OFFER), min_size=5, max_size=10))
def test_members_of_a_crowd_are_the_same(seed: int, asked: list[str]) -> None:
    """One condition has the same members in a store that is large enough for scores and for
    a rhythm of its own, with rows in every table."""
    both = crowd(seed)
    for text in asked:
        both.assert_same_members(text)
