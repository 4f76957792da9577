"""Which messages are taken, as what, and what is said of the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from .events import NOW, facts, refused, store, track


def moment(text: str) -> datetime:
    """A moment of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# -- names and properties ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Product Viewed", "product_viewed"),
        ("product_viewed", "product_viewed"),
        (" PRODUCT  viewed ", "product_viewed"),
        ("Product List Viewed", "collection_viewed"),
        ("Products Searched", "searched"),
        ("Product Added", "cart_added"),
        ("Checkout Started", "checkout_started"),
        ("Order Completed", "order_completed"),
        ("Email Opened", "email.opened"),
        ("Email Link Clicked", "email.clicked"),
        ("Email Marked as Spam", "email.marked_as_spam"),
        ("Unsubscribed", "email.unsubscribed"),
        ("email.bounced", "email.bounced"),
        ("Session Ended", "session_ended"),
        ("Quiz Finished", "Quiz Finished"),
    ],
)
def test_names_of_the_spec_are_those_of_facts(written: str, name: str) -> None:
    """However they are spelt; a store's own events keep their names."""
    with store(track(written)) as made:
        assert [row["name"] for row in facts(made, "events")] == [name]


def test_ids_of_products_and_campaigns_get_their_columns() -> None:
    """With the source before them, and whole numbers as texts."""
    with store(track("Product Viewed", product_id=7, campaign_id="c")) as made:
        (row,) = facts(made, "events")
    assert (row["product_id"], row["activity_id"]) == ("shop:7", "shop:c")


def test_searches_and_collections_can_be_asked_for() -> None:
    """Their properties have the names that conditions read."""
    with store(
        track("Products Searched", query="tea pot"),
        track("Product List Viewed", list_id="mugs"),
    ) as made:
        assert made.query("storefront.searched MATCHES (term CONTAINS TEXT 'pot')").count == 1
        assert made.query("storefront.collection_viewed MATCHES (id = 'mugs')").count == 1


def test_pages_and_screens_tell_where_a_visit_came_from() -> None:
    """From the context, where the properties do not say."""
    page = {
        "type": "page",
        "userId": "ann",
        "timestamp": "2026-01-01T10:00:00Z",
        "context": {"page": {"url": "https://s.test/a"}, "campaign": {"source": "letter"}},
    }
    with store(page, page | {"type": "screen", "name": "Home", "userId": "bob"}) as made:
        assert made.values("first_source") == {"ann": "letter", "bob": "letter"}
        assert made.query("storefront.page_viewed MATCHES (url ENDS WITH '/a')").count == 2


# -- moments ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "at"),
    [
        ({"timestamp": "2026-01-01T10:00:00+14:00"}, "2025-12-31T20:00:00"),
        ({"timestamp": "2026-07-01T10:00:00"}, "2026-07-01T09:00:00"),
        ({"timestamp": "2026-07-01"}, "2026-06-30T23:00:00"),
        ({"timestamp": "2026-01-01T10:00:00.123456789Z"}, "2026-01-01T10:00:00.123456"),
        ({"receivedAt": "2026-01-01T10:00:00Z"}, "2026-01-01T10:00:00"),
        ({"originalTimestamp": "2026-01-01T10:00:00Z"}, "2026-01-01T10:00:00"),
        (
            {"originalTimestamp": "2026-01-01T10:00:00Z", "sentAt": "2026-01-01T10:00:30Z"}
            | {"receivedAt": "2026-01-01T11:00:30Z"},
            "2026-01-01T11:00:00",
        ),
        (
            {"originalTimestamp": "2026-01-09T10:00:00Z", "sentAt": "2026-01-09T10:00:00Z"}
            | {"receivedAt": "2026-01-01T10:00:00Z"},
            "2026-01-08T10:00:00",
        ),
        ({"timestamp": "2090-01-01T10:00:00Z"}, NOW.isoformat()[:19]),
        (
            {"timestamp": "2090-01-01T10:00:00Z", "receivedAt": "2026-02-01T10:00:00Z"},
            "2026-02-01T10:00:00",
        ),
    ],
)
def test_when_it_happened(times: dict[str, str], at: str) -> None:
    """As stated; else by the sender's clock, moved by a day at most; never in the future."""
    event = {"type": "track", "event": "x", "userId": "ann", **times}
    with store(event) as made:
        (row,) = facts(made, "events")
    assert row["occurred_at"] == moment(at)


def test_what_was_done_with_a_message_is_remarked() -> None:
    """Without an id, without a zone, from the future, and twice."""
    event = {"type": "track", "event": "x", "userId": "ann", "timestamp": "2090-01-01T10:00:00"}
    with store() as made:
        done = made.import_events([event, event])
    assert [(note.message, note.count) for note in done.report.notes] == [
        ("events from the future are dated when they were received", 2),
        ("events stand more than once; one of each is kept", 1),
        ("events without a messageId are known by their contents", 2),
        ("times without a zone are read on the store's clock", 2),
    ]
    assert len(done.report.refused) == 0


# -- refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"type": None}, "type", "not one of identify"),
        ({"type": "delete"}, "type", "not one of identify"),
        ({"type": 3}, "type", "not one of identify"),
        ({"userId": None}, "userId", "neither a userId nor an anonymousId"),
        ({"userId": " "}, "userId", "neither a userId nor an anonymousId"),
        ({"userId": True}, "userId", "a text or a whole number"),
        ({"userId": {"id": 1}}, "userId", "a text or a whole number"),
        ({"userId": "x" * 256}, "userId", "at most 255"),
        ({"messageId": ["m"]}, "messageId", "a text or a whole number"),
        ({"event": None}, "event", "needs the name"),
        ({"event": "  "}, "event", "needs the name"),
        ({"event": "x" * 201}, "event", "at most 200"),
        ({"timestamp": None}, "timestamp", "has no timestamp"),
        ({"timestamp": 1767225600}, "timestamp", "a time is a text"),
        ({"timestamp": "yesterday"}, "timestamp", "a time is a"),
        ({"timestamp": "2026-02-30T10:00:00Z"}, "timestamp", "out of range"),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp", "lie between"),
        ({"timestamp": "1969-12-31T23:59:59Z"}, "timestamp", "before 1970"),
        ({"properties": [1]}, "properties", "an object"),
        ({"properties": {"$message": 1}}, "properties.$message", "rename it"),
        ({"type": "identify", "traits": "x"}, "traits", "an object"),
        ({"type": "group"}, "groupId", "needs a groupId"),
        ({"type": "alias"}, "previousId", "a userId and a previousId"),
    ],
)
def test_a_message_that_cannot_be_used_is_refused(
    change: dict[str, Any], column: str, said: str
) -> None:
    """With its line and the field at fault; the others are taken."""
    with store() as made:
        done = made.import_events([track("a"), track("b") | change, track("c")])
        (row,) = done.report.refused.to_pylist()
        assert (row["file"], row["line"], row["column"]) == ("events", 2, column)
        assert said in row["reason"]
        assert {each["name"] for each in facts(made, "events")} == {"a", "c"}


def test_one_id_with_two_contents_is_refused_the_second_time() -> None:
    """Within a file the earlier stays, whichever comes first; of an earlier import, that."""
    one, other = track("a", at="10:00"), track("b", at="09:00")
    one["messageId"] = other["messageId"] = "m"
    for order in ([one, other], [other, one]):
        with store() as made:
            done = made.import_events(order)
            assert refused(done) == ["another event with this messageId is known; the first stays"]
            assert [each["name"] for each in facts(made, "events")] == ["b"]
            assert refused(made.import_events([one])) == refused(done)
            assert [each["name"] for each in facts(made, "events")] == ["b"]


def test_an_event_that_cannot_be_json_is_refused() -> None:
    """With its number."""
    with store() as made, pytest.raises(Exception, match="Event 2 cannot be written as JSON"):
        made.import_events([track("a"), {"type": object()}])


def test_a_name_that_is_no_source_is_refused() -> None:
    """Before anything is read."""
    with store() as made, pytest.raises(Exception, match="no name of a source"):
        made.import_events([track("a")], source="a:b")
