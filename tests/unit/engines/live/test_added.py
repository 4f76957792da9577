"""Customers to whom events were added, over the columns that were read before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

import segmentry as sg
from segmentry.engines.live import LiveEngine
from segmentry.engines.live.added import WithAdded
from segmentry.engines.live.event_log import EventLog
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Attribute, Function
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from tests.unit.storage.test_touched import STORE, event

NOW = datetime(2026, 6, 15, tzinfo=UTC)
EVERYBODY = plan(bind("number_of_orders >= 0"))


@pytest.fixture(scope="module")
def engine() -> Iterator[LiveEngine]:
    """One that knows of an event that was added since the facts were read."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as workspace:
        workspace.load(STORE, source="s")
        found = workspace._engine
        assert isinstance(found, LiveEngine)
        assert found.members(EVERYBODY, NOW)
        records = {"events": [event("9", "ann", occurred_at="2026-06-10")]}
        workspace.accept([{"message_id": "1", "records": records}], source="s")
        workspace.apply_accepted()
        assert [each.over is not None for each in found._generation.held] == [False, True]
        yield found


def _named(each: Attribute | Function) -> str:
    return each.name


def _never(log: EventLog) -> None:
    raise AssertionError("reads events")


DECLARED: list[Attribute | Function] = [*ATTRIBUTES.values(), *FUNCTIONS.values()]
WITHOUT = [
    each
    for each in DECLARED
    if each.needs and "events" not in each.needs
    if isinstance(each, Function) or not each.predicted
]


@pytest.mark.parametrize("about", WITHOUT, ids=_named)
def test_what_needs_no_events_reads_none(
    engine: LiveEngine, about: Attribute | Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments that ask about it are left alone when events are added, so it must not; what
    customers are measured against is of midnight and was found before."""
    asked = plan(bind(about.example))
    engine.members(asked, NOW, {"s:bob"})
    events = type(engine._generation.held[1].layer.columns.events)
    monkeypatch.setattr(events, "every", property(_never))
    assert engine.members(asked, NOW, {"s:ann"}) <= {"s:ann"}
    if isinstance(about, Attribute):
        assert engine.values(about, NOW, {"s:ann"}).keys() == {"s:ann"}


def test_an_event_is_there_once(engine: LiveEngine) -> None:
    """Also where the facts below were read only when it was among them already."""
    above = engine._generation.held[1]
    assert above.added is not None
    below = StoreColumns(engine._generation.held[0].layer.columns.facts, ZoneInfo("Europe/London"))
    for columns in (
        above.layer.columns,
        WithAdded(below, below.customers.ordinals({"s:ann"}), above.added),
    ):
        assert columns.events.every.column("event_id").to_pylist() == ["s:9"]
        assert columns.events.every.column("name").to_pylist() == ["product_viewed"]
        assert columns.customers.texts("email_key").to_pylist() == ["ann@x.example"]
    assert below.events.every.size == 4
