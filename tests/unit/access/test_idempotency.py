"""Requests under an Idempotency-Key are carried out once (ING-07)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from segmentry.access import Access
from segmentry.access.idempotency import Reply, Request
from segmentry.base.errors import AccessError

from .conftest import Clock, opened

REQUEST = Request.of("user 1", "key-1", "POST", "/api/v1/segments", b'{"name": "VIP"}')
REPLY = Reply(201, {"ETag": '"1"'}, b"\x00\xff made")


def test_the_reply_is_given_again_after_a_restart(
    access: Access, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """Byte for byte, for a day (ING-07)."""
    assert access.idempotency.begin(REQUEST) == ("new", None)
    access.idempotency.finish(REQUEST, REPLY)
    clock.go_on(hours=23, minutes=59)
    later = opened(app, tmp_path, clock).idempotency
    assert later.release_ended() == 0
    assert later.begin(REQUEST) == ("done", REPLY)
    clock.go_on(minutes=1)
    assert later.begin(REQUEST) == ("new", None)


@pytest.mark.parametrize(
    "other",
    [
        Request.of("user 1", "key-1", "POST", "/api/v1/segments", b'{"name": "VIP" }'),
        Request.of("user 1", "key-1", "PUT", "/api/v1/segments", b'{"name": "VIP"}'),
        Request.of("user 1", "key-1", "POST", "/api/v1/segment", b's{"name": "VIP"}'),
    ],
)
def test_a_key_is_for_one_request(access: Access, other: Request) -> None:
    """With another body, method or path it is refused, before and after the reply (ING-07)."""
    access.idempotency.begin(REQUEST)
    assert access.idempotency.begin(other) == ("other request", None)
    access.idempotency.finish(REQUEST, REPLY)
    assert access.idempotency.begin(other) == ("other request", None)


def test_keys_are_everybodys_own(access: Access) -> None:
    """What somebody else sends under the same key is another request, and so is another key."""
    access.idempotency.begin(REQUEST)
    for who, key in (("user 2", "key-1"), ("user 1", "KEY-1")):
        other = Request(who, key, REQUEST.fingerprint)
        assert access.idempotency.begin(other) == ("new", None)


def test_one_of_many_at_once_is_carried_out(access: Access) -> None:
    """The others are told that it is in flight (ING-07)."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: access.idempotency.begin(REQUEST)[0], range(12)))
    assert sorted(found) == ["in flight"] * 11 + ["new"]


def test_what_came_to_nothing_may_be_sent_again(access: Access) -> None:
    """Once it is released (ING-07)."""
    access.idempotency.begin(REQUEST)
    access.idempotency.release(REQUEST)
    assert access.idempotency.begin(REQUEST) == ("new", None)


def test_a_reply_stays(access: Access) -> None:
    """Neither a late release nor a late other reply changes it."""
    access.idempotency.begin(REQUEST)
    access.idempotency.finish(REQUEST, REPLY)
    access.idempotency.release(REQUEST)
    access.idempotency.finish(REQUEST, Reply(500, {}, b""))
    assert access.idempotency.begin(REQUEST) == ("done", REPLY)


def test_what_an_ended_process_left_is_released(
    access: Access, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """When the next one starts; its own stays, and the ended one's late reply counts for
    nothing (ING-07)."""
    access.idempotency.begin(REQUEST)
    after = opened(app, tmp_path, clock).idempotency
    own = Request.of("user 1", "key-2", "POST", "/", b"")
    after.begin(own)
    assert after.begin(REQUEST) == ("in flight", None)
    assert after.release_ended() == 1
    assert after.begin(REQUEST) == ("new", None)
    access.idempotency.finish(REQUEST, REPLY)
    assert after.begin(REQUEST) == ("in flight", None)
    assert after.begin(own) == ("in flight", None)


@pytest.mark.parametrize("key", ["", "k" * 256, "a\nb", "schlüssel"])
def test_what_is_no_key(key: str) -> None:
    """Is told."""
    with pytest.raises(AccessError, match="1 to 255"):
        Request.of("u", key, "POST", "/", b"")
