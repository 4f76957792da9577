"""Why somebody is in a segment or not, condition by condition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

import segmentry as sg
from segmentry.base.errors import UserError
from segmentry.segments.why import MOST_RECORDS, Reason

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
LONDON = "(Europe/London)"


@pytest.fixture
def shop() -> Iterator[sg.Workspace]:
    """Ann ordered twice, Bob never."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        made.load(
            {
                "customers": [
                    {"customer_id": "ann", "created_at": "2026-01-01", "birth_date": "1990-05-17"}
                    | {"name": "Ann"},
                    {"customer_id": "bob", "created_at": "2026-01-01"},
                ],
                "customer_tags": [{"customer_id": "ann", "tag": tag} for tag in ("vip", "press")],
                "orders": [
                    {"order_id": str(day), "customer_id": "ann", "channel": "web"}
                    | {"ordered_at": f"2026-06-{day:02}T10:00:00", "paid": "12.50"}
                    for day in (1, 11)
                ],
            },
            source="shop",
        )
        made.segments.add("Buyers", "number_of_orders > 0")
        yield made


def _conditions(reason: Reason) -> Iterator[Reason]:
    if reason.kind == "condition":
        yield reason
    for part in reason.parts:
        yield from _conditions(part)


@pytest.mark.parametrize(
    ("query", "holds", "shown"),
    [
        ("number_of_orders >= 2", True, "2"),
        ("amount_spent > 30", False, "25.00 GBP"),
        ("average_order_value > 30", False, "12.50 GBP"),
        ("average_days_between_orders = 10", True, "10"),
        ("discounted_order_share < 0.5", True, "0"),
        ("customer_name = 'Bob'", False, "Ann"),
        ("customer_tags CONTAINS 'vip'", True, "press, vip"),
        ("customer_birth_date < 2000-01-01", True, "17 May 1990"),
        ("anniversary('customer_birth_date') = today", False, "17 May 1990"),
        ("last_order_date >= -7d", True, f"11 June 2026, 10:00:00 {LONDON}"),
        ("customer_note IS NULL", True, "none"),
        ("email_reachable = true", False, "no"),
        ("segments CONTAINS 'Buyers'", True, "buyers"),
        (
            "orders_placed MATCHES (date >= -7d)",
            True,
            f"1 order, the last on 11 June 2026, 10:00:00 {LONDON}",
        ),
        ("orders_placed MATCHES (channel = 'till')", False, "0 orders"),
    ],
)
def test_a_condition_says_what_it_looks_at(
    shop: sg.Workspace, query: str, holds: bool, shown: str
) -> None:
    reason = shop.why(query, "ann").reason
    assert (reason.kind, reason.holds, reason.shown) == ("condition", holds, shown)


def test_parts_hold_by_themselves(shop: sg.Workspace) -> None:
    """A group says whether it holds, and each of its parts, however deep."""
    query = "number_of_orders >= 2 AND NOT (amount_spent > 30 OR customer_tags CONTAINS 'vip')"
    found = shop.why(query, "ann")
    assert not found.inside
    assert [part.holds for part in found.reason.parts] == [True, False]
    assert [each.holds for each in _conditions(found.reason)] == [True, False, True]
    kinds = [found.reason.kind, *(part.kind for part in found.reason.parts)]
    assert kinds == ["all", "condition", "not"]


def test_records_are_the_latest(shop: sg.Workspace) -> None:
    """With their parameters, the latest first, and no more than can be looked at."""
    reason = shop.why("orders_placed MATCHES (amount > 1)", "ann").reason
    assert reason.count == 2
    assert [each["date"] for each in reason.records] == [
        datetime(2026, 6, day, 9, tzinfo=UTC) for day in (11, 1)
    ]
    assert reason.records[0]["amount"] == 125_000
    rows = [
        {"order_id": f"x{n}", "customer_id": "ann", "ordered_at": "2026-02-01", "paid": "2"}
        for n in range(MOST_RECORDS)
    ]
    shop.load({"orders": rows}, source="shop")
    reason = shop.why("orders_placed MATCHES (amount > 1)", "ann").reason
    assert reason.count == MOST_RECORDS + 2
    assert len(reason.records) == MOST_RECORDS


def test_it_says_until_when(shop: sg.Workspace) -> None:
    """The change to come is that of the whole query."""
    shop.segments.add("Recent", "last_order_date >= -7d")
    found = shop.segments["Recent"].why("ann")
    assert found.inside
    assert found.next.at == datetime(2026, 6, 18, 23, tzinfo=UTC)


def test_another_moment(shop: sg.Workspace) -> None:
    """What was so then, by what was known then."""
    found = shop.why("number_of_orders >= 2", "ann", as_of=datetime(2026, 6, 5, tzinfo=UTC))
    assert (found.inside, found.reason.shown) == (False, "1")


def test_nobody(shop: sg.Workspace) -> None:
    with pytest.raises(UserError, match="There is no customer 'eve'"):
        shop.why("number_of_orders >= 2", "eve")


@pytest.mark.parametrize(
    ("query", "customer", "since"),
    [
        ("number_of_orders >= 1", "ann", datetime(2026, 6, 1, 9, tzinfo=UTC)),
        ("number_of_orders >= 2", "ann", datetime(2026, 6, 11, 9, tzinfo=UTC)),
        ("last_order_date >= -5d", "ann", datetime(2026, 6, 11, 9, tzinfo=UTC)),
        ("last_order_date >= -2d", "ann", datetime(2026, 6, 13, 23, tzinfo=UTC)),
        ("number_of_orders = 0", "bob", datetime(2026, 1, 1, tzinfo=UTC)),
        ("number_of_orders >= 1", "bob", None),
        ("amount_spent IN TOP 50%", "ann", None),
        ("amount_spent IN TOP 50% AND number_of_orders >= 2", "ann", None),
        ("amount_spent IN TOP 50% OR number_of_orders >= 1", "ann", None),
    ],
)
def test_since_when(shop: sg.Workspace, query: str, customer: str, since: datetime | None) -> None:
    """The moment at which it became so; none where it was never otherwise, or where that hangs
    on what the other customers did on another day."""
    assert shop.why(query, customer).since == since


def test_a_page_of_members(shop: sg.Workspace) -> None:
    """Members stand in order of their ids, each with the moment at which they leave."""
    shop.segments.add("Lately", "last_order_date >= -5d OR number_of_orders = 0")
    page = shop.segments["Lately"].page()
    leaves = datetime(2026, 6, 16, 23, tzinfo=UTC)
    assert page.count == 2
    assert page.members.to_pylist() == [
        {"customer_id": "ann", "leaves_at": leaves, "unknown_from": None},
        {"customer_id": "bob", "leaves_at": None, "unknown_from": None},
    ]
    second = shop.segments["Lately"].page(1, 5)
    assert (second.count, second.members["customer_id"].to_pylist()) == (2, ["bob"])
    shop.segments.add("Best", "amount_spent IN TOP 50%")
    best = shop.segments["Best"].page().members.to_pylist()
    assert best == [
        {"customer_id": "ann", "leaves_at": None}
        | {"unknown_from": datetime(2026, 6, 15, 23, tzinfo=UTC)}
    ]


@pytest.mark.parametrize(("offset", "limit"), [(-1, 50), (0, 0), (0, 501)])
def test_too_much_for_a_page(shop: sg.Workspace, offset: int, limit: int) -> None:
    with pytest.raises(UserError, match="1 to 500 members"):
        shop.segments["Buyers"].page(offset, limit)
