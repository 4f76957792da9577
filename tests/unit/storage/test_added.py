"""What is kept of the events that live messages added."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

import segmentry as sg
from segmentry.facts.tables import EVENTS
from segmentry.storage import added
from segmentry.storage.added import AddedEvents

from .test_touched import STORE, event, merge, order

NOW = datetime(2026, 6, 15, tzinfo=UTC)
LATER = "2026-06-10"


def _events(*ids: str) -> pa.Table:
    rows = [{"event_id": id, "customer_id": "s:c", "name": "n", "occurred_at": NOW} for id in ids]
    return pa.Table.from_pylist(rows, schema=EVENTS.schema)


def _ids(events: pa.Table | None) -> list[str] | None:
    return None if events is None else events.column("event_id").to_pylist()


def test_those_after_a_position() -> None:
    """In order; of before it began nothing is known."""
    kept = AddedEvents(4)
    kept.note(5, _events("a", "b"))
    kept.note(6, _events())
    kept.note(7, _events("c"))
    assert _ids(kept.after(4)) == ["a", "b", "c"]
    assert _ids(kept.after(5)) == ["c"]
    assert _ids(kept.after(7)) == []
    assert kept.after(3) is None


def test_the_first_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """And then it is not known any more what was added since they were."""
    monkeypatch.setattr(added, "_MOST", 3)
    kept = AddedEvents(0)
    for position, ids in ((1, "ab"), (2, "c"), (3, "d")):
        kept.note(position, _events(*ids))
    assert kept.after(0) is None
    assert _ids(kept.after(1)) == ["c", "d"]


@pytest.mark.parametrize(
    ("records", "customers", "by_events"),
    [
        ({"events": [event("9", "ann", occurred_at=LATER)]}, [], ["ann"]),
        # The first thing that is known of somebody.
        ({"events": [event("9", "ann", occurred_at="2026-04-01")]}, ["ann"], []),
        # In place of another event, of another customer.
        ({"events": [event("3", "ann", occurred_at=LATER)]}, ["ann", "bob"], []),
        # One profile of two, and one that nobody has.
        ({"events": [event("9", "fay", occurred_at=LATER)]}, ["fay"], []),
        ({"events": [event("9", "old", occurred_at=LATER)]}, ["fay", "old"], []),
        ({"events": [event("9", "zoe", occurred_at=LATER)]}, ["zoe"], []),
        # With an order of theirs.
        (
            {"events": [event("9", "ann", occurred_at=LATER)], "orders": [order("9", "ann")]},
            ["ann"],
            [],
        ),
        (
            {"events": [event("9", "ann", occurred_at=LATER)], "orders": [order("9", "bob")]},
            ["bob"],
            ["ann"],
        ),
        # Merged in the same breath.
        (
            {"events": [event("9", "ann", occurred_at=LATER)], **merge("ann", "cat")},
            ["ann", "cat"],
            [],
        ),
    ],
)
def test_who_has_more_events_and_nothing_else(
    records: dict[str, Any], customers: list[str], by_events: list[str]
) -> None:
    """Customers who were known before, under one id, and of whom no other record came."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as workspace:
        workspace.load(STORE, source="s")
        facts = workspace._stores.facts
        before = facts.position
        message = {"message_id": "1", "at": "2026-06-15T00:00:01Z", "records": records}
        accepted = workspace.accept([message], source="s")
        assert accepted.count("accepted") == 1, accepted
        workspace.apply_accepted()
        found = facts.touched_since(before)
        assert found is not None
        assert sorted(found.customers) == [f"s:{name}" for name in customers]
        assert sorted(found.by_events) == [f"s:{name}" for name in by_events]
        assert facts.triggering_since(before) == found.everybody


def test_of_before_it_was_opened_all_may_be(tmp_path: Any) -> None:
    """What was added is not known after the file was opened anew."""
    path = tmp_path / "shop"
    with sg.Workspace.create(path, timezone="UTC", currency="GBP", clock=lambda: NOW) as workspace:
        workspace.load(STORE, source="s")
        message = {"message_id": "1", "records": {"events": [event("9", "ann", occurred_at=LATER)]}}
        workspace.accept([message], source="s")
        workspace.apply_accepted()
    with sg.Workspace.open(path, clock=lambda: NOW) as again:
        found = again._stores.facts.touched_since(1)
        assert found is not None
        assert found.customers == {"s:ann"}
        assert not found.by_events
