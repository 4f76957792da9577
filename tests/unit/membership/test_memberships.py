"""What is kept of segments that fail, of clocks that are set, and of who has read what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import update
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.membership import refresh, stored
from segmentry.storage.app_db import Membership

BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
RECORDS = {
    "customers": [{"customer_id": each, "created_at": BEGIN} for each in ("ann", "bob", "cid")],
    "orders": [
        {"order_id": "1", "customer_id": "ann", "paid": 10, "ordered_at": BEGIN},
        {"order_id": "2", "customer_id": "bob", "paid": 20, "ordered_at": BEGIN},
    ],
}


class Shop:
    """A workspace and its clock."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.workspace = sg.Workspace.create(
            None, timezone="Europe/London", currency="GBP", clock=lambda: self.now
        )
        self.workspace.load(RECORDS, source="shop")

    def state(self, name: str) -> sg.membership.memberships.State:
        """What is said of a segment's stored members."""
        (found,) = (s for s in self.workspace.memberships.states(self.now) if s.segment == name)
        return found


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop of three customers of whom two bought."""
    made = Shop()
    with made.workspace:
        yield made


def test_a_segment_that_fails_keeps_its_last_version_and_holds_up_no_other(shop: Shop) -> None:
    """The metafield that it asks about is gone: it says so, since when, and has its members."""
    shop.workspace.metafields.add("metafields.custom.size", "number")
    shop.workspace.segments.add("Fails", "metafields.custom.size IS NULL")
    shop.workspace.segments.add("Works", "last_order_date >= -1d")
    with shop.workspace._stores.app.begin() as connection:
        connection.exec_driver_sql("DELETE FROM metafields")
    shop.now += timedelta(days=3)
    shop.workspace.load({"customers": [{"customer_id": "dan"}]}, source="shop")
    failed, works = shop.state("Fails"), shop.state("Works")
    assert (failed.state, failed.count, failed.as_of) == ("failed", 3, BEGIN)
    assert failed.failed_at == shop.now
    assert failed.error is not None
    assert "metafields.custom.size" in failed.error
    assert (works.state, works.count) == ("current", 0)
    assert list(shop.workspace.refresh().failed) == ["Fails"]
    shop.workspace.metafields.add("metafields.custom.size", "number")
    shop.workspace.refresh()
    assert (shop.state("Fails").state, shop.state("Fails").count) == ("current", 4)


def test_a_fault_of_ours_names_no_person(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of an error that nobody expected is its kind alone."""
    shop.workspace.segments.add("Buyers", "number_of_orders > 0")

    def breaks(*_: object) -> None:
        raise ValueError("ann@shop.test")

    monkeypatch.setattr(refresh._Refreshing, "renewed", breaks)
    shop.now += timedelta(days=1)
    shop.workspace.load({"customers": [{"customer_id": "dan"}]}, source="shop")
    error = shop.state("Buyers").error
    assert error is not None
    assert "ValueError" in error
    assert "ann" not in error


def test_drift_is_reported_and_mended(shop: Shop) -> None:
    """Stored members that are not those of a fresh evaluation are told of, and put right by a
    change that restates."""
    shop.workspace.segments.add("Buyers", "number_of_orders > 0")
    wrong = BitMap([999]).serialize()
    with Session(shop.workspace._stores.app) as session, session.begin():
        session.execute(update(Membership).values(members=wrong, members_after=10**9))
    shop.workspace.memberships._stored._read.clear()
    (found,) = shop.workspace.drift()
    assert (found.segment, found.missing, found.surplus) == ("Buyers", ("shop:ann", "shop:bob"), 1)
    shop.workspace.drift(mend=True)
    assert shop.workspace.drift() == []
    assert shop.workspace.segments["Buyers"].history(limit=1)["cause"].to_pylist() == ["restated"]


def test_a_clock_set_back_a_little_is_waited_for(shop: Shop) -> None:
    """Nobody comes back because a clock was put right by some minutes (TIM-01)."""
    shop.workspace.segments.add("Recent", "last_order_date >= -1d")
    shop.now = datetime(2026, 3, 4, 0, 0, 30, tzinfo=UTC)
    shop.workspace.refresh()
    assert shop.state("Recent").count == 0
    shop.now -= timedelta(minutes=5)
    assert shop.workspace.refresh().moved == ()
    assert shop.state("Recent").as_of == datetime(2026, 3, 4, 0, 0, 30, tzinfo=UTC)


def test_a_clock_that_was_far_ahead_is_put_right(shop: Shop) -> None:
    """What it did while it was ten years ahead is restated, and triggers nothing (TIM-01)."""
    shop.workspace.segments.add("Recent", "last_order_date >= -1d")
    shop.now += timedelta(days=3650)
    shop.workspace.refresh()
    shop.now = BEGIN + timedelta(hours=1)
    (moved,) = shop.workspace.refresh().moved
    assert (moved.joined, moved.count) == (2, 2)
    last = shop.workspace.segments["Recent"].history(limit=1).to_pylist()[0]
    assert (last["cause"], last["triggers"]) == ("restated", False)


def test_readers_keep_their_places(shop: Shop) -> None:
    """Each reader goes on where it stopped, and does not go back."""
    shop.workspace.segments.add("Buyers", "number_of_orders > 0")
    history = shop.workspace.memberships.history
    first = history.after(history.read_by("series"), 1)
    history.acknowledge("series", first[-1].place)
    rest = history.after(history.read_by("series"), 10)
    assert [each.place for each in (*first, *rest)] == [1, 2]
    history.acknowledge("series", 2)
    history.acknowledge("series", 1)
    assert history.read_by("series") == 2
    assert history.read_by("webhooks") == 0


def test_sets_are_written_now_and_then(shop: Shop) -> None:
    """Members are the same whether read from a set with its changes or followed from memory."""
    shop.workspace.segments.add("Buyers", "number_of_orders > 0")
    id = shop.workspace.memberships.segment_id("Buyers")
    for number in range(stored._WRITTEN_EVERY + 3):
        shop.workspace.segments.edit("Buyers", f"number_of_orders {'>=' if number % 2 else '<'} 1")
        followed = shop.workspace.memberships._stored.both(id)
        read = stored.StoredMembers(shop.workspace._stores.app).both(id)
        assert followed == read
        assert read is not None
        assert read[0].count == len(read[1])


def test_history_names_nobody_who_was_erased(shop: Shop) -> None:
    """The change stays, without the person."""
    shop.workspace.segments.add("Buyers", "number_of_orders > 0")
    gone = {"kind": "customer", "record_id": "ann", "deleted_at": BEGIN, "erased": True}
    shop.workspace.load({"deletions": [gone]}, source="shop")
    told = shop.workspace.segments["Buyers"].history().to_pylist()
    assert [row["customer_id"] for row in told if row["change"] == "left"] == [None]
    assert shop.workspace.segments["Buyers"].history(customer="ann").num_rows == 0


def test_only_what_is_due_is_evaluated(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes for those alone who can change by it; nothing is due twice."""
    shop.workspace.segments.add("Buyers", "number_of_orders > 0")
    shop.workspace.segments.add("Recent", "last_order_date >= -1d")
    asked: list[str] = []
    renewed = refresh._Refreshing.renewed

    def noted(self: refresh._Refreshing, *arguments: BitMap) -> stored.Renewed:
        asked.append(self.segment.name)
        return renewed(self, *arguments)

    monkeypatch.setattr(refresh._Refreshing, "renewed", noted)
    shop.workspace.refresh()
    shop.now += timedelta(minutes=1)
    shop.workspace.refresh()
    assert asked == []
    shop.now += timedelta(days=1)
    shop.workspace.refresh()
    assert asked == ["Recent"]


def test_places_that_were_read_are_not_given_again(shop: Shop) -> None:
    """Though the segment whose changes had them is deleted: a reader would pass over the
    changes that have them then."""
    history = shop.workspace.memberships.history
    shop.workspace.segments.add("Gone", "number_of_orders >= 0")
    read = history.after(0, 100)[-1].place
    history.acknowledge("series", read)
    shop.workspace.segments.delete("Gone")
    shop.workspace.segments.add("New", "number_of_orders > 0")
    assert [each.customer for each in history.after(read, 100)] == ["shop:ann", "shop:bob"]
