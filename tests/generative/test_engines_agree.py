"""Every engine answers as the reference does, for random stores, queries and moments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, note, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.engines.base import Engine
from segmentry.engines.live import LiveEngine
from segmentry.engines.reference import ReferenceEngine
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.facts.field import Attribute
from segmentry.facts.orders import PROFILES
from segmentry.facts.tables import Table
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.dates import last_midnight

from . import queries
from .queries import Offer
from .stores import SEGMENTS, MadeUpStore, declared_metafields, opened, stores

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class WorkspaceFacts:
    """The canonical tables of a workspace, as engines read them."""

    workspace: sg.Workspace

    def read(self, table: Table) -> pa.Table:
        return self.workspace.facts(table.name)


def _offer() -> Offer:
    """What an empty store lets queries ask about."""
    empty = MadeUpStore("UTC", "EUR", {}, datetime(2026, 1, 1, tzinfo=UTC))
    with opened(empty, {}) as workspace:
        return Offer.of(workspace.check, metafields=declared_metafields(), segments=tuple(SEGMENTS))


OFFER = _offer()
ASKED = tuple(a for a in (*ATTRIBUTES.values(), *declared_metafields()) if a.name != "segments")
fewer = settings(max_examples=settings().max_examples // 2)


@contextmanager
def _both(store: MadeUpStore) -> Iterator[tuple[sg.Workspace, Engine, Engine]]:
    """A workspace of the store, and the two engines over its facts."""
    with opened(store) as workspace:
        facts = WorkspaceFacts(workspace)
        yield (
            workspace,
            ReferenceEngine(facts, workspace.store),
            LiveEngine(facts, workspace.store),
        )


def _moments(workspace: sg.Workspace, as_of: datetime) -> list[datetime]:
    """A moment, and the store's midnight before it with what lies around it."""
    midnight = last_midnight(as_of, workspace.store.zone)
    return [as_of, midnight - _TICK, midnight, midnight + timedelta(days=45)]


def _several() -> st.SearchStrategy[list[str]]:
    return st.lists(queries.valid(OFFER), min_size=3, max_size=8)


@fewer
@given(stores(), _several(), st.sampled_from(sorted(PROFILES)))
def test_members_are_the_same(store: MadeUpStore, asked: list[str], rules: str) -> None:
    """A query has the same members on both engines, at a moment and around midnight."""
    with _both(store) as (workspace, *_):
        workspace.set_order_rules(rules)
        facts = WorkspaceFacts(workspace)
        live = LiveEngine(facts, workspace.store)
        reference = ReferenceEngine(facts, workspace.store)
        for moment in _moments(workspace, store.as_of):
            assert live.live(moment) == reference.live(moment)
            for text in asked:
                note(f"{moment} {text}")
                wanted = plan(bind(text, workspace.names()))
                found = live.members(wanted, moment)
                assert found == reference.members(wanted, moment)
                assert live.count(wanted, moment) == len(found)


@fewer
@given(stores(), st.lists(st.sampled_from(ASKED), min_size=5, max_size=20, unique=True))
def test_values_are_the_same(store: MadeUpStore, asked: list[Attribute]) -> None:
    """An attribute has the same value, of the same type, for every customer."""
    with _both(store) as (workspace, reference, live):
        for moment in _moments(workspace, store.as_of):
            assert live.average_gap(moment) == reference.average_gap(moment)
            for attribute in asked:
                note(f"{moment} {attribute.name}")
                expected = reference.values(attribute, moment)
                found = live.values(attribute, moment)
                assert found == expected
                assert [type(v) for v in found.values()] == [type(expected[k]) for k in found]
