"""Merges, and what segments remember of the people merged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import segmentry as sg

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SEGMENTS = {
    "Buyers": "number_of_orders > 0",
    "Twice": "number_of_orders > 1",
    "Mailed": "email_subscription_status = 'SUBSCRIBED'",
}


def _order(number: int, customer: str) -> dict[str, Any]:
    return {"order_id": number, "customer_id": customer, "ordered_at": "2026-05-01", "paid": 10}


def _act(customer: str, address: str, state: str, day: int) -> dict[str, Any]:
    act = {"customer_id": customer, "channel": "EMAIL", "state": state, "source": "form"}
    return act | {"address_key": address, "acted_at": f"2026-05-{day:02}T10:00:00Z"}


def _merge(gone: str, into: str) -> dict[str, Any]:
    return {"customer_merges": [{"customer_id": gone, "merged_into": into}]}


class Clock:
    """Goes on by a minute whenever it is looked at."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The moment."""
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def store() -> Iterator[sg.Workspace]:
    """Three customers with an order each, one of whom is mailed, and three segments."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP", clock=Clock()) as made:
        for name, query in SEGMENTS.items():
            made.segments.add(name, query)
        people = [{"customer_id": each, "email": f"{each}@x.test"} for each in "abc"]
        orders = [_order(number, each) for number, each in enumerate("abc")]
        acts = [_act("a", "a@x.test", "SUBSCRIBED", 1), _act("b", "b@x.test", "SUBSCRIBED", 2)]
        made.load({"customers": people, "orders": orders, "consents": acts}, source="s")
        yield made


def _stored(store: sg.Workspace) -> dict[str, list[str]]:
    found = {name: sorted(store.memberships.members(name)) for name in SEGMENTS}
    assert store.drift() == []
    return {name: [each.removeprefix("s:") for each in ids] for name, ids in found.items()}


def _moved(store: sg.Workspace, after: int) -> set[tuple[str, str, str]]:
    rows = store.changes(after=after).to_pylist()
    return {(row["segment"], row["change"], row["customer_id"]) for row in rows}


def test_a_circle_of_merges_is_refused_whole(store: sg.Workspace) -> None:
    """ENG-09: A into B, B into C, and C into A, at once or one after the other; nothing of the
    import that closes the circle is taken in, and no membership moves."""
    circle = [("a", "b"), ("b", "c"), ("c", "a")]
    before, known = _stored(store), len(store.changes())
    rows = [{"customer_id": gone, "merged_into": into} for gone, into in circle]
    more = {"customers": [{"customer_id": "new"}]}
    with pytest.raises(sg.DataError, match="merged into itself, by way of 3 merges"):
        store.load({"customer_merges": rows} | more, source="s")
    assert (_stored(store), len(store.changes()), len(store.imports())) == (before, known, 1)
    for gone, into in circle[:2]:
        store.load(_merge(gone, into), source="s")
    after = _stored(store)
    with pytest.raises(sg.DataError, match="merged into itself"):
        store.load(_merge("c", "a") | more, source="s")
    assert (_stored(store), len(store.imports())) == (after, 3)
    assert after == {"Buyers": ["c"], "Twice": ["c"], "Mailed": []}
    assert store.live_count() == 1


def test_memberships_follow_a_merge(store: sg.Workspace) -> None:
    """ENG-09: the merged one leaves, the survivor is there once, with what both did."""
    known = len(store.changes())
    store.load(_merge("a", "c"), source="s")
    assert _stored(store) == {"Buyers": ["b", "c"], "Twice": ["c"], "Mailed": ["b"]}
    assert _moved(store, known) == {
        ("Buyers", "left", "a"),
        ("Twice", "joined", "c"),
        ("Mailed", "left", "a"),
    }
    for name in SEGMENTS:
        assert store.segments[name].members().num_rows == len(_stored(store)[name]), "a row each"


def test_a_merge_with_somebody_who_was_erased(store: sg.Workspace) -> None:
    """ENG-09: whoever is merged into them or they into whom goes with them, and stays gone."""
    store.load({"deletions": [{"kind": "customer", "record_id": "b", "erased": True}]}, source="s")
    assert _stored(store) == {"Buyers": ["a", "c"], "Twice": [], "Mailed": ["a"]}
    store.load(_merge("a", "b"), source="s")
    assert _stored(store) == {"Buyers": ["c"], "Twice": [], "Mailed": []}
    store.load({"customers": [{"customer_id": "a"}], "orders": [_order(9, "a")]}, source="s")
    assert _stored(store) == {"Buyers": ["c"], "Twice": [], "Mailed": []}
    assert {row["customer_id"] for row in store.changes().to_pylist()} <= {"c", None}


def test_an_answer_is_of_before_a_merge_or_of_after(store: sg.Workspace) -> None:
    """ENG-09: what was asked before keeps the people of then, counts and rows alike; a merge
    between two questions is in none of the first and all of the second."""
    buyers = store.segments["Buyers"]
    view = store._engine.view(NOW)
    before = buyers.result()
    store.load(_merge("a", "b"), source="s")
    after = buyers.result()
    assert (before.count, before.live, before.ids) == (3, 3, ("a", "b", "c"))
    assert (after.count, after.live, after.ids) == (2, 2, ("b", "c"))
    assert sorted(view.ids) == ["s:a", "s:b", "s:c"], "a view that is held does not change"


@pytest.mark.parametrize("gone", ["a", "c"])
def test_the_stricter_consent_holds(store: sg.Workspace, gone: str) -> None:
    """ENG-09: of one address the last act holds, whoever acted; the survivor's own address
    is the one that counts, so a merge never makes somebody mailed by another's consent."""
    acts = [_act("c", "a@x.test", "UNSUBSCRIBED", 9)]
    store.load({"consents": acts}, source="s")
    assert _stored(store)["Mailed"] == ["b"]
    into = "c" if gone == "a" else "a"
    store.load(_merge(gone, into), source="s")
    assert _stored(store)["Mailed"] == ["b"]
    store.load(_merge("b", into), source="s")
    assert _stored(store)["Mailed"] == []
