"""Small workspaces to be backed up, and what can be asked of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import segmentry as sg

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LATER = datetime(2026, 6, 16, 12, tzinfo=UTC)
SEGMENTS = {
    "Buyers": "number_of_orders >= 1",
    "Recent": "last_order_date >= -30d",
    "Best": "amount_spent IN TOP 50%",
}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {"customer_id": "ann", "email": "ann@shop.test", "name": "Ann"},
        {"customer_id": "bob", "email": "bob@shop.test"},
        {"customer_id": "cid"},
    ],
    "customer_tags": [{"customer_id": "ann", "tag": "old"}],
    "orders": [
        {"order_id": "1", "customer_id": "ann", "ordered_at": "2026-06-01T10:00:00Z", "paid": 10},
        {"order_id": "2", "customer_id": "bob", "ordered_at": "2026-01-01T10:00:00Z", "paid": 20},
    ],
}


def shop(folder: Path) -> Path:
    """A workspace of three customers and three segments, closed."""
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as store:
        store.load(RECORDS, source="shop")
        for name, query in SEGMENTS.items():
            store.segments.add(name, query)
    return folder


def opened(folder: Path, now: datetime = NOW) -> sg.Workspace:
    """A workspace at a moment of our choice."""
    return sg.Workspace.open(folder, clock=lambda: now)


def order(number: int, customer: str) -> dict[str, list[dict[str, Any]]]:
    """The records of one more order."""
    at = "2026-06-02T10:00:00Z"
    row = {"order_id": number, "customer_id": customer, "ordered_at": at, "paid": 5}
    return {"orders": [row]}


def seen(store: sg.Workspace) -> dict[str, Any]:
    """All that can be asked: facts, members stored and fresh, who joined and left."""
    return {
        "facts": store._stores.facts.hashes(),
        "stored": {each.name: store.memberships.members(each.name) for each in store.segments},
        "fresh": {each.name: sorted(each.result().ids) for each in store.segments},
        "changes": store.changes(limit=100_000).to_pylist(),
        "imports": store.imports(),
    }
