"""Merged profiles, deleted records and erased people, as questions see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

import segmentry as sg
from segmentry.ingest.records import Records

NOW = datetime(2026, 6, 15, tzinfo=UTC)


@pytest.fixture
def workspace() -> Iterator[sg.Workspace]:
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        yield made


def members(workspace: sg.Workspace, query: str) -> set[str]:
    """The ids of a query's members."""
    return set(workspace.query(query).ids)


def order(number: int, customer: str | None, paid: str = "10", **more: Any) -> dict[str, Any]:
    """An order of May."""
    at = f"2026-05-{number:02}"
    return {"order_id": number, "customer_id": customer, "ordered_at": at, "paid": paid} | more


def guest_order(number: int, email: str) -> dict[str, Any]:
    """An order without an account."""
    return order(number, None, guest=True, email_key=email)


def profile(key: str, **more: Any) -> dict[str, Any]:
    """A customer with an address."""
    person = {"customer_id": key, "email": f"{key}@x.example", "created_at": "2026-03-01"}
    return person | more


# -- merges -----------------------------------------------------------------------------

STORE: tuple[Records, ...] = (
    {
        "customers": [profile("ann", name="Ann", created_at="2026-04-01")],
        "addresses": [{"customer_id": "ann", "country": "GB"}],
        "attributes": [
            {"customer_id": "ann", "namespace": "a", "key": "b", "type": "text", "value": '"ann"'}
        ],
        "orders": [order(1, "ann", "100")],
    },
    {
        "customers": [profile("old", name="Old", created_at="2026-02-01")],
        "addresses": [{"customer_id": "old", "country": "FR"}],
        "customer_tags": [{"customer_id": "old", "tag": "vip"}],
        "attributes": [
            {"customer_id": "old", "namespace": "a", "key": "b", "type": "text", "value": '"old"'},
            {"customer_id": "old", "namespace": "a", "key": "c", "type": "text", "value": '"old"'},
        ],
        "orders": [order(2, "old", "50"), guest_order(3, "old@x.example")],
        "refunds": [
            {"refund_id": 1, "customer_id": "old", "refunded_at": "2026-05-20", "amount": "5"}
        ],
    },
    {
        "customer_merges": [
            {"customer_id": "old", "merged_into": "older"},
            {"customer_id": "older", "merged_into": "ann"},
        ]
    },
    {"orders": [order(4, "older", "7")]},
)
"""Two profiles, a chain of merges that ends at one of them, and an order of the one between."""


@pytest.mark.parametrize("arrival", list(permutations(range(4)))[::3])
def test_facts_of_merged_profiles_belong_to_the_survivor(
    workspace: sg.Workspace, arrival: tuple[int, ...]
) -> None:
    """U-05: whatever arrives first, along a chain everything is the survivor's, whose own
    values hold, and the merged profile is nobody."""
    for number in arrival:
        workspace.load(STORE[number], source="shop")
    assert set(workspace.values("amount_spent")) == {"ann"}
    one = workspace.query(
        "number_of_orders = 4 AND amount_spent = 167 AND refunded_amount = 5 "
        "AND customer_countries CONTAINS ALL ('GB', 'FR') AND customer_tags CONTAINS 'vip' "
        "AND metafields.a.b = 'ann' AND metafields.a.c = 'old' AND customer_name = 'Ann' "
        "AND customer_added_date = 2026-02-01 AND first_order_date = 2026-05-01"
    )
    assert one.ids == ("ann",)
    workspace.rebuild()
    assert workspace.query(one.text).ids == ("ann",)


def test_former_ids_lead_to_the_survivor(workspace: sg.Workspace) -> None:
    """U-05: who is asked by an id of before, is asked as who they are now."""
    for records in STORE:
        workspace.load(records, source="shop")
    found = workspace.query("number_of_orders > 0", among=["old", "older", "nobody"])
    assert found.ids == ("ann",)
    assert workspace.why("number_of_orders > 0", "old").inside
    assert workspace.next_change("number_of_orders > 0", "older").inside


def test_a_survivor_that_has_not_arrived(workspace: sg.Workspace) -> None:
    """Until the surviving profile comes, that of the merged one stands under its id."""
    workspace.load({"customers": [profile("old", name="Old")]}, source="shop")
    merge = {"customer_id": "old", "merged_into": "ann"}
    workspace.load({"customer_merges": [merge], "orders": [order(1, "old")]}, source="shop")
    assert members(workspace, "customer_name = 'Old' AND number_of_orders = 1") == {"ann"}
    workspace.load({"customers": [profile("ann", name="Ann")]}, source="shop")
    assert members(workspace, "customer_name = 'Ann' AND number_of_orders = 1") == {"ann"}
    assert workspace.live_count() == 1


@pytest.mark.parametrize(
    "merges",
    [
        [("a", "a")],
        [("b", "a")],
        [("b", "c"), ("c", "d"), ("d", "a")],
        [("x", "y"), ("y", "x")],
    ],
)
def test_merges_in_a_circle_are_refused(
    workspace: sg.Workspace, merges: list[tuple[str, str]]
) -> None:
    """U-05: a profile cannot lead back to itself, also by way of merges known before, and of
    such an import nothing is kept."""
    workspace.load({"customer_merges": [{"customer_id": "a", "merged_into": "b"}]}, source="shop")
    rows = [{"customer_id": gone, "merged_into": into} for gone, into in merges]
    with pytest.raises(sg.DataError, match="is merged into itself"):
        workspace.load({"customers": [profile("z")], "customer_merges": rows}, source="shop")
    assert workspace.row_counts()["customers"] == 0
    assert len(workspace.imports()) == 1


def test_long_chains_end(workspace: sg.Workspace) -> None:
    """A chain of hundreds is followed to its end."""
    rows = [{"customer_id": f"c{n}", "merged_into": f"c{n + 1}"} for n in range(300)]
    workspace.load(
        {
            "customer_merges": rows,
            "customers": [profile("c0"), profile("c300", name="Last")],
            "orders": [order(n, f"c{n}") for n in range(1, 20)],
        },
        source="shop",
    )
    assert members(workspace, "customer_name = 'Last' AND number_of_orders = 19") == {"c300"}


# -- deletions --------------------------------------------------------------------------


def delete(kind: str, record: object, *, erased: bool = False) -> Records:
    """A deletion as an import of its own."""
    row = {"kind": kind, "record_id": record, "deleted_at": "2026-06-01", "erased": erased}
    return {"deletions": [row]}


@pytest.fixture
def shop(workspace: sg.Workspace) -> sg.Workspace:
    """Two customers and a guest with an order each, one with lines and a refund."""
    workspace.load(
        {
            "customers": [profile("ann"), profile("ben")],
            "addresses": [{"customer_id": "ann", "country": "GB"}],
            "orders": [order(1, "ann", "100"), order(2, "ben"), guest_order(3, "gus@x.example")],
            "order_lines": [{"order_id": 1, "line_number": 1, "product_id": 9, "amount": "100"}],
            "order_tags": [{"order_id": 1, "tag": "gift"}],
            "refunds": [{"refund_id": 1, "order_id": 1, "amount": "30"}],
            "products": [{"product_id": 9, "title": "Cup"}],
            "consents": [
                {
                    "customer_id": "ann",
                    "channel": "EMAIL",
                    "address_key": "ann@x.example",
                    "state": "UNSUBSCRIBED",
                    "acted_at": "2026-05-01",
                }
            ],
        },
        source="shop",
    )
    return workspace


def test_a_deleted_order_takes_its_parts_along(shop: sg.Workspace) -> None:
    """What its source deleted is gone with its lines and tags, and comes back when it arrives
    again later, with what arrived since."""
    shop.load(delete("order", 1), source="shop")
    counts = shop.row_counts()
    assert (counts["orders"], counts["order_lines"], counts["order_tags"]) == (2, 0, 0)
    assert members(shop, "number_of_orders = 0 AND amount_spent = 0") == {"ann"}
    shop.load({"order_lines": [{"order_id": 1, "line_number": 1}]}, source="shop")
    assert members(shop, "number_of_orders = 0 AND amount_spent = 0") == {"ann"}
    shop.load({"orders": [order(1, "ann", "80")]}, source="shop")
    assert members(shop, "amount_spent = 50") == {"ann"}
    assert shop.row_counts()["deletions"] == 0
    shop.rebuild()
    assert members(shop, "amount_spent = 50") == {"ann"}


def test_a_deletion_in_the_same_import_holds(shop: sg.Workspace) -> None:
    """Where a record and its deletion come together, it is deleted."""
    shop.load({**delete("order", 4), "orders": [order(4, "ben", "70")]}, source="shop")
    assert members(shop, "amount_spent = 10 AND number_of_orders = 1") == {"ben", "gus@x.example"}


def test_a_deleted_refund_gives_the_money_back(shop: sg.Workspace) -> None:
    """MON-05: a refund that its source took back lowers nothing any more."""
    assert members(shop, "amount_spent = 70") == {"ann"}
    shop.load(delete("refund", 1), source="shop")
    assert members(shop, "amount_spent = 100 AND refunded_amount = 0") == {"ann"}


def test_a_deleted_customer_is_in_no_answer(shop: sg.Workspace) -> None:
    """T-20: nor at any earlier moment; their orders belong to nobody until they are back."""
    shop.load(delete("customer", "ann"), source="shop")
    assert shop.live_count() == 2
    assert shop.live_count(as_of=datetime(2026, 5, 5, tzinfo=UTC)) == 2
    counts = shop.row_counts()
    assert (counts["addresses"], counts["orders"], counts["consents"]) == (0, 3, 1)
    shop.load({"customers": [profile("ann")]}, source="shop")
    assert members(shop, "number_of_orders = 1 AND customer_countries IS NULL") >= {"ann"}
    assert members(shop, "email_subscription_status = 'UNSUBSCRIBED'") == {"ann"}


@pytest.mark.parametrize("who", ["ann", "gus@x.example"])
def test_an_erased_person_does_not_come_back(shop: sg.Workspace, who: str) -> None:
    """PRV-05: whatever arrives about an erased person is dropped, and no order names them; an
    opt-out of the address stays (U-08)."""
    shop.load(delete("customer", who, erased=True), source="shop")
    again: Records = {
        "customers": [profile("ann")] if who == "ann" else [],
        "orders": [order(1, "ann"), order(5, "ann")] if who == "ann" else [guest_order(3, who)],
        "addresses": [{"customer_id": who, "country": "FR"}],
        "events": [
            {
                "event_id": 1,
                "customer_id": who,
                "name": "page_viewed",
                "occurred_at": "2026-06-02",
            }
        ],
    }
    for _ in range(2):
        assert who not in shop.query("number_of_orders >= 0").ids
        for table in ("customers", "addresses", "events"):
            assert not [r for r in shop.facts(table).to_pylist() if who in r["customer_id"]]
        for row in shop.facts("orders").to_pylist():
            assert not {f"shop:{who}", who} & {row["customer_id"], row["email_key"]}
        shop.load(again, source="shop")
    assert shop.row_counts()["consents"] == 1


@pytest.mark.parametrize("erased", ["ann", "old"])
def test_erasing_reaches_all_profiles_of_a_person(shop: sg.Workspace, erased: str) -> None:
    """Whoever was merged is erased as one, under whichever of their ids."""
    merge = {"customer_id": "old", "merged_into": "ann"}
    shop.load({"customers": [profile("old")], "customer_merges": [merge]}, source="shop")
    shop.load(delete("customer", erased, erased=True), source="shop")
    assert members(shop, "number_of_orders >= 0") == {"ben", "gus@x.example"}
    shop.load({"customers": [profile("old"), profile("ann")]}, source="shop")
    assert members(shop, "number_of_orders >= 0") == {"ben", "gus@x.example"}


def test_a_deletion_of_something_else_is_refused(shop: sg.Workspace) -> None:
    """What can be deleted is a closed list."""
    with pytest.raises(sg.DataError, match="deletions row 1, kind: 'person' is not one of"):
        shop.load(delete("person", "ann"), source="shop")
