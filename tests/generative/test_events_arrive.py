"""A workspace to which live messages add events answers as one that reads all facts anew.

Most messages only add events to customers who are known for long, whose other facts are not
read again then. Among them are events of before a customer was known, of strangers and of
merged profiles, some that come again with other values, and messages about other records.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.engines.conformance import (
    Case,
    a_view_has_the_same_members,
    a_view_has_the_same_values,
)
from segmentry.engines.live import LiveEngine
from segmentry.engines.live import engine as live_engine
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.plan.planner import plan
from segmentry.query.bind import bind

from . import queries
from .stores import SOURCE, opened
from .test_engines_agree import OFFER, TakenFacts
from .test_facts_change import SIZE, Changes, _assert_same_values, _moments, _reference

few = settings(max_examples=settings().max_examples // 8)
fewer = settings(max_examples=settings().max_examples // 24)
Message = dict[str, Any]


class Arriving(Changes):
    """Batches of messages to a store that was made up, most of them of new events alone."""

    def messages(self) -> Iterator[list[Message]]:
        """Six batches, each of a few messages."""
        for batch in range(6):
            count = self.random.randint(1, 6)
            yield [self._message(f"{batch}-{number}") for number in range(count)]

    def _message(self, id: str) -> Message:
        records = self._events(id)
        if self.random.random() < 0.15:
            records |= self.some()
        return {"message_id": id, "at": self._when(), "records": _plain(records)}

    def _when(self) -> str:
        return (self.store.as_of - timedelta(hours=self.random.randint(0, 48))).isoformat()

    def _events(self, id: str) -> dict[str, Any]:
        """An event as another one is, of anybody; now and then one that came before."""
        event = dict(self.random.choice(self._other.records["events"]))
        event["event_id"] = id if self.random.random() < 0.9 else event["event_id"]
        event["customer_id"] = f"c{self.random.randint(1, SIZE + 1)}"
        return {"events": [event]}


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _take_in(workspace: sg.Workspace, messages: list[Message]) -> None:
    accepted = workspace.accept(messages, source=SOURCE)
    problems = {each.problem.code for each in accepted.receipts if each.problem}
    assert problems <= {"value", "id_reused"}, "what imports may have that messages may not"
    workspace.apply_accepted()


@few
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=4, max_size=8))
def test_members_as_events_arrive(seed: int, asked: list[str]) -> None:
    """After every batch members are those that the reference finds."""
    arriving = Arriving(seed)
    moments = _moments(arriving.store, arriving.random)
    with opened(arriving.store) as workspace:
        plans = [plan(bind(text, workspace.names())) for text in asked]
        for moment, messages in zip(moments, arriving.messages(), strict=False):
            for wanted in plans:
                workspace._engine.members(wanted, moment)
            _take_in(workspace, messages)
            engine, reference = workspace._engine, _reference(workspace)
            for at in (moment, arriving.store.as_of, moment + timedelta(hours=1)):
                assert engine.live(at) == reference.live(at), messages
                for text, wanted in zip(asked, plans, strict=True):
                    expected = reference.members(wanted, at)
                    assert engine.members(wanted, at) == expected, f"{at}: {text} {messages}"


@fewer
@given(st.integers(0, 2**32), st.booleans())
def test_values_as_events_arrive(seed: int, read_before: bool) -> None:
    """The same holds for every attribute, whether it was asked for before or not."""
    arriving = Arriving(seed)
    moments = _moments(arriving.store, arriving.random)
    with opened(arriving.store) as workspace:
        for moment, messages in zip(moments, arriving.messages(), strict=False):
            if read_before:
                _assert_same_values(workspace, moment)
            _take_in(workspace, messages)
            _assert_same_values(workspace, moment)


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=1, max_size=3))
def test_views_as_events_arrive(seed: int, asked: list[str]) -> None:
    """And for all customers in one order."""
    arriving = Arriving(seed)
    moments = _moments(arriving.store, arriving.random)
    with opened(arriving.store) as workspace:
        plans = {text: plan(bind(text, workspace.names())) for text in asked}
        for moment, messages in zip(moments, arriving.messages(), strict=False):
            workspace._engine.view(moment).amounts(ATTRIBUTES["amount_spent"])
            _take_in(workspace, messages)
            engine, facts = workspace._engine, TakenFacts(workspace)
            case = Case(lambda *_, it=engine: it, facts, workspace.store, plans, [moment])
            a_view_has_the_same_members(case)
            a_view_has_the_same_values(case)


@few
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=4, max_size=8))
def test_stored_members_as_events_arrive(seed: int, asked: list[str]) -> None:
    """Segments of which it is said that events do not concern them have the members, and are
    due when, a fresh evaluation says."""
    arriving = Arriving(seed)
    with opened(arriving.store) as workspace:
        for number, text in enumerate(asked):
            workspace.segments.add(f"Asked {number}", text)
        for messages in arriving.messages():
            _take_in(workspace, messages)
            now = workspace.moment()
            assert workspace.drift() == [], messages
            fresh = LiveEngine(workspace._stores.facts, workspace.store)
            for state in workspace.memberships.states(now):
                if state.as_of is not None and state.error is None:
                    wanted = plan(workspace.segments.bound(workspace.segments[state.segment]))
                    assert state.due_at == fresh.next_due(wanted, state.as_of), state


def test_little_is_read_again() -> None:
    """Customers who only have more events are held over the columns that were read first; when
    these events are many, all are read again beside."""
    with pytest.MonkeyPatch.context() as patch, opened(Arriving(1).store) as workspace:
        workspace.query("storefront.product_viewed() = true", as_of=None)
        for number in range(3):
            _take_in(workspace, [_viewed(f"{number}-{each}", f"c{each}") for each in range(1, 9)])
        engine = workspace._engine
        assert isinstance(engine, LiveEngine)
        over = [each.count for each in engine._generation.held if each.over is not None]
        assert sum(over) > 4, "most of them are known for long"
        assert engine._generation.added == 3 * sum(over)
        patch.setattr(live_engine, "_ADDED_AT_LEAST", -SIZE)
        _take_in(workspace, [_viewed("last", "c1")])
        assert engine._renewal is not None, "began"
        engine._renewal.wait()
        assert workspace.query("number_of_orders >= 0").count
        assert engine._generation.added == 0


def _viewed(id: str, customer: str) -> Message:
    at = Arriving(1).store.as_of.isoformat()
    event = {"event_id": id, "customer_id": customer, "name": "product_viewed", "occurred_at": at}
    return {"message_id": id, "records": {"events": [event]}}
