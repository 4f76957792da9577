"""Customers put into a segment and kept out of it by hand, and snapshots."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.segments.definition import Definition
from segmentry.segments.lists import ids_in
from segmentry.storage.numbers import forget

from .conftest import Clock


@pytest.fixture
def buyers(shop: sg.Workspace) -> sg.Workspace:
    """Buyers are ann and bob; Others asks for being one of them."""
    shop.segments.add("Buyers", "number_of_orders > 0")
    shop.segments.add("Others", "NOT segments CONTAINS 'Buyers'")
    return shop


def test_lists_hold_everywhere(buyers: sg.Workspace) -> None:
    """In members, references, the values of `segments`, at past moments, and for some."""
    buyers.segments.include("Buyers", ["cid"])
    buyers.segments.exclude("Buyers", ["bob"])
    segment = buyers.segments["Buyers"]
    assert segment.result().ids == ("ann", "cid")
    assert segment.result().sentence.endswith(", with 1 put in and 1 kept out by hand.")
    assert segment.result(as_of=date(2026, 1, 3)).ids == ("cid",)
    assert segment.result(among=["cid", "bob"]).ids == ("cid",)
    assert buyers.segments["Others"].result().ids == ("bob", "dee")
    assert buyers.query("segments CONTAINS 'Buyers'").ids == ("ann", "cid")
    assert buyers.values("segments")["cid"] == {"Buyers"}
    assert buyers.segments.preview("Buyers", "number_of_orders = 1").leaving == ("ann",)


def test_why_names_the_hand(buyers: sg.Workspace) -> None:
    """The rule is told beside it; time moves nobody who is listed."""
    buyers.segments.include("Buyers", ["cid"])
    buyers.segments.exclude("Buyers", ["ann"])
    segment = buyers.segments["Buyers"]
    told = [(why.inside, why.by_hand, why.reason.holds) for why in map(segment.why, ("cid", "ann"))]
    assert told == [(True, "included", False), (False, "excluded", True)]
    assert segment.why("bob").by_hand is None
    assert segment.next_change("cid").at is None


def test_the_last_word_holds(buyers: sg.Workspace) -> None:
    """A customer is in one list at most, and unlisting leaves it to the query."""
    segments = buyers.segments
    segments.include("Buyers", ["cid", "dee"])
    done = segments.exclude("Buyers", ["cid", "bob"])
    assert (done.changed, done.included, done.excluded) == (2, 1, 2)
    assert segments["Buyers"].lists().excluded == ("bob", "cid")
    assert segments.unlist("Buyers", ["bob", "ann"]).changed == 1
    assert segments["Buyers"].result().ids == ("ann", "bob", "dee")
    assert segments.include("Buyers", ["dee"]).changed == 0
    assert [v.action for v in segments["Buyers"].versions()][-1] == "unlisted"


def test_addresses_stand_for_their_customers(buyers: sg.Workspace) -> None:
    """However they are written."""
    done = buyers.segments.include("Buyers", [" DEE@example.COM ".strip()])
    assert done.included == 1
    assert buyers.segments["Buyers"].lists().included == ("dee",)


def test_unknown_ids_are_refused_as_a_whole(buyers: sg.Workspace) -> None:
    """By number and example, unless they are to be skipped."""
    ids = ["cid", "zoe", "zoe@example.com", "no@body", ""]
    with pytest.raises(sg.SegmentError, match="4 of them name no customer: 'zoe'"):
        buyers.segments.include("Buyers", ids)
    assert buyers.segments["Buyers"].lists().included == ()
    done = buyers.segments.include("Buyers", ids, skip_unknown=True)
    assert (done.changed, done.unknown) == (1, ("zoe", "zoe@example.com", "no@body", ""))
    with pytest.raises(sg.SegmentError, match="as a list"):
        buyers.segments.include("Buyers", "cid")


def test_a_listed_customer_is_followed_when_merged(buyers: sg.Workspace) -> None:
    """Into who they are now; that one can be unlisted."""
    buyers.segments.include("Buyers", ["cid"])
    assert buyers.segments["Buyers"].result().ids == ("ann", "bob", "cid")
    merge = [{"customer_id": "cid", "merged_into": "dee", "merged_at": "2026-05-30"}]
    buyers.load({"customer_merges": merge}, source="shop")
    assert buyers.segments["Buyers"].result().ids == ("ann", "bob", "dee")
    assert buyers.segments["Buyers"].lists().included == ("dee",)
    assert buyers.segments.unlist("Buyers", ["dee"]).included == 0
    assert buyers.segments["Buyers"].result().ids == ("ann", "bob")


def test_an_erased_customer_is_in_no_list(buyers: sg.Workspace) -> None:
    """Once the id is taken from the number, it stands for nobody."""
    buyers.segments.include("Buyers", ["cid", "dee"])
    assert buyers.segments["Buyers"].result().count == 4
    with Session(buyers._stores.app) as session, session.begin():
        forget(session, ["shop:cid"])
    assert buyers.segments["Buyers"].result().ids == ("ann", "bob", "dee")
    assert buyers.segments["Buyers"].lists().included == ("dee",)


def test_a_copy_lists_the_same(buyers: sg.Workspace) -> None:
    """Files know of no lists: applying them leaves these alone."""
    buyers.segments.include("Buyers", ["cid"])
    copy = buyers.segments.duplicate("Buyers")
    buyers.segments.unlist("Buyers", ["cid"])
    assert copy.result().ids == ("ann", "bob", "cid")
    buyers.segments.replace(buyers.segments.definitions())
    assert buyers.segments["Buyers (2)"].lists().included == ("cid",)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("17, 42\n\n 43;ann@x.org\t9", ["17", "42", "43", "ann@x.org", "9"]),
        ("customer_id\r\n17\r\n42\r\n", ["17", "42"]),
        ('name,Email\n"A, B",a@x.org\nC,\nD', ["a@x.org"]),
        ("\ufeffcustomer_id,email\n17,a@x.org", ["17"]),
        ("customer_id\n'=bob\n'ann", ["=bob", "'ann"]),
        ("", []),
    ],
)
def test_ids_are_read_from_what_people_have(text: str, ids: list[str]) -> None:
    """Pasted texts, columns, and files of members that were written here."""
    assert ids_in(text) == ids


# -- snapshots --------------------------------------------------------------------------


def test_a_snapshot_stays_as_it_was(buyers: sg.Workspace, clock: Clock) -> None:
    """Whatever becomes of the query, the data and time; it can be referred to and listed."""
    segments = buyers.segments
    taken = segments.snapshot("Buyers", as_of=date(2026, 3, 1))
    assert taken.name == "Buyers on 2026-03-01"
    assert taken.fixed_at == datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)
    assert taken.query == "number_of_orders > 0"
    clock.go_on(days=40)
    segments.edit("Buyers", "number_of_orders = 0")
    again = segments[taken.name]
    assert again.result().ids == ("bob",)
    assert again.result().sentence == "Customers of a fixed list of 1."
    assert buyers.query(f"segments CONTAINS '{taken.name}'").ids == ("bob",)
    segments.include(taken.name, ["cid"])
    segments.exclude(taken.name, ["bob"])
    assert again.result().ids == ("cid",)
    assert (again.why("cid").inside, again.why("ann").inside) == (True, False)
    assert [v.action for v in again.versions()] == ["taken", "included", "excluded"]


def test_a_snapshot_depends_on_nothing(buyers: sg.Workspace) -> None:
    """What its query names can be deleted; nobody is in one of nobody; no query can be given."""
    segments = buyers.segments
    segments.snapshot("Others", "Then")
    segments.delete("Others")
    segments.delete("Buyers")
    assert segments["Then"].result().ids == ("cid", "dee")
    segments.add("None", "number_of_orders > 99")
    assert segments.snapshot("None", "Nobody").result().ids == ()
    segments.include("Nobody", ["ann"])
    assert segments.duplicate("Nobody").result().ids == ("ann",)
    with pytest.raises(sg.SegmentError, match="is a snapshot"):
        segments.edit("Then", "number_of_orders > 0")
    assert segments.edit("Then", goal="Kept").fixed_at is not None


def test_snapshots_are_in_no_file_and_stay(buyers: sg.Workspace) -> None:
    """Neither written nor deleted, and not overwritten by a definition of that name."""
    segments = buyers.segments
    segments.snapshot("Buyers", "Then")
    assert [each.name for each in segments.definitions()] == ["Buyers", "Others"]
    segments.replace([])
    assert segments.names == ("Then",)
    segments.add("New", "segments CONTAINS 'Then'")
    with pytest.raises(sg.SegmentError, match="is a snapshot"):
        segments.replace([Definition("then", "number_of_orders = 5")])
    assert segments.snapshot("Then").name == "Then on 2026-06-01"
    assert segments.snapshot("Then").name == "Then on 2026-06-01 (2)"
