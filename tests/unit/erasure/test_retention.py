"""Events that are older than they are kept go, from all that facts are made from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import segmentry as sg
from segmentry.facts.tables import TABLES

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def event(id: str, name: str, day: str) -> dict[str, Any]:
    """Something a customer did."""
    return {"event_id": id, "customer_id": "ann", "name": name, "occurred_at": day}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sg.Workspace]:
    """Old and new events of each kind, in an import, in messages and in a file of them."""
    with sg.Workspace.create(
        tmp_path / "s", timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        made.load(
            {
                "customers": [{"customer_id": "ann", "created_at": "2020-01-01"}],
                "orders": [
                    {"order_id": 1, "customer_id": "ann", "ordered_at": "2020-01-01", "paid": 1}
                ],
                "events": [
                    event("visit-old", "page_viewed", "2024-06-01"),
                    event("visit-new", "page_viewed", "2026-06-01"),
                    event("opened-old", "email.opened", "2024-06-01"),
                    event("opened-new", "email.opened", "2026-01-01"),
                    event("quiz-old", "quiz_taken", "2024-06-01"),
                    # Told again later, as older than it seemed: that is what holds.
                    event("corrected", "page_viewed", "2026-06-02"),
                ],
            },
            source="shop",
        )
        made.load({"events": [event("corrected", "page_viewed", "2024-06-02")]}, source="shop")
        for id, day in (("live-old", "2024-06-01"), ("live-new", "2026-06-01")):
            message = {"message_id": id, "records": {"events": [event(id, "page_viewed", day)]}}
            made.accept([message | {"at": day}], source="shop")
            made.apply_accepted()
            if id == "live-old":
                made.compact_journal(days=-1)
        yield made


def ids(store: sg.Workspace) -> set[str]:
    """The events there are."""
    return {row["event_id"].partition(":")[2] for row in store.facts("events").to_pylist()}


def in_files(store: sg.Workspace) -> str:
    """All that the files of the archive hold."""
    assert store.folder is not None
    paths = sorted((store.folder / "journal").glob("*.parquet"))
    return repr([pq.read_table(path).to_pylist() for path in paths])


def test_nothing_goes_unless_asked(store: sg.Workspace) -> None:
    """It is off by default."""
    before = ids(store)
    assert store.retention == {}
    assert store.apply_retention() == {}
    assert ids(store) == before


def test_old_events_go_by_kind(store: sg.Workspace) -> None:
    """From the facts, the archive and the journal, so facts made anew are the same; orders and
    what kinds are kept for ever stay."""
    store.set_retention(storefront=730, messages=90)
    gone = store.apply_retention()
    assert gone == {"storefront": 3, "messages": 2}
    assert ids(store) == {"visit-new", "quiz-old", "live-new"}
    said = in_files(store)
    for each in ("visit-old", "corrected", "opened-old", "opened-new", "live-old"):
        assert f":{each}" not in said, each
    assert store.query("number_of_orders = 1").ids == ("ann",)
    before = {name: store.facts(name).sort_by("event_id") for name in ("events",)}
    store.rebuild()
    assert store.facts("events").sort_by("event_id") == before["events"]
    assert store.apply_retention() == {"storefront": 0, "messages": 0}
    assert {name for name in TABLES if store.row_counts()[name]} == {
        *("customers", "orders", "events"),
    }


def test_kept_for_ever_again(store: sg.Workspace) -> None:
    """One kind can be set alone, and be set back."""
    store.set_retention(storefront=730, own=30)
    store.set_retention(storefront=None)
    assert store.retention == {"own": 30}
    assert store.apply_retention() == {"own": 1}
    assert "visit-old" in ids(store)


@pytest.mark.parametrize(
    ("days", "said"), [({"orders": 9}, "of the kind 'orders'"), ({"own": 0}, "one day at least")]
)
def test_what_cannot_be_set(store: sg.Workspace, days: dict[str, int], said: str) -> None:
    """Other kinds, and no time at all."""
    with pytest.raises(sg.UserError, match=said):
        store.set_retention(**days)
    assert store.retention == {}
