"""What an import changes is told before it does: `FactsDb.compare`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

import segmentry as sg
from segmentry.storage.changes import Changes

Rows: TypeAlias = dict[str, list[dict[str, Any]]]

ORDER = {"order_id": "1", "customer_id": "ann", "ordered_at": "2024-01-01T10:00:00Z", "paid": 10}
GUEST = {"order_id": "2", "guest": True, "email_key": "g@shop.test", "paid": 5} | {
    "ordered_at": "2024-01-02T10:00:00Z"
}
LINE = {"order_id": "1", "line_number": 1, "product_id": "cup", "amount": 10}
ACT = {"customer_id": "ann", "channel": "EMAIL", "address_key": "a@shop.test"} | {
    "state": "SUBSCRIBED",
    "acted_at": "2024-01-01T10:00:00Z",
}
STORE: Rows = {
    "customers": [{"customer_id": "ann", "name": "Ann"}, {"customer_id": "bob"}],
    "customer_tags": [{"customer_id": "ann", "tag": "vip"}],
    "orders": [ORDER, GUEST],
    "order_lines": [LINE],
    "consents": [ACT],
}


@pytest.fixture
def store() -> Iterator[sg.Workspace]:
    """A store with two customers, a guest, and their orders."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        store.load(STORE, source="shop")
        yield store


def test_a_first_import_is_all_new() -> None:
    """Parts are counted with what they are part of."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        assert store.load(STORE, source="shop").changes == {
            "customers": Changes(new=2, changed=0, same=0),
            "orders": Changes(new=2, changed=0, same=0),
            "consents": Changes(new=1, changed=0, same=0),
        }


def test_the_same_again_is_the_same(store: sg.Workspace) -> None:
    """Also the guest's order, which has been given an owner since, and an act without a source."""
    loaded = store.load(STORE, source="shop")
    assert loaded.again
    assert loaded.changes == {
        "customers": Changes(0, 0, 2),
        "orders": Changes(0, 0, 2),
        "consents": Changes(0, 0, 1),
    }


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"customers": [{"customer_id": "ann", "name": "Anna"}]}, Changes(0, 1, 0)),
        (
            {
                "customers": [{"customer_id": "ann", "name": "Ann"}, {"customer_id": "new"}],
                "customer_tags": [{"customer_id": "ann", "tag": "old"}],
            },
            Changes(1, 1, 0),
        ),
        (
            {"customers": [{"customer_id": "ann", "name": "Ann"}], "customer_tags": []},
            Changes(0, 1, 0),
        ),
        ({"customer_tags": [{"customer_id": "ann", "tag": "vip"}]}, Changes(0, 0, 1)),
        ({"orders": [ORDER | {"paid": 11}, GUEST]}, Changes(0, 1, 1)),
        ({"orders": [ORDER], "order_lines": [LINE | {"amount": 9}]}, Changes(0, 1, 0)),
        ({"orders": [ORDER], "order_lines": [LINE, LINE | {"line_number": 2}]}, Changes(0, 1, 0)),
    ],
)
def test_what_differs_is_counted(store: sg.Workspace, records: Rows, expected: Changes) -> None:
    """A cell, a part more, a part less, a part with another cell."""
    (found,) = store.load(records, source="shop").changes.values()
    assert found == expected


def test_an_account_in_place_of_a_guest_is_new(store: sg.Workspace) -> None:
    """The guest was made here: no source told of one."""
    guest = [key for key in store.facts("customers")["customer_id"].to_pylist() if "@" in key]
    record = {"customer_id": guest[0].partition(":")[2], "email": "g@shop.test"}
    loaded = store.load({"customers": [record]}, source="shop")
    assert loaded.changes == {"customers": Changes(1, 0, 0)}
