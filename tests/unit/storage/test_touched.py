"""Whose facts an import changes: each way that leads from a record to a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import segmentry as sg
from segmentry.ingest.records import Records
from segmentry.storage import touched

NOW = datetime(2026, 6, 15, tzinfo=UTC)
DAY = "2026-05-01"


def profile(key: str, **more: Any) -> dict[str, Any]:
    """A customer with an address of their own."""
    return {"customer_id": key, "email": f"{key}@x.example", "created_at": DAY} | more


def order(number: str, customer: str | None, **more: Any) -> dict[str, Any]:
    """A paid order."""
    return {"order_id": number, "customer_id": customer, "ordered_at": DAY, "paid": "10"} | more


def guest(number: str, email: str) -> dict[str, Any]:
    """An order without an account."""
    return order(number, None, guest=True, email_key=email)


def line(number: str, **more: Any) -> dict[str, Any]:
    """A line of an order."""
    return {"order_id": number, "line_number": 1, "kind": "PRODUCT", "quantity": 1} | more


def checkout(number: str, customer: str, **more: Any) -> dict[str, Any]:
    """A cart at the checkout."""
    return {"checkout_id": number, "customer_id": customer, "last_active_at": DAY} | more


def event(number: str, customer: str, **more: Any) -> dict[str, Any]:
    """A product that was looked at."""
    seen = {"event_id": number, "customer_id": customer, "name": "product_viewed"}
    return seen | {"occurred_at": DAY} | more


def act(customer: str, address: str) -> dict[str, Any]:
    """An act of consent."""
    acted = {"customer_id": customer, "channel": "EMAIL", "address_key": address}
    return acted | {"state": "SUBSCRIBED", "acted_at": DAY}


def gone(kind: str, record: str, **more: Any) -> Records:
    """A record that was deleted."""
    return {"deletions": [{"kind": kind, "record_id": record, "deleted_at": DAY} | more]}


def merge(one: str, into: str) -> Records:
    """A profile merged into another."""
    return {"customer_merges": [{"customer_id": one, "merged_into": into, "merged_at": DAY}]}


STORE: Records = {
    "customers": [profile(name) for name in ("ann", "bob", "cat", "dan", "eve", "fay", "old")],
    "customer_merges": [{"customer_id": "old", "merged_into": "fay", "merged_at": DAY}],
    "orders": [
        order("1", "ann"),
        order("2", "bob"),
        order("3", "cat"),
        order("4", "old"),
        guest("5", "gus@x.example"),
    ],
    "order_lines": [line("1", product_id="p"), line("2", sku="S"), line("3", product_id="q")],
    "refunds": [
        {"refund_id": "r", "customer_id": "dan", "amount": "1", "product_id": "p"},
        {"refund_id": "z", "order_id": "3", "amount": "1"},
    ],
    "products": [{"product_id": "p"}, {"product_id": "q"}],
    "product_skus": [{"product_id": "p", "sku": "S"}],
    "collections": [{"collection_id": "all", "product_id": "q"}],
    "companies": [{"company_id": "co", "customer_id": "ann"}],
    "checkouts": [
        checkout("a", "dan", order_id="2"),
        checkout("b", "eve", cart_id="k"),
        checkout("c", "ann", cart_id="k"),
    ],
    "checkout_lines": [{"checkout_id": "b", "line_number": 1, "sku": "S"}],
    "events": [
        event("1", "cat", properties={"products": [{"product_id": "p"}]}),
        event("2", "dan", product_id="q"),
        event("3", "bob"),
    ],
    "credits": [{"credit_id": "w", "customer_id": "bob", "balance": "1"}],
    "subscriptions": [{"subscription_id": "u", "customer_id": "cat", "state": "ACTIVE"}],
}


@pytest.fixture
def workspace() -> Iterator[sg.Workspace]:
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        made.load(STORE, source="s")
        yield made


def touched_by(workspace: sg.Workspace, *imports: Records) -> set[str] | None:
    """The customers whom imports changed, by their names; None where all may be."""
    facts = workspace._stores.facts
    before = facts.position
    for records in imports:
        workspace.load(records, source="s")
    found = facts.touched_since(before)
    return None if found is None else {name.removeprefix("s:") for name in found.everybody}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # Rows that name their customer.
        ({"customers": [profile("ann", name="Ann")]}, {"ann"}),
        ({"companies": [{"company_id": "co", "customer_id": "bob"}]}, {"bob"}),
        ({"events": [event("9", "eve")]}, {"eve"}),
        ({"consents": [act("bob", "nobody@x.example")]}, {"bob"}),
        # Rows that replace somebody else's.
        ({"events": [event("3", "eve")]}, {"bob", "eve"}),
        ({"credits": [{"credit_id": "w", "customer_id": "ann", "balance": "2"}]}, {"ann", "bob"}),
        ({"orders": [order("1", "eve")]}, {"ann", "eve"}),
        ({"checkouts": [checkout("a", "eve")]}, {"dan", "eve"}),
        ({"refunds": [{"refund_id": "r", "order_id": "3", "amount": "2"}]}, {"dan", "cat"}),
        ({"refunds": [{"refund_id": "z", "order_id": "1", "amount": "2"}]}, {"ann", "cat"}),
        # Parts of orders and checkouts.
        ({"order_lines": [line("3", product_id="q")]}, {"cat"}),
        ({"order_tags": [{"order_id": "1", "tag": "t"}]}, {"ann"}),
        ({"checkout_lines": [{"checkout_id": "a", "line_number": 1}]}, {"dan"}),
        # An order closes the checkout that became it, and others of the same cart.
        ({"orders": [order("2", "bob", paid="11")]}, {"bob", "dan"}),
        ({"checkouts": [checkout("b", "eve", cart_id="k", order_id="1")]}, {"eve", "ann"}),
        ({"customers": [profile("bob")]}, {"bob", "dan"}),
        # A product: by its id or its stock-keeping unit, on orders, carts and events.
        ({"products": [{"product_id": "p", "vendor": "v"}]}, {"ann", "bob", "cat", "dan", "eve"}),
        ({"products": [{"product_id": "q", "vendor": "v"}]}, {"cat", "dan"}),
        ({"product_tags": [{"product_id": "q", "tag": "t"}]}, {"cat", "dan"}),
        ({"collections": [{"collection_id": "new", "product_id": "q"}]}, {"cat", "dan"}),
        # An address: of all who have it.
        ({"consents": [act("eve", "bob@x.example")]}, {"bob", "eve"}),
        # A merge, before and after.
        (merge("ann", "cat"), {"ann", "cat"}),
        (merge("fay", "cat"), {"fay", "cat"}),
        ({"events": [event("9", "old")]}, {"fay"}),
        ({"customers": [profile("old")]}, {"fay"}),
        # Guests: their orders go to an account once there is one with that address.
        ({"customers": [profile("gus")]}, {"gus", "gus@x.example"}),
        ({"orders": [guest("6", "gus@x.example")]}, {"gus@x.example"}),
        # Deletions, of each kind.
        (gone("customer", "ann"), {"ann"}),
        (gone("customer", "bob"), {"bob", "dan"}),
        (gone("customer", "fay"), {"fay"}),
        (gone("order", "2"), {"bob", "dan"}),
        (gone("refund", "r"), {"dan"}),
        (gone("refund", "z"), {"cat"}),
        (gone("product", "q"), {"cat", "dan"}),
        (gone("collection", "all"), {"cat", "dan"}),
        (gone("company", "co"), {"ann"}),
        (gone("checkout", "b"), {"eve", "ann"}),
        (gone("event", "3"), {"bob"}),
        (gone("credit", "w"), {"bob"}),
        (gone("subscription", "u"), {"cat"}),
    ],
)
def test_who_is_named(workspace: sg.Workspace, records: Records, expected: set[str]) -> None:
    """Everybody whose facts a batch changes is named, former ids aside, and nobody else."""
    found = touched_by(workspace, records)
    assert found is not None
    assert found - {"old"} == expected


def test_who_is_erased_is_not_named(workspace: sg.Workspace) -> None:
    """Anybody may have changed then, since nothing made of the facts before is gone on with."""
    before = {"events": [event("8", "fay")]}
    assert touched_by(workspace, before, gone("customer", "old", erased=True)) is None


def test_several_imports_add_up(workspace: sg.Workspace) -> None:
    found = touched_by(workspace, {"events": [event("8", "ann")]}, {"events": [event("9", "bob")]})
    assert found == {"ann", "bob"}


def test_nothing_new_names_nobody(workspace: sg.Workspace) -> None:
    assert touched_by(workspace) == set()


def test_an_account_that_ordered_last_takes_the_guests_orders(workspace: sg.Workspace) -> None:
    """Two accounts have the address; an order moves what guests ordered to the other."""
    shared = {"email": "gus@x.example"}
    later = order("7", "two", ordered_at="2026-06-01")
    workspace.load({"customers": [profile("one", **shared), profile("two", **shared)]}, source="s")
    assert touched_by(workspace, {"orders": [later]}) == {"one", "two"}


def test_many_are_all(workspace: sg.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a large part of the customers changes, going on from what was known is no use."""
    monkeypatch.setattr(touched, "_MOST", 2)
    assert touched_by(workspace, {"events": [event(name, name) for name in ("ann", "bob")]})
    every = {"events": [event(name, name) for name in ("ann", "bob", "cat")]}
    assert touched_by(workspace, every) is None


def test_what_led_to_many_is_all(workspace: sg.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One product can be everybody's."""
    monkeypatch.setattr(touched, "_MOST", 2)
    assert touched_by(workspace, {"products": [{"product_id": "p", "vendor": "v"}]}) is None


def test_imports_long_past_are_not_known(
    workspace: sg.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touched, "_KEPT", 1)
    one, other = ({"events": [event(name, name)]} for name in ("ann", "bob"))
    assert touched_by(workspace, one) == {"ann"}
    assert touched_by(workspace, other, one | {"events": [event("8", "eve")]}) is None
