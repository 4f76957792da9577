"""`ws.health()` and `segmentry segment health`: each warning where it belongs, and none just on
the other side of its threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.insights.health import HealthWarning
from segmentry.storage.app_db import MembershipChange, Segment, SegmentUse

from .command import well

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
Rows = list[dict[str, Any]]


class Store:
    """A workspace whose clock stands at NOW, and what it remembers of its segments."""

    def __init__(self) -> None:
        self.workspace = sg.Workspace.create(
            None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
        )
        self._orders = 0

    def people(self, number: int, **more: Any) -> None:
        """So many customers, `p0` and on."""
        rows = [{"customer_id": f"p{n}", "created_at": NOW - timedelta(99)} for n in range(number)]
        self.workspace.load({"customers": [row | more for row in rows]}, source="shop")

    def orders(self, customers: Sequence[int], **more: Any) -> None:
        """An order of 10 of each of some of them."""
        rows: Rows = []
        for n in customers:
            self._orders += 1
            row = {"order_id": self._orders, "customer_id": f"p{n}", "paid": "10.00"}
            rows.append(row | {"ordered_at": NOW - timedelta(9), "state": "PAID"} | more)
        self.workspace.load({"orders": rows}, source="shop")

    def add(self, name: str, query: str = "number_of_orders >= 1", **columns: Any) -> int:
        """A segment without any fault, and other values of its row; its id."""
        self.workspace.segments.add(name, query)
        with Session(self.workspace._stores.app) as session, session.begin():
            row = session.scalars(select(Segment).filter_by(name=name)).one()
            for column, value in ({"strategy": "Thank them"} | columns).items():
                setattr(row, column, value)
            return row.id

    def remember(self, *rows: SegmentUse | MembershipChange) -> None:
        """Uses, and changes of membership."""
        with Session(self.workspace._stores.app) as session, session.begin():
            session.add_all(rows)

    def warnings(self, kind: str) -> list[HealthWarning]:
        """Those of one kind."""
        return [each for each in self.workspace.health().warnings if each.kind == kind]


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store."""
    made = Store()
    with made.workspace:
        yield made


def use(segment: int | None, at: datetime = NOW, kind: str = "campaign") -> SegmentUse:
    return SegmentUse(
        segment_id=segment, kind=kind, name=f"{kind} of {segment}", state="", blocking=False,
        used_at=at,
    )  # fmt: skip


def moved(segment: int, at: datetime, joined: int = 1) -> MembershipChange:
    """Somebody joined, or nobody did."""
    return MembershipChange(
        segment_id=segment,
        version=1,
        at=at,
        recorded_at=at,
        cause="data",
        triggers=False,
        joined_count=joined,
        left_count=0,
        joined=BitMap(range(joined)).serialize(),
        left=BitMap().serialize(),
    )


# -- each warning, and the other side of its threshold ----------------------------------


def test_nothing_amiss(store: Store) -> None:
    """A store without segments, and one whose segment is in order."""
    assert store.workspace.health().warnings == ()
    store.people(3)
    store.orders([1])
    store.add("Buyers")
    found = store.workspace.health()
    assert (found.as_of, found.live, found.active, found.warnings) == (NOW, 3, 1, ())


def test_no_strategy(store: Store) -> None:
    """A segment of which nobody wrote down what it is for; spaces say nothing."""
    store.add("Without", strategy=" ")
    store.add("With", strategy="Thank them")
    (found,) = store.warnings("no_strategy")
    assert found.segments == ("Without",)


def test_tiny(store: Store) -> None:
    """Fewer than 50 members, in a store of more than 5,000."""
    store.people(5_001)
    store.orders(range(49))
    store.add("Buyers")
    (found,) = store.warnings("tiny")
    assert (found.segments, found.number, found.of) == (("Buyers",), 49, 5_001)
    assert found.message == "'Buyers' has 49 of 5,001 customers."
    store.orders([49])
    assert store.warnings("tiny") == []


def test_no_segment_is_tiny_in_a_small_store(store: Store) -> None:
    """Of 5,000 customers and fewer."""
    store.people(5_000)
    store.add("Nobody")
    assert store.warnings("tiny") == []


def test_nearly_the_same(store: Store) -> None:
    """More than nine in ten who are in either are in both; exactly nine are not enough."""
    store.people(11)
    store.orders(range(11))
    store.orders(range(10))
    store.add("Once")
    store.add("Twice", "number_of_orders >= 2")
    (found,) = store.warnings("nearly_the_same")
    assert (found.segments, found.number, found.of) == (("Once", "Twice"), 10, 11)
    store.workspace.load(
        {"deletions": [{"kind": "customer", "record_id": "p0", "deleted_at": NOW}]}, source="shop"
    )
    assert store.workspace.segments["Twice"].result().count == 9
    assert store.warnings("nearly_the_same") == []


def test_two_empty_segments_are_not_alike(store: Store) -> None:
    """Nobody is in either."""
    store.add("A")
    store.add("B", "number_of_orders >= 2")
    assert store.warnings("nearly_the_same") == []


def test_quiet(store: Store) -> None:
    """Nobody joined or left for 30 days, by the history of members."""
    ids = [store.add(name) for name in ("Quiet", "Lively", "Unknown", "Still")]
    store.remember(
        moved(ids[0], NOW - timedelta(90)),
        moved(ids[0], NOW - timedelta(30)),
        moved(ids[0], NOW - timedelta(1), joined=0),
        moved(ids[1], NOW - timedelta(30) + TICK),
    )
    (found,) = store.warnings("quiet")
    assert (found.segments, found.since) == (("Quiet",), NOW - timedelta(30))
    assert "since 31 May 2026, 13:00:00 (Europe/London)" in found.message


def test_a_snapshot_is_never_quiet(store: Store) -> None:
    """Its members stay those of one moment."""
    fixed = store.add("Taken", fixed_at=NOW - timedelta(90))
    store.remember(moved(fixed, NOW - timedelta(90)))
    assert store.warnings("quiet") == []


def test_unused(store: Store) -> None:
    """Not used for 45 days, or not since it was made as long ago; references are uses."""
    old, fresh = NOW - timedelta(45), NOW - timedelta(45) + TICK
    once, still = store.add("Once", created_at=old), store.add("Still", created_at=old)
    store.add("Never", created_at=old)
    store.add("New", created_at=fresh)
    store.add("Named", created_at=old)
    store.add("Naming", "segments CONTAINS 'named'", created_at=fresh)
    store.remember(use(once, old), use(still, old), use(still, fresh, "series"), use(None))
    found = store.warnings("unused")
    assert [each.segments for each in found] == [("Once",), ("Never",)]
    assert [each.since for each in found] == [old, old]
    assert "was last used 16 May 2026" in found[0].message
    assert "was made and never used 16 May 2026" in found[1].message


def test_many_idle_segments(store: Store) -> None:
    """More than 30 of which more than half were never used."""
    ids = [store.add(f"S{n}") for n in range(31)]
    store.remember(*map(use, ids[:15]))
    (found,) = store.warnings("many_idle_segments")
    assert (found.number, found.of) == (16, 31)
    assert found.segments == tuple(f"S{n}" for n in range(15, 31))
    store.remember(use(ids[15]))
    assert store.warnings("many_idle_segments") == []


def test_thirty_segments_are_not_many(store: Store) -> None:
    """However few are used; archived ones do not count."""
    for n in range(30):
        store.add(f"S{n}")
    store.add("Put away", archived_at=NOW)
    assert store.warnings("many_idle_segments") == []


def test_no_series_after_the_first_purchase(store: Store) -> None:
    """50 one-time buyers or more, half of all buyers or more, and no series on a segment of
    which all members are some."""
    store.people(120)
    store.orders(range(100))
    store.orders(range(50))
    once = store.add("Once", "number_of_orders = 1")
    buyers = store.add("Buyers")
    store.remember(use(once, kind="campaign"), use(buyers, kind="series"))
    (found,) = store.warnings("no_series_after_first_purchase")
    assert (found.segments, found.number, found.of) == ((), 50, 100)
    store.remember(use(once, kind="series"))
    assert store.warnings("no_series_after_first_purchase") == []


@pytest.mark.parametrize(("buyers", "again"), [(49, 0), (101, 51)])
def test_few_first_time_buyers(store: Store, buyers: int, again: int) -> None:
    """49 are few, and so are 50 of 101 buyers."""
    store.people(120)
    store.orders(range(buyers))
    store.orders(range(again))
    assert store.warnings("no_series_after_first_purchase") == []


def test_a_series_on_nobody_is_none(store: Store) -> None:
    """A segment without members is not one of first-time buyers."""
    store.people(60)
    store.orders(range(60))
    nobody = store.add("Nobody", "number_of_orders > 9")
    store.remember(use(nobody, kind="series"))
    assert len(store.warnings("no_series_after_first_purchase")) == 1


def test_idle_condition(store: Store) -> None:
    """One that all who meet the others meet as well, in groups too; a stricter one is none."""
    store.people(6)
    store.orders(range(4))
    store.orders(range(2))
    store.add("Top", "number_of_orders >= 1 AND amount_spent > 5")
    store.add("Group", "number_of_orders = 0 OR (number_of_orders >= 2 AND amount_spent > 15)")
    store.add("Denied", "NOT (number_of_orders >= 1 AND amount_spent > 15)")
    store.add("Strict", "number_of_orders >= 1 AND customer_email IS NULL AND number_of_orders < 2")
    found = [
        (each.segments[0], each.condition, each.number) for each in store.warnings("idle_condition")
    ]
    assert found == [
        ("Top", "number_of_orders >= 1", 4),
        ("Top", "amount_spent > 5", 4),
        ("Group", "number_of_orders >= 2", 4),
        ("Group", "amount_spent > 15", 4),
        ("Denied", "number_of_orders >= 1", 4),
        ("Strict", "customer_email IS NULL", 2),
    ]


def test_nobody_is_left_to_remove(store: Store) -> None:
    """A segment without members, a single condition, a snapshot: nothing to say."""
    store.people(2)
    store.orders([0])
    store.add("Nobody", "number_of_orders > 5 AND amount_spent > 500")
    store.add("Single", "number_of_orders >= 0")
    store.add("Taken", "number_of_orders >= 1 AND amount_spent > 5", fixed_at=NOW)
    assert store.warnings("idle_condition") == []


def test_money_on_orders_that_do_not_count(store: Store) -> None:
    """Paid for a cancelled order and not given back; not once it is."""
    store.people(1)
    store.orders([0])
    assert store.warnings("money_not_counted") == []
    store.orders([0], cancelled_at=NOW - timedelta(1))
    (found,) = store.warnings("money_not_counted")
    assert (found.number, found.money) == (1, 100_000)
    assert found.message.startswith("10.00 GBP is held on 1 order")
    refund = {"refund_id": "r", "order_id": 2, "refunded_at": NOW, "amount": "10.00"}
    store.workspace.load({"refunds": [refund]}, source="shop")
    assert store.warnings("money_not_counted") == []


def test_a_segment_without_an_answer(store: Store) -> None:
    """It is told, and hides nothing of the others."""
    store.add("Broken", query="number_of_orders >= 1")
    store.add("Without", strategy="")
    assert store.warnings("unanswered") == []
    with Session(store.workspace._stores.app) as session, session.begin():
        row = session.scalars(select(Segment).filter_by(name="Broken")).one()
        row.query = "an_attribute_of_old = 3 AND number_of_orders >= 1"
    (found,) = store.warnings("unanswered")
    assert found.segments == ("Broken",)
    assert [each.segments for each in store.warnings("no_strategy")] == [("Without",)]


def test_archived_segments_have_no_warnings(store: Store) -> None:
    """Whatever is amiss with them."""
    old = NOW - timedelta(99)
    gone = store.add("Old", strategy="", created_at=old, archived_at=NOW)
    store.remember(moved(gone, old))
    found = store.workspace.health()
    assert (found.active, found.warnings) == (0, ())


def test_archived_segments_are_not_compared(store: Store) -> None:
    """Where all segments are laid over each other."""
    store.add("A")
    store.add("Old", archived_at=NOW)
    assert [each.name for each in store.workspace.segments.overlap().segments] == ["A"]


# -- on the command line ----------------------------------------------------------------


def test_the_command(tmp_path: Path) -> None:
    """Warnings under each other, with what to do; all of it for a program."""
    shop = tmp_path / "shop"
    well("init", shop, "--timezone", "Europe/London", "--currency", "GBP")
    well("-w", shop, "segment", "add", "Buyers", "number_of_orders >= 1")
    printed = well("-w", shop, "segment", "health").out
    assert "'Buyers' has no strategy.\n  -> Write down what you do" in printed
    assert "1 warning; 1 active segments as of" in printed
    (found,) = well("-w", shop, "segment", "health", "--json").json["warnings"]
    assert (found["kind"], found["segments"], found["money"]) == ("no_strategy", ["Buyers"], None)
    well("-w", shop, "segment", "delete", "Buyers", "--yes")
    assert "Nothing amiss; 0 active segments" in well("-w", shop, "segment", "health").out
    with sg.Workspace.open(shop) as workspace:
        for n in range(11):
            workspace.segments.add(f"S{n}", "number_of_orders >= 1")
    printed = well("-w", shop, "segment", "health").out
    assert "'S9' has no strategy.\nand 1 more; --json has all\n  ->" in printed
