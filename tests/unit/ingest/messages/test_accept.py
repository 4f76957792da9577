"""Batches of messages: what is read, what is refused alone, what is refused whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import segmentry as sg
from segmentry.base.errors import BatchError
from segmentry.ingest.messages.accept import Accepted
from segmentry.ingest.messages.check import Problem
from segmentry.ingest.messages.limits import BATCH, KEY, MESSAGE, PROPERTIES
from segmentry.storage.journal import Status

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def workspace() -> Iterator[sg.Workspace]:
    """A store in memory."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        yield made


@pytest.fixture(scope="module")
def any_workspace() -> Iterator[sg.Workspace]:
    """A store for all that changes nothing."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        yield made


def order(number: int, **more: Any) -> dict[str, Any]:
    """A message about an order."""
    row = {"order_id": number, "ordered_at": "2026-06-15T10:00:00Z", "paid": "12.50"} | more
    return {"message_id": f"m{number}", "records": {"orders": [row]}}


def event(properties: str) -> str:
    """A message about an event, with properties as they are written."""
    row = f'{{"event_id": 1, "name": "x", "occurred_at": "2026-06-15", "properties": {properties}}}'
    return f'{{"records": {{"events": [{row}]}}}}'


def batch(*messages: object) -> bytes:
    """Messages, as JSON or what becomes that."""
    texts = (each if isinstance(each, str) else json.dumps(each) for each in messages)
    return f'{{"source": "shop", "messages": [{", ".join(texts)}]}}'.encode()


def refused(accepted: Accepted, index: int = 0) -> Problem:
    """Why a message was refused."""
    problem = accepted.receipts[index].problem
    assert problem is not None
    assert accepted.receipts[index].status == "refused"
    return problem


# -- batches ----------------------------------------------------------------------------


def test_one_bad_message_of_a_hundred(workspace: sg.Workspace) -> None:
    """ING-22: the others are accepted, it is refused with the reason; all again, they are
    known."""
    messages = [order(n) for n in range(100)]
    messages[37] = order(37, paid="twelve")
    statuses: tuple[Status, ...] = ("accepted", "duplicate")
    for known in statuses:
        found = workspace.accept(batch(*messages))
        assert (found.count(known), found.count("refused")) == (99, 1)
        problem = refused(found, 37)
        assert (problem.code, problem.pointer) == ("value", "/messages/37/records/orders/0/paid")
    assert workspace.apply_accepted().messages == 99
    assert workspace.row_counts()["orders"] == 99


def test_an_id_with_other_content(workspace: sg.Workspace) -> None:
    """ING-06: the first stays. Another way to write the same is the same."""
    assert workspace.accept(batch(order(1))).count("accepted") == 1
    same = {"records": order(1, paid=12.5)["records"], "message_id": "m1"}
    assert workspace.accept(batch(same)).count("duplicate") == 1
    found = workspace.accept(batch(order(1, paid="13")))
    assert refused(found).code == "id_reused"
    assert refused(found).pointer == "/messages/0/message_id"
    assert workspace.ids_reused() == 1
    workspace.apply_accepted()
    assert workspace.facts("orders").column("paid").to_pylist() == [125_000]


def test_messages_without_an_id_are_known_by_their_records(workspace: sg.Workspace) -> None:
    """Each is accepted, and the facts are those of one."""
    message = {"records": order(1)["records"]}
    assert workspace.accept(batch(message, message)).count("accepted") == 2
    assert workspace.apply_accepted().messages == 2
    assert workspace.row_counts()["orders"] == 1


def test_messages_of_a_program(workspace: sg.Workspace) -> None:
    """As they are, with values of Python's own."""
    row = {"order_id": 1, "ordered_at": NOW, "paid": Decimal("1.5")}
    found = workspace.accept([{"records": {"orders": [row]}}], source="pos")
    assert [each.status for each in found.receipts] == ["accepted"]
    assert found.position == 1
    workspace.apply_accepted()
    (kept,) = workspace.facts("orders").to_pylist()
    assert (kept["order_id"], kept["ordered_at"], kept["paid"]) == ("pos:1", NOW, 15_000)


WHOLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ""),
    "null": (b"null", ""),
    "list": (b"[]", ""),
    "text": (b'"x"', ""),
    "two values": (b"{} {}", ""),
    "no messages": (b'{"source": "shop"}', "/messages"),
    "messages no list": (b'{"source": "shop", "messages": {}}', "/messages"),
    "source no text": (b'{"source": 1, "messages": []}', "/source"),
    "no source": (b'{"messages": []}', "/source"),
    "more": (b'{"source": "shop", "messages": [], "a/b": 1}', "/a~1b"),
    "BOM": (b"\xef\xbb\xbf" + batch(), ""),
    "UTF-16": (batch().decode().encode("utf-16"), ""),
    "Latin-1": (b'{"source": "caf\xe9", "messages": []}', ""),
    "cut off": (batch()[:-1], ""),
    "keys twice": (b'{"source": "shop", "source": "pos", "messages": []}', ""),
    "nesting": (b"[" * 200_000, ""),
    "nesting inside": (batch("[" * 200_000), ""),
    "control character": (batch('"\x01"'), ""),
    "too large": (batch("1" * BATCH), ""),
}


@pytest.mark.parametrize("name", WHOLE)
def test_batch_that_cannot_be_read(any_workspace: sg.Workspace, name: str) -> None:
    """ING-19, ING-21: an error of ours, with a pointer, and nothing is taken."""
    raw, pointer = WHOLE[name]
    waiting = any_workspace.waiting()
    with pytest.raises(BatchError) as told:
        any_workspace.accept(raw)
    assert told.value.pointer == pointer
    assert any_workspace.waiting() == waiting


def test_batch_of_a_source_that_is_none(any_workspace: sg.Workspace) -> None:
    """It stands before every id; a batch may not name another than was asked for."""
    with pytest.raises(sg.DataError, match="no name of a source"):
        any_workspace.accept(b'{"source": "a:b", "messages": []}')
    with pytest.raises(BatchError, match="another source"):
        any_workspace.accept(batch(), source="pos")


DEEP = '{"a": ' * 40 + "1" + "}" * 40
MANY = f"[{','.join('1' * (PROPERTIES + 1))}]"
PLACE = "/messages/0/records/events/0"
ALONE: dict[str, tuple[object, str, str]] = {
    "NaN": (event('{"a": NaN}'), "json", f"{PLACE}/properties/a"),
    "Infinity": (event('{"a": [-Infinity]}'), "json", f"{PLACE}/properties/a/0"),
    "1e999": (event('{"a": 1e999}'), "json", f"{PLACE}/properties/a"),
    "1e-999": (event('{"a": 1e-999}'), "json", f"{PLACE}/properties/a"),
    "huge exponent": (event('{"a": 1e99999999999999999999}'), "json", f"{PLACE}/properties/a"),
    "5,000 digits": (event('{"a": %s}' % ("9" * 5000)), "json", f"{PLACE}/properties/a"),
    "65 bits": (event('{"a": 18446744073709551616}'), "value", f"{PLACE}/properties/a"),
    "keys twice": (event('{"a": {"b": 1, "b": 1}}'), "json", f"{PLACE}/properties/a"),
    "half a character": (event(r'{"a": "\ud800"}'), "value", f"{PLACE}/properties/a"),
    "half a key": (event(r'{"\udfff": 1}'), "value", f"{PLACE}/properties"),
    "deep": (event(DEEP), "too_large", f"{PLACE}/properties" + "/a" * 28),
    "key of 10 KB": (event('{"%s": 1}' % ("k" * 10_240)), "too_large", ""),
    "many": (event(MANY), "too_large", f"{PLACE}/properties"),
    "value of 100 KB": (event('{"a": "%s"}' % ("v" * 100_000)), "too_large", "/messages/0"),
    "null": ("null", "shape", "/messages/0"),
    "list": ("[]", "shape", "/messages/0"),
    "nothing": ("{}", "shape", "/messages/0/records"),
    "no records": ({"records": {}}, "shape", "/messages/0/records"),
    "records no object": ({"records": []}, "shape", "/messages/0/records"),
    "more": ({"records": {"orders": []}, "a~b": 1}, "shape", "/messages/0/a~0b"),
    "no such table": ({"records": {"clients": []}}, "table", "/messages/0/records/clients"),
    "rows no list": ({"records": {"orders": {}}}, "shape", "/messages/0/records/orders"),
    "row no object": ({"records": {"orders": [1]}}, "shape", "/messages/0/records/orders/0"),
    "no such column": (order(1, colour="red"), "column", "/messages/0/records/orders/0/colour"),
    "missing": ({"records": {"orders": [{}]}}, "value", "/messages/0/records/orders/0/order_id"),
    "no moment": (order(1, ordered_at="noon"), "value", "/messages/0/records/orders/0/ordered_at"),
    "id no text": ({**order(1), "message_id": 1}, "shape", "/messages/0/message_id"),
    "long id": ({**order(1), "message_id": "i" * 201}, "too_large", "/messages/0/message_id"),
    "at no moment": ({**order(1), "at": 5}, "value", "/messages/0/at"),
    "at to come": ({**order(1), "at": "2026-06-17"}, "future", "/messages/0/at"),
    "merged into itself": (
        {"records": {"customer_merges": [{"customer_id": 1, "merged_into": "1"}]}},
        "value",
        "/messages/0/records/customer_merges/0",
    ),
    "deleted in times to come": (
        {"records": {"deletions": [{"kind": "order", "record_id": 1, "deleted_at": "2199-01-01"}]}},
        "future",
        "/messages/0/records/deletions/0/deleted_at",
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_message_that_is_refused_alone(any_workspace: sg.Workspace, name: str) -> None:
    """ING-19, ING-21: with a pointer to what is wrong, and the one beside it is accepted."""
    message, code, pointer = ALONE[name]
    waiting = any_workspace.waiting()
    found = any_workspace.accept(batch(message, order([*ALONE].index(name))))
    problem = refused(found)
    assert problem.code == code
    assert problem.pointer.startswith(pointer)
    assert found.receipts[1].status == "accepted"
    assert any_workspace.waiting() == waiting + 1


def test_messages_up_to_the_limits(workspace: sg.Workspace) -> None:
    """ING-21: as large as may be, and a byte more."""
    key = "k" * KEY
    message = json.loads(event(json.dumps({key: 1, "a": ""})))
    room = MESSAGE - len(json.dumps(message, separators=(",", ":")))
    for extra, status in ((0, "accepted"), (1, "refused")):
        message["records"]["events"][0]["properties"]["a"] = "v" * (room + extra)
        found = workspace.accept(batch(message))
        assert found.receipts[0].status == status
    full = batch(*(order(number) for number in range(1000)))
    padded = full + b" " * (BATCH - len(full))
    assert workspace.accept(padded).count("accepted") == 1000
    with pytest.raises(BatchError, match="at most"):
        workspace.accept(padded + b" ")


# -- what they set off ------------------------------------------------------------------


def joined(workspace: sg.Workspace) -> list[tuple[str, str, bool]]:
    """Who joined, why, and whether that starts something."""
    rows = workspace.changes().to_pylist()
    return [(row["customer_id"], row["cause"], row["triggers"]) for row in rows]


def buys(who: str, at: datetime, number: int, when: datetime = NOW) -> dict[str, Any]:
    """A customer's order, and when the source says so."""
    row = {"order_id": number, "customer_id": who, "ordered_at": when.isoformat(), "paid": 1}
    profile = {"customer_id": who, "email": f"{who}@shop.test"}
    return {"at": at.isoformat(), "records": {"customers": [profile], "orders": [row]}}


def test_live_messages_trigger_and_late_ones_do_not(workspace: sg.Workspace) -> None:
    """ING-28, T-16: of one batch, by what is about now alone; what was so long ago already
    restates."""
    workspace.segments.add("Buyers", "number_of_orders > 0")
    long_ago = NOW - timedelta(days=3)
    messages = [
        buys("ann", NOW, 1),
        buys("bob", long_ago, 2),
        buys("cid", NOW, 3, when=long_ago),
    ]
    workspace.accept(messages, source="shop")
    workspace.apply_accepted()
    assert sorted(joined(workspace)) == [
        ("ann", "data", True),
        ("bob", "data", False),
        ("cid", "restated", False),
    ]


def test_messages_that_wait_while_an_import_runs_trigger(workspace: sg.Workspace) -> None:
    """An import takes along what was accepted before it, and what is live stays so."""
    workspace.segments.add("Buyers", "number_of_orders > 0")
    workspace.accept([buys("ann", NOW, 1)], source="shop")
    row = {"order_id": 2, "customer_id": "bob", "ordered_at": NOW, "paid": 1}
    workspace.load({"customers": [{"customer_id": "bob"}], "orders": [row]}, source="shop")
    assert workspace.waiting() == 0
    assert sorted(joined(workspace)) == [("ann", "data", True), ("bob", "data", False)]


def test_merges_in_a_circle_leave_profiles_apart(workspace: sg.Workspace) -> None:
    """ENG-09: they are acknowledged before anybody can know; nothing is lost, and the merge
    that resolves the circle is followed."""
    people = [{"customer_id": each, "email": f"{each}@shop.test"} for each in ("ann", "bob")]
    circle = [("ann", "bob", 1), ("bob", "ann", 2)]
    messages: list[dict[str, Any]] = [{"records": {"customers": people}}]
    for gone, into, hour in circle:
        merge = {"customer_id": gone, "merged_into": into}
        at = f"2026-06-15T{hour:02}:00:00Z"
        messages.append({"at": at, "records": {"customer_merges": [merge]}})
    workspace.accept(messages, source="shop")
    workspace.apply_accepted()
    assert set(workspace.query("number_of_orders = 0").ids) == {"ann", "bob"}
    resolved = {"customer_id": "bob", "merged_into": "cid"}
    workspace.accept([{"records": {"customer_merges": [resolved]}}], source="shop")
    workspace.apply_accepted()
    assert workspace.query("number_of_orders = 0").ids == ("cid",)


def test_applying_no_more_than_a_limit(workspace: sg.Workspace) -> None:
    """The rest waits, and is told."""
    workspace.accept([order(number) for number in range(5)], source="shop")
    assert workspace.wait_for_accepted(0)
    done = workspace.apply_accepted(limit=2)
    assert (done.messages, done.position, done.waiting) == (2, 2, 3)
    assert workspace.row_counts()["orders"] == 2
    assert workspace.wait_for_accepted(0)
    assert workspace.apply_accepted().messages == 3
    assert not workspace.wait_for_accepted(0)
    assert workspace.apply_accepted().messages == 0


def test_compacted_messages_are_rebuilt_from_the_archive(workspace: sg.Workspace) -> None:
    """And so are those that are not; the facts are the same."""
    workspace.accept([order(number) for number in range(3)], source="shop")
    workspace.apply_accepted()
    before = workspace.facts("orders")
    assert workspace.compact_journal(days=-1) == 3
    workspace.accept([order(3)], source="shop")
    workspace.apply_accepted()
    workspace.rebuild()
    assert workspace.facts("orders").slice(0, 3).equals(before)
    assert workspace.row_counts()["orders"] == 4


_MOMENTS = [
    ("2026-01-01T10:00:00", "2026-01-01T10:00:00+00:00"),
    ("2026-06-15T10:00:00", "2026-06-15T09:00:00+00:00"),
    ("2026-01-01T10:00:00+14:00", "2025-12-31T20:00:00+00:00"),
    ("2026-01-01T10:00:00-12:00", "2026-01-01T22:00:00+00:00"),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59+00:00"),
    ("2026-06-17T12:00:00Z", "2026-06-17T12:00:00+00:00"),
    ("0001-01-01T00:00:00Z", None),
    ("9999-12-31T23:59:59Z", None),
    ("2026-01-01T10:00:00+25:00", None),
    (1_767_261_600, None),
    (1_767_261_600_000, None),
    ("1767261600000", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("written", "moment"), _MOMENTS)
def test_when_something_happened(
    workspace: sg.Workspace, written: object, moment: str | None
) -> None:
    """TIM-07: without an offset it is by the store's clock, in summer and winter; seconds and
    milliseconds since 1970, which one could take for the other, are refused, and so is what no
    calendar has."""
    row = {"event_id": "1", "customer_id": "a", "name": "product_viewed", "occurred_at": written}
    taken = workspace.accept([{"records": {"events": [row]}}], source="shop")
    workspace.apply_accepted()
    kept = workspace.facts("events").column("occurred_at").to_pylist()
    assert [each.isoformat() for each in kept] == ([] if moment is None else [moment])
    (receipt,) = taken.receipts
    if moment is None:
        assert receipt.problem is not None
        assert receipt.problem.pointer == "/messages/0/records/events/0/occurred_at"


def test_what_is_to_happen_counts_when_it_has() -> None:
    """TIM-07: of a clock that is two days fast an event is kept as it says, and makes nobody a
    member before that moment."""
    now = NOW
    with sg.Workspace.create(None, timezone="UTC", currency="GBP", clock=lambda: now) as workspace:
        workspace.load({"customers": [{"customer_id": "a"}]}, source="shop")
        row = {
            "event_id": "1",
            "customer_id": "a",
            "name": "product_viewed",
            "occurred_at": (NOW + timedelta(days=2)).isoformat(),
        }
        workspace.accept([{"records": {"events": [row]}}], source="shop")
        workspace.apply_accepted()
        query = "storefront.product_viewed MATCHES (count >= 1)"
        assert workspace.query(query).count == 0
        now += timedelta(days=2, seconds=1)
        assert workspace.query(query).count == 1
