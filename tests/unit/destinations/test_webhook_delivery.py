"""How messages are sent: signed, tried again, held back, and never lost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from segmentry.destinations.webhooks import sending
from segmentry.destinations.webhooks.delivering import BACK_OFF, CLAIM, Outcome, claim_next, note
from segmentry.destinations.webhooks.sending import Delivered
from segmentry.destinations.webhooks.sent import Delivery
from segmentry.storage.webhook_tables import WebhookMessage

from .receiving import HOST, Answering, Received, Receiver, Reply
from .telling import NOON, Telling, data_of

URL = f"https://{HOST}/in"
DONE, AGAIN, GIVEN_UP = Delivered(done=1), Delivered(waiting=1), Delivered(failed=1)


@pytest.fixture(autouse=True)
def vip(telling: Telling) -> int:
    """A segment, of id 1."""
    return telling.segment("VIP")


def failing(status: int, *headers: tuple[str, str]) -> Answering:
    """A way to answer everything."""
    return lambda _: Reply(status, headers)


def only(telling: Telling) -> Delivery:
    """The one delivery there is."""
    (found,) = telling.webhooks.deliveries()
    return found


# -- signatures -------------------------------------------------------------------------


def test_receivers_find_the_signature_right(telling: Telling, server: Receiver) -> None:
    """By the package that receivers use; another body, secret or id is found out."""
    telling.now = datetime.now(UTC)  # which is all that the package knows
    secret = telling.webhooks.add(server.url()).secret
    telling.turn(1, joined=["ann", "bücher"])
    assert telling.send() == DONE
    (received,) = server.received
    body = Webhook(secret).verify(received.body, received.headers)
    assert body["data"]["customers"] == ["ann", "bücher"]
    assert Webhook(secret.removeprefix("whsec_")).verify(received.body, received.headers)
    other = telling.webhooks.add(URL).secret
    for key, text, headers in (
        (secret, received.body + b" ", received.headers),
        (other, received.body, received.headers),
        (secret, received.body, received.headers | {"webhook-id": "msg_1"}),
    ):
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            Webhook(key).verify(text, headers)


def test_both_secrets_are_valid_for_a_day(telling: Telling, server: Receiver) -> None:
    """After one was changed; then the new one alone, and never one before these two."""
    made = telling.webhooks.add(server.url())
    id = made.endpoint.id
    second = telling.webhooks.rotate_secret(id).secret
    third = telling.webhooks.rotate_secret(id).secret
    for hours, valid in ((0, [third, second]), (23, [third, second]), (24, [third])):
        telling.now = NOON + timedelta(hours=hours)
        telling.webhooks.ping(id)
        received = server.received[-1]
        told = received.headers["webhook-id"], telling.now.replace(tzinfo=None)
        assert received.headers["webhook-signature"] == " ".join(
            Webhook(each).sign(*told, received.body.decode()) for each in valid
        )
        assert received.headers["webhook-timestamp"] == str(int(telling.now.timestamp()))
    assert len({made.secret, second, third}) == 3


def test_messages_are_not_sent_unsigned(telling: Telling, server: Receiver) -> None:
    """Where a secret cannot be read they wait; a new one lets them go."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.secrets.remove(f"webhooks/{id}")
    telling.turn(1, joined=["ann"])
    assert telling.send() == AGAIN
    assert "no secret" in only(telling).last_error
    assert server.received == []
    telling.webhooks.rotate_secret(id)
    telling.now += timedelta(minutes=1)
    assert telling.send() == DONE
    assert server.received[0].headers["webhook-signature"].count("v1,") == 1


# -- trying again -----------------------------------------------------------------------


def test_a_message_is_tried_again_and_given_up_in_the_end(
    telling: Telling, server: Receiver
) -> None:
    """After each failure it waits a little longer than before; always with the same id."""
    telling.webhooks.add(server.url())
    server.answering = failing(500)
    telling.turn(1, joined=["ann"])
    for number, wait in enumerate(BACK_OFF, start=1):
        assert telling.send() == AGAIN
        waiting = only(telling)
        assert (waiting.attempts, waiting.last_status) == (number, 500)
        assert waiting.next_at is not None
        assert wait <= waiting.next_at - telling.now <= wait * 1.1
        telling.now = waiting.next_at - timedelta(seconds=1)
        assert telling.send() == Delivered()
        telling.now = waiting.next_at
    assert telling.send() == GIVEN_UP
    given_up = only(telling)
    assert (given_up.state, given_up.next_at, given_up.attempts) == ("failed", None, 10)
    assert given_up.last_error == "It answered 500."
    assert len(set(server.ids)) == 1
    log = telling.webhooks.attempts(given_up.id)
    assert [each.status for each in log] == [500] * 10
    assert log[0].at == NOON < log[-1].at == telling.now
    telling.now += timedelta(days=9)
    assert telling.send() == Delivered()


def test_waits_differ_and_are_the_same_each_time(telling: Telling, server: Receiver) -> None:
    """What failed together is not tried again together; nothing is left to chance at that."""
    telling.webhooks.add(server.url())
    server.answering = failing(500)
    telling.turn(1, joined=["ann"], left=["bob"])
    telling.send()
    first, second = (each.next_at for each in telling.webhooks.deliveries())
    assert first != second


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        ("3600", 3600, 3960),
        ("1", 5, 5.5),
        ("999999999999999", 86400, 95040),
        (format_datetime(NOON + timedelta(hours=2), usegmt=True), 7200, 7920),
        (format_datetime(NOON - timedelta(hours=2), usegmt=True), 5, 5.5),
        ("Mon, 02 Mar 2026 14:00:00", 7200, 7920),
        ("soon", 5, 5.5),
        ("-5", 5, 5.5),
        ("²", 5, 5.5),
    ],
)
def test_receivers_say_how_long_to_wait(
    telling: Telling, server: Receiver, after: str, least: float, most: float
) -> None:
    """As seconds or as a date; never less than we would wait, nor more than a day or so."""
    telling.webhooks.add(server.url())
    server.answering = failing(429, ("Retry-After", after))
    telling.turn(1, joined=["ann"])
    telling.send()
    next_at = only(telling).next_at
    assert next_at is not None
    assert least <= (next_at - NOON).total_seconds() <= most


@pytest.mark.parametrize(
    ("status", "words"),
    [(301, "redirections are not followed"), (404, "It answered 404."), (204, "")],
)
def test_what_an_answer_means(telling: Telling, server: Receiver, status: int, words: str) -> None:
    """Everything from 200 to 299 takes the message; API-11: a redirection is followed nowhere."""
    telling.webhooks.add(server.url())
    server.answering = failing(status, ("Location", server.url("/else")))
    telling.turn(1, joined=["ann"])
    telling.send()
    assert words in only(telling).last_error
    assert (only(telling).state == "done") == (status == 204)
    assert [each.path for each in server.received] == ["/in"]


def test_api_11_a_name_that_leads_inside_later_is_refused_then(
    telling: Telling, server: Receiver
) -> None:
    """It was fine when it was added. Nothing is sent, and it is tried again."""
    telling.dns.hosts["shop.test"] = [["10.0.0.1"]]
    telling.webhooks.add("https://shop.test/in")
    telling.turn(1, joined=["ann"])
    assert telling.send() == AGAIN
    assert "10.0.0.1, which is not a public address" in only(telling).last_error
    telling.allowed.clear()
    telling.webhooks.add(f"https://{HOST}:{server.port}/in")
    telling.turn(1, left=["ann"])
    telling.send()
    assert server.received == []


# -- endpoints at rest ------------------------------------------------------------------


def test_gone_means_gone(telling: Telling, server: Receiver) -> None:
    """410 disables an endpoint; what is to be told waits until somebody resumes it."""
    id = telling.webhooks.add(server.url(), segments=["VIP"]).endpoint.id
    server.answering = failing(410)
    telling.turn(1, joined=["ann"])
    assert telling.send() == GIVEN_UP
    assert (telling.webhooks[id].state, telling.webhooks[id].reason[:16]) == (
        "disabled",
        "It answered 410:",
    )
    server.answering = failing(200)
    telling.turn(1, joined=["bob"])
    assert telling.send() == Delivered()
    assert telling.webhooks.resume(id).reason == ""
    assert telling.send() == DONE
    assert data_of(server.received[-1])["customers"] == ["bob"]


def test_five_days_of_failing_disable(telling: Telling, server: Receiver) -> None:
    """Counted from the first failure after the last success."""
    id = telling.webhooks.add(server.url()).endpoint.id

    def happens(day: float, status: int) -> str:
        telling.now = NOON + timedelta(days=day)
        server.answering = failing(status)
        telling.turn(1, joined=[f"c{day}"])
        telling.send(limit=1)
        return telling.webhooks[id].state

    assert happens(0, 500) == "active"
    assert telling.webhooks[id].failing_since == NOON
    assert happens(4.9, 200) == "active"
    assert telling.webhooks[id].failing_since is None
    assert happens(5, 500) == "active"
    assert happens(9.9, 500) == "active"
    assert happens(10, 500) == "disabled"
    assert telling.webhooks[id].reason == "It took nothing for 5 days."


def test_paused_endpoints_get_it_later(telling: Telling, server: Receiver) -> None:
    """Nothing is lost in between."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.webhooks.pause(id)
    telling.turn(1, joined=["ann"])
    assert telling.send() == Delivered()
    assert telling.webhooks[id].waiting == 1
    telling.webhooks.resume(id)
    assert telling.send() == DONE


# -- ping, replay -----------------------------------------------------------------------


def test_ping_tells_at_once(telling: Telling, server: Receiver) -> None:
    """Of a paused endpoint too, once, and of what it answers nothing follows."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.webhooks.pause(id)
    assert telling.webhooks.ping(id).state == "done"
    server.answering = failing(410)
    pinged = telling.webhooks.ping(id)
    assert (pinged.state, pinged.last_status, pinged.kind) == ("failed", 410, "ping")
    assert (telling.webhooks[id].state, telling.webhooks[id].failing_since) == ("paused", None)
    assert [data_of(each) for each in server.received] == [{"endpoint": id}] * 2


def test_one_message_is_sent_again(telling: Telling, server: Receiver) -> None:
    """With the id it had; one that was given up begins anew."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.turn(1, joined=["ann"])
    telling.send()
    message = only(telling).message
    assert telling.webhooks.replay(id, message=message) == 1
    server.answering = failing(410)
    assert telling.send() == GIVEN_UP
    telling.webhooks.resume(id)
    server.answering = failing(200)
    telling.webhooks.replay(id, message=message)
    assert telling.send() == DONE
    assert server.ids == [message] * 3
    assert len(telling.webhooks.attempts(only(telling).id)) == 3


def test_all_since_a_moment_are_sent_again(telling: Telling, server: Receiver) -> None:
    """Those that the endpoint wants, even if it was added after them; pings are not."""
    first = telling.webhooks.add(server.url()).endpoint.id
    for number in range(3):
        telling.turn(1, joined=[f"c{number}"], left=[f"d{number}"])
        telling.send()
        telling.now += timedelta(hours=1)
    telling.webhooks.ping(first)
    later = telling.webhooks.add(server.url("/later"), kinds=["customer.left_segment"]).endpoint.id
    server.received.clear()
    assert telling.webhooks.replay(first, since=NOON + timedelta(hours=1)) == 4
    assert telling.webhooks.replay(later, since=NOON + timedelta(hours=1)) == 2
    assert telling.send() == Delivered(done=6)
    paths = sorted((each.path, data_of(each)["customers"][0]) for each in server.received)
    assert paths == [
        *(("/in", "c1"), ("/in", "c2"), ("/in", "d1"), ("/in", "d2")),
        *(("/later", "d1"), ("/later", "d2")),
    ]


# -- many at a time ---------------------------------------------------------------------


def test_a_slow_endpoint_holds_up_no_other(telling: Telling, server: Receiver) -> None:
    """While it has not answered, all that another is to be told gets there."""
    for path in ("/slow", "/fast"):
        telling.webhooks.add(server.url(path))
    for number in range(9):
        telling.turn(1, joined=[f"c{number}"])
    told, there = threading.Event(), []

    def answering(received: Received) -> Reply:
        if received.path == "/slow":
            return Reply(200 if told.wait(9) else 500)
        there.append(received)
        if len(there) == 9:
            told.set()
        return Reply()

    server.answering = answering
    assert telling.send() == Delivered(done=18)


def test_four_at_a_time_and_no_more(telling: Telling, server: Receiver) -> None:
    """Are on their way to one endpoint, whoever sends."""
    telling.webhooks.add(server.url())
    for number in range(8):
        telling.turn(1, joined=[f"c{number}"])
    telling.told()
    all_there, go = threading.Barrier(5), threading.Event()

    def answering(_: Received) -> Reply:
        all_there.wait(9)
        return Reply(200 if go.wait(9) else 500)

    server.answering = answering
    others: list[Delivered] = []
    other = threading.Thread(
        target=lambda: others.append(telling.webhooks.deliver_due(telling.now, 4))
    )
    other.start()
    all_there.wait(9)
    assert telling.webhooks.deliver_due(telling.now) == Delivered()
    go.set()
    other.join()
    server.answering = failing(200)
    assert others == [Delivered(done=4)]
    assert telling.webhooks.deliver_due(telling.now) == Delivered(done=4)
    assert len(set(server.ids)) == len(server.ids) == 8


def test_limit_is_for_each_endpoint(telling: Telling, server: Receiver) -> None:
    """So that none gets all of it."""
    for path in ("/a", "/b"):
        telling.webhooks.add(server.url(path))
    for number in range(7):
        telling.turn(1, joined=[f"c{number}"])
    telling.told()
    sent = [telling.webhooks.deliver_due(telling.now, limit) for limit in (0, 1, 5, 100)]
    assert sent == [Delivered(done=each) for each in (0, 2, 10, 2)]


def test_failing_and_slow_endpoints_wait_for_the_next_time(
    telling: Telling, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the few that are sent to it at a time was one too many already."""
    telling.webhooks.add(server.url())
    for number in range(9):
        telling.turn(1, joined=[f"c{number}"])
    server.answering = failing(500)
    assert telling.send() == Delivered(waiting=4)
    server.answering = failing(200)
    monkeypatch.setattr(sending, "SLOW", -1)
    assert telling.send() == Delivered(done=4)
    monkeypatch.setattr(sending, "STARTING", -1)
    assert telling.send() == Delivered()


# -- somebody was killed ----------------------------------------------------------------


def test_what_was_claimed_by_somebody_killed_is_sent_later(
    telling: Telling, server: Receiver
) -> None:
    """With the same id, should it have been sent already."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.turn(1, joined=["ann"])
    telling.told()
    with Session(telling.app) as session, session.begin():
        claimed = claim_next(session, id, telling.now)
    assert claimed is not None
    telling.now += CLAIM - timedelta(seconds=1)
    assert telling.send() == Delivered()
    assert telling.webhooks.replay(id, message=claimed.message_id) == 1
    assert telling.send() == Delivered()
    telling.now += timedelta(seconds=1)
    assert telling.send() == DONE
    assert server.ids == [claimed.message_id]


def test_who_comes_back_late_changes_nothing(telling: Telling, server: Receiver) -> None:
    """Somebody else has sent it by then; that it was tried is noted."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.turn(1, joined=["ann"])
    telling.told()
    with Session(telling.app) as session, session.begin():
        late = claim_next(session, id, telling.now)
    assert late is not None
    telling.now += CLAIM
    assert telling.send() == DONE
    with Session(telling.app) as session, session.begin():
        note(session, late, Outcome(500, "It answered 500.", 1), telling.now)
    assert (only(telling).state, only(telling).last_status) == ("done", 200)
    assert [each.status for each in telling.webhooks.attempts(late.delivery_id)] == [200, 500]
    telling.webhooks.remove(id)
    with Session(telling.app) as session, session.begin():
        assert note(session, late, Outcome(200, "", 1), telling.now) == "done"


def test_a_fault_of_ours_is_noted_and_tried_again(
    telling: Telling, server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its kind alone; what it says may be of a person."""
    telling.webhooks.add(server.url())
    telling.turn(1, joined=["ann"])

    def breaks(*_: object) -> None:
        raise ValueError("ann@shop.test")

    monkeypatch.setattr(sending, "signed", breaks)
    assert telling.send() == AGAIN
    assert only(telling).last_error == "A fault of Segmentry's own: ValueError."


def test_deliveries_are_looked_at_page_by_page(telling: Telling, server: Receiver) -> None:
    """The latest first; of one endpoint, in one state."""
    id = telling.webhooks.add(server.url()).endpoint.id
    telling.webhooks.add(URL)
    for number in range(3):
        telling.turn(1, joined=[f"c{number}"])
    telling.told()
    all_of_it = telling.webhooks.deliveries(id)
    assert [each.id for each in all_of_it] == sorted((e.id for e in all_of_it), reverse=True)
    first = telling.webhooks.deliveries(id, limit=2)
    rest = telling.webhooks.deliveries(id, before=first[-1].id)
    assert first + rest == all_of_it
    assert telling.webhooks.deliveries(id, state="done") == ()
    assert len(telling.webhooks.deliveries(state="waiting")) == 6
    with Session(telling.app) as session:
        assert session.get(WebhookMessage, 3) is not None
