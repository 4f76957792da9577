"""Erasing anybody from any store leaves facts that are made anew the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

import segmentry as sg
from segmentry.facts.tables import TABLES

NOW = datetime(2026, 6, 15, tzinfo=UTC)
IDS = ("ann", "ben", "cy", "dee")
EMAILS = ("a@x.example", "b@x.example", "c@x.example")
PHONES = ("+442079460001", "+442079460002")

Rows = dict[str, list[dict[str, Any]]]


def _batch(random: Random) -> Rows:
    """Records that go over from one customer to another, and addresses that several have."""

    def day() -> str:
        return (NOW - timedelta(days=random.randrange(1, 90))).isoformat()

    def some(*values: str) -> str | None:
        return random.choice((*values, None))

    def contact() -> dict[str, Any]:
        return {"email_key": some(*EMAILS), "phone": some(*PHONES)}

    def numbered(most: int) -> list[int]:
        return random.sample(range(9), random.randrange(most))

    people = random.sample(IDS, random.randrange(1, 4))
    rows: Rows = {
        "customers": [{"customer_id": id, **contact(), "name": f"Name {id}"} for id in people],
        "customer_tags": [{"customer_id": id, "tag": day()} for id in people[:2]],
        "orders": [
            {"order_id": n, "ordered_at": day(), "paid": n, **contact()}
            | ({"guest": True} if random.random() < 0.4 else {"customer_id": some(*IDS)})
            for n in numbered(5)
        ],
        "order_lines": [],
        "refunds": [
            {"refund_id": n, "order_id": n, "customer_id": some(*IDS), "amount": 1}
            for n in numbered(3)
        ],
        "checkouts": [
            {"checkout_id": n, "customer_id": some(*IDS), "last_active_at": day()}
            for n in numbered(3)
        ],
        "events": [
            {"event_id": n, "customer_id": some(*IDS), "name": "searched", "occurred_at": day()}
            for n in numbered(6)
        ],
        "consents": [
            {
                "customer_id": random.choice(IDS),
                "channel": "EMAIL",
                "acted_at": day(),
                "address_key": random.choice(EMAILS),
                "state": random.choice(("SUBSCRIBED", "UNSUBSCRIBED")),
            }
            for _ in numbered(3)
        ],
    }
    rows["checkout_lines"] = [
        {"checkout_id": row["checkout_id"], "line_number": 1} for row in rows["checkouts"]
    ]
    if random.random() < 0.3:
        gone, into = sorted(random.sample(IDS, 2))  # in one direction, so never in a circle
        rows["customer_merges"] = [{"customer_id": gone, "merged_into": into}]
    if random.random() < 0.2:
        deleted = {"kind": "customer", "record_id": random.choice(IDS), "deleted_at": day()}
        rows["deletions"] = [deleted]
    return rows


def _facts(store: sg.Workspace) -> dict[str, list[str]]:
    return {name: sorted(map(repr, store.facts(name).to_pylist())) for name in TABLES}


@pytest.mark.parametrize("seed", range(3))
def test_facts_made_anew_are_the_same(seed: int) -> None:
    """And of the person nothing is left in them, nor is there after all has come again."""
    random = Random(seed)
    batches = [_batch(random) for _ in range(4)]
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as store:
        for number, batch in enumerate(batches):
            if number % 2:
                store.accept([{"records": batch, "at": NOW.isoformat()}], source="shop")
                store.apply_accepted()
            else:
                store.load(batch, source="shop")
        known = sorted(store._stores.facts.customer_ids())
        person = random.choice(known)
        survivors = store._stores.facts.survivors()
        now = survivors.get(person, person)
        ids = {now, *(each for each, lives in survivors.items() if lives == now)}
        store.erase(person)
        erased = _facts(store)
        store.rebuild()
        assert _facts(store) == erased
        assert ids.isdisjoint(store._stores.facts.customer_ids())
        for batch in batches:
            store.load(batch, source="shop")
        assert ids.isdisjoint(store._stores.facts.customer_ids())
