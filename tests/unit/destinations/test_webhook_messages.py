"""What endpoints are told, and what they are not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pyroaring import BitMap
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from segmentry.base.errors import DestinationError, SegmentError, UnknownDestination, UserError
from segmentry.destinations.webhooks import collecting, endpoints, messages
from segmentry.destinations.webhooks.messages import KINDS
from segmentry.storage.app_db import Import, ImportFile, Segment, SegmentUse
from segmentry.storage.numbers import forget
from segmentry.storage.webhook_tables import WebhookDelivery, WebhookMessage

from .receiving import HOST, Receiver
from .telling import NOON, SOURCE, Telling, data_of

URL = f"https://{HOST}/in"


@dataclass(frozen=True)
class Warning:
    """A warning as far as it is told."""

    kind: str
    segments: tuple[str, ...]


# -- joined and left --------------------------------------------------------------------


def test_who_joined_and_left_is_told(telling: Telling, server: Receiver) -> None:
    """By ids as people know them, with the segment, the moment and the cause."""
    vip = telling.segment("VIP")
    telling.webhooks.add(server.url())
    telling.turn(vip, joined=["ann", "bob"], left=["cid"])
    assert telling.told() == 2
    assert telling.send().done == 2
    said = (json.loads(each.body) for each in server.received)
    joined, left = sorted(said, key=lambda each: str(each["type"]))
    assert joined == {
        "type": "customer.joined_segment",
        "timestamp": "2026-03-02T12:00:00+00:00",
        "data": {
            "segment": {"id": vip, "name": "VIP"},
            "cause": "data",
            "at": "2026-03-02T12:00:00+00:00",
            "as_of": "2026-03-02T12:00:01+00:00",
            "count": 2,
            "part": 1,
            "parts": 1,
            "customers": ["ann", "bob"],
        },
    }
    assert (left["type"], left["data"]["customers"]) == ("customer.left_segment", ["cid"])
    assert server.received[0].headers["content-type"] == "application/json"


def test_many_customers_come_in_parts(
    telling: Telling, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once, in messages of so many at most that say which part they are."""
    monkeypatch.setattr(messages, "MOST_CUSTOMERS", 3)
    telling.webhooks.add(server.url())
    everybody = [f"c{number}" for number in range(7)]
    telling.turn(telling.segment("All"), joined=everybody)
    assert telling.send().done == 3
    parts = sorted((data_of(each) for each in server.received), key=lambda data: data["part"])
    assert [(data["part"], data["parts"], data["count"]) for data in parts] == [
        (1, 3, 7),
        (2, 3, 7),
        (3, 3, 7),
    ]
    assert [id for data in parts for id in data["customers"]] == everybody
    assert [len(data["customers"]) for data in parts] == [3, 3, 1]


def test_changes_that_trigger_nothing_are_not_told(telling: Telling) -> None:
    """Imported and restated ones, and those of a definition."""
    telling.webhooks.add(URL)
    telling.turn(telling.segment("VIP"), joined=["ann"], triggers=False)
    assert telling.told() == 0


def test_each_change_is_told_once(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are read at once, and however often."""
    monkeypatch.setattr(collecting, "AT_ONCE", 2)
    vip = telling.segment("VIP")
    telling.webhooks.add(URL)
    for number in range(5):
        telling.turn(vip, joined=[f"c{number}"])
    assert (telling.told(), telling.told()) == (5, 0)


def test_what_happened_before_is_not_told(telling: Telling) -> None:
    """To an endpoint that was added later, and to one that asks for more later."""
    vip, other = telling.segment("VIP"), telling.segment("Other")
    telling.turn(vip, joined=["ann"])
    first = telling.webhooks.add(URL, segments=["vip"]).endpoint
    assert telling.told() == 0
    telling.turn(other, joined=["ann"])
    telling.turn(vip, joined=["bob"])
    telling.webhooks.edit(first.id, segments="all")
    telling.webhooks.add(URL)
    assert [(each.endpoint, each.kind) for each in telling.webhooks.deliveries()] == [
        (first.id, "customer.joined_segment")
    ]


def test_endpoints_are_told_what_they_want(telling: Telling) -> None:
    """Of their kinds and their segments, no more."""
    vip, other = telling.segment("VIP"), telling.segment("Other")
    add = telling.webhooks.add
    everything = add(URL).endpoint.id
    joined = add(URL, kinds=["customer.joined_segment"]).endpoint.id
    of_vip = add(URL, segments=["VIP"]).endpoint.id
    telling.turn(vip, joined=["ann"], left=["bob"])
    telling.turn(other, joined=["ann"])
    telling.told()
    counts = {each: len(telling.webhooks.deliveries(each)) for each in (everything, joined, of_vip)}
    assert counts == {everything: 3, joined: 2, of_vip: 2}


def test_nothing_is_kept_that_nobody_wants(telling: Telling) -> None:
    """Nor is it told to who comes later."""
    telling.turn(telling.segment("VIP"), joined=["ann"])
    assert telling.told() == 0
    with Session(telling.app) as session:
        assert session.scalars(select(WebhookMessage)).all() == []


def test_of_somebody_erased_no_id_is_sent_or_kept(telling: Telling, server: Receiver) -> None:
    """Whenever the message was made."""
    telling.webhooks.add(server.url())
    telling.turn(telling.segment("VIP"), joined=["ann", "bob"])
    telling.told()
    with Session(telling.app) as session, session.begin():
        forget(session, [f"{SOURCE}ann"])
    telling.send()
    assert data_of(server.received[0])["customers"] == ["bob"]
    with Session(telling.app) as session:
        (kept,) = session.scalars(select(WebhookMessage))
        assert "ann" not in kept.data
        assert kept.customers is not None
        assert len(BitMap.deserialize(kept.customers)) == 2


def test_segments_that_are_gone(telling: Telling) -> None:
    """An endpoint that was told of nothing else is told nothing, and its use is an orphan."""
    gone = telling.segment("Gone")
    made = telling.webhooks.add(URL, segments=["Gone"]).endpoint
    assert made.segments == ("Gone",)
    with Session(telling.app) as session, session.begin():
        (use,) = session.scalars(select(SegmentUse))
        assert (use.kind, use.name, use.state, use.blocking) == (
            "webhook",
            made.id,
            "active",
            False,
        )
        use.segment_id = None
        session.execute(delete(Segment).where(Segment.id == gone))
    telling.turn(telling.segment("New"), joined=["ann"])
    assert telling.told() == 0
    assert telling.webhooks[made.id].segments == ()


# -- imports, health --------------------------------------------------------------------


def test_imports_of_files_are_told(telling: Telling, server: Receiver) -> None:
    """With counts and no values; records that came by themselves are not an import to tell of."""
    telling.webhooks.add(server.url())
    report = {"accepted": 5, "refused": 1, "reasons": [{"reason": "'ann@x' is no date"}]}
    with Session(telling.app) as session, session.begin():
        for number, text in enumerate((json.dumps(report), "{}")):
            file = ImportFile(table="orders", sha256="0", rows=5)
            entry = {"source": "shop", "fingerprint": str(number), "imported_at": NOON}
            session.add(Import(**entry, report=text, files=[file]))
    assert (telling.told(), telling.told()) == (1, 0)
    telling.send()
    assert json.loads(server.received[0].body) == {
        "type": "import.done",
        "timestamp": NOON.isoformat(),
        "data": {
            "import": {"position": 1, "source": "shop"},
            "accepted": 5,
            "refused": 1,
            "tables": {"orders": 5},
        },
    }


def test_warnings_that_come_and_go_are_told(telling: Telling, server: Receiver) -> None:
    """Once each, however often they are looked at."""
    telling.webhooks.add(server.url(), kinds=["health.changed"])
    tiny, quiet = Warning("tiny", ("VIP",)), Warning("quiet", ("All",))
    told = [
        telling.webhooks.tell_health(each, telling.now)
        for each in ([], [tiny], [tiny], [quiet], [quiet, tiny])
    ]
    assert told == [0, 1, 0, 1, 1]
    telling.send()
    said = [data_of(each) for each in server.received]
    assert {"appeared": [{"kind": "quiet", "segments": ["All"]}], "warnings": 1} | {
        "gone": [{"kind": "tiny", "segments": ["VIP"]}]
    } in said


# -- endpoints --------------------------------------------------------------------------


def test_endpoints_are_listed_changed_and_removed(telling: Telling) -> None:
    """With all that is of them."""
    vip = telling.segment("VIP")
    hooks = telling.webhooks
    made = hooks.add(URL, description="Mail", kinds=["ping", "import.done"]).endpoint
    assert (made.state, made.segments, made.kinds) == ("active", None, ("import.done",))
    telling.now += timedelta(seconds=1)
    other = hooks.add(URL).endpoint
    changed = hooks.edit(
        made.id,
        url=f"{URL}/2",
        description="Post",
        kinds=["customer.joined_segment"],
        segments=["VIP"],
    )
    assert (changed.url, changed.description) == (f"{URL}/2", "Post")
    assert (changed.kinds, changed.segments) == (("customer.joined_segment",), ("VIP",))
    assert [each.id for each in hooks.listed()] == [made.id, other.id]
    telling.turn(vip, joined=["ann"])
    telling.told()
    assert hooks[made.id].waiting == 1
    hooks.remove(made.id)
    assert [each.id for each in hooks.listed()] == [other.id]
    with pytest.raises(UserError):
        telling.secrets.get(f"webhooks/{made.id}")
    with Session(telling.app) as session:
        assert session.scalars(select(SegmentUse)).all() == []
        assert {row.endpoint_id for row in session.scalars(select(WebhookDelivery))} == {other.id}


def test_state_is_seen_by_segments(telling: Telling) -> None:
    """A use says whether the endpoint is paused."""
    telling.segment("VIP")
    made = telling.webhooks.add(URL, segments=["VIP"]).endpoint
    for verb, state in ((telling.webhooks.pause, "paused"), (telling.webhooks.resume, "active")):
        assert verb(made.id).state == state
        with Session(telling.app) as session:
            assert session.scalars(select(SegmentUse.state)).all() == [state]


def test_what_cannot_be_added_leaves_nothing(telling: Telling) -> None:
    """No endpoint, no secret, and an error that says what is wrong."""
    add = telling.webhooks.add
    telling.segment("VIP")
    with pytest.raises(DestinationError, match="https://"):
        add("http://shop.test/")
    with pytest.raises(DestinationError, match=r"no kind 'joined'.*customer\.joined_segment"):
        add(URL, kinds=["joined"])
    with pytest.raises(DestinationError, match="at least one kind"):
        add(URL, kinds=[])
    with pytest.raises(SegmentError, match="vpi"):
        add(URL, segments=["VIP", "vpi"])
    with pytest.raises(DestinationError, match="at least one segment"):
        add(URL, segments=[])
    with pytest.raises(DestinationError, match="as a list"):
        add(URL, segments="VIP")
    with pytest.raises(DestinationError, match="at most 500"):
        add(URL, description="x" * 501)
    assert telling.webhooks.listed() == ()
    assert telling.secrets._kept == {}


def test_there_is_an_end_to_endpoints(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs something with every change."""
    monkeypatch.setattr(endpoints, "MOST_ENDPOINTS", 1)
    telling.webhooks.add(URL)
    with pytest.raises(DestinationError, match="1 webhooks already"):
        telling.webhooks.add(URL)


def test_unknown_ids_are_refused(telling: Telling) -> None:
    """By every verb."""
    hooks = telling.webhooks
    for verb in (
        *(hooks.__getitem__, hooks.edit, hooks.pause, hooks.resume, hooks.remove),
        *(hooks.rotate_secret, hooks.ping, hooks.deliveries),
    ):
        with pytest.raises(UnknownDestination, match="no webhook 'ep_0'"):
            verb("ep_0")
    with pytest.raises(UnknownDestination, match="no webhook"):
        hooks.replay("ep_0", since=NOON)
    made = hooks.add(URL).endpoint.id
    with pytest.raises(UnknownDestination, match="no message 'msg_0'"):
        hooks.replay(made, message="msg_0")
    with pytest.raises(DestinationError, match="one message"):
        hooks.replay(made)


def test_old_messages_are_forgotten(telling: Telling) -> None:
    """After a month, with what is noted of them."""
    vip = telling.segment("VIP")
    telling.webhooks.add(URL)
    telling.turn(vip, joined=["ann"])
    telling.told()
    telling.now += timedelta(days=20)
    telling.turn(vip, joined=["bob"])
    telling.told()
    telling.webhooks.forget_old(NOON + timedelta(days=30))
    assert len(telling.webhooks.deliveries()) == 2
    telling.webhooks.forget_old(NOON + timedelta(days=30, seconds=1))
    assert [each.made_at for each in telling.webhooks.deliveries()] == [telling.now]


def test_kinds_are_these() -> None:
    """Receivers rely on the names."""
    assert KINDS == (
        "customer.joined_segment",
        "customer.left_segment",
        "import.done",
        "health.changed",
        "ping",
    )
