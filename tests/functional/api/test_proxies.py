"""Who asks, behind a proxy and without one, over real connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import pytest
from starlette.datastructures import Headers

from segmentry.access.attempts import FREE_OF_ACCOUNT
from segmentry.access.audit import EntriesWanted
from segmentry.api.app import make_app
from segmentry.api.listening import Listening, bound
from segmentry.api.proxies import Client, Proxies
from segmentry.base.errors import UserError
from tests.functional.command import run_here

from .conftest import Api

HERE = ("127.0.0.1",)
ELSEWHERE = ("10.0.0.0/8",)


@contextmanager
def _listening(api: Api, *proxies: str) -> Iterator[str]:
    """The address of a server that believes these proxies; every client comes from 127.0.0.1."""
    sock = bound("127.0.0.1", 0)
    server = Listening(make_app(api.served, Proxies.named(proxies)))
    thread = Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.stop()
        thread.join(60)


def _wrong(address: str, forwarded: str, **headers: str) -> httpx.Response:
    """A wrong password from somebody for whom a header says that they are elsewhere."""
    return httpx.post(
        f"{address}/api/v1/session",
        json={"email": "ann@example.com", "password": "never this one"},
        headers={"Origin": address, "X-Forwarded-For": forwarded, **headers},
        timeout=60,
    )


def _addresses(api: Api) -> list[str | None]:
    """The addresses in the audit log, the first first; each is hidden, the same for the same."""
    return [each.address for each in api.served.access.audit.entries(EntriesWanted())][::-1]


@pytest.mark.parametrize("proxies", [(), ELSEWHERE])
def test_from_outside_the_headers_have_no_effect(api: Api, proxies: tuple[str, ...]) -> None:
    """API-14: whoever says each time that they are another still has to wait."""
    with _listening(api, *proxies) as address:
        tried = [
            _wrong(address, f"203.0.113.{n}", **{"X-Forwarded-Proto": "https"}).status_code
            for n in range(FREE_OF_ACCOUNT + 1)
        ]
    assert tried == [401] * FREE_OF_ACCOUNT + [429]
    seen = {each for each in _addresses(api) if each is not None}
    assert len(seen) == 1


def test_a_known_proxy_says_who_asks(api: Api) -> None:
    """Each client is counted and written down by itself, whatever it sent itself."""
    with _listening(api, *HERE) as address:
        for n in range(FREE_OF_ACCOUNT):
            assert _wrong(address, f"198.51.100.{n}, 203.0.113.1").status_code == 401
        assert _wrong(address, "198.51.100.99, 203.0.113.1").status_code == 429
        assert _wrong(address, "203.0.113.1, 203.0.113.2").status_code == 401
    *first, second = [each for each in _addresses(api) if each is not None]
    assert set(first) != {second}
    assert len(set(first)) == 1


def test_who_came_over_tls_changes_nothing_from_a_page_that_did_not(api: Api) -> None:
    """API-09: what the proxy says of the scheme counts for where a page is from."""
    tls = {"X-Forwarded-Proto": "https"}
    with _listening(api, *HERE) as address:
        assert _wrong(address, "203.0.113.1", **tls).status_code == 403
        host = address.removeprefix("http://")
        ours = {"Origin": f"https://{host}", **tls}
        assert _wrong(address, "203.0.113.1", **ours).status_code == 401
        assert _wrong(address, "203.0.113.1", Origin="http://[").status_code == 403


def test_no_answer_names_the_host_that_was_asked_for(api: Api) -> None:
    """API-14: a host that somebody made up comes back in no link."""
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    with _listening(api) as address:
        for path in ("/api/v1/segments/", "/api/v1/setup", "/api/v1/setup/", "/health/", "/x"):
            answer = httpx.get(address + path, headers=spoofed, timeout=60)
            assert answer.status_code in (200, 401, 404, 503), path
            assert "evil" not in answer.text + str(answer.headers), path


MANY = Proxies.named(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "schemes", "client"),
    [
        ("203.0.113.9", ["1.1.1.1"], ["https"], Client("203.0.113.9")),
        ("10.0.0.1", [], [], Client("10.0.0.1")),
        ("10.0.0.1", ["1.1.1.1"], [], Client("1.1.1.1")),
        ("10.0.0.1", ["6.6.6.6, 1.1.1.1"], ["http, https"], Client("1.1.1.1", "https")),
        ("10.0.0.1", ["6.6.6.6", "1.1.1.1"], ["https"], Client("1.1.1.1", "https")),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.1"], ["https, http"], Client("1.1.1.1", "https")),
        ("10.0.0.1", ["1.1.1.1, 192.0.2.1"], ["https"], Client("1.1.1.1", "https")),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], [], Client("10.0.0.3")),
        ("10.0.0.1", ["1.1.1.1, unknown, 10.0.0.2"], [], Client("10.0.0.2")),
        ("10.0.0.1", ["1.1.1.1, 10.0.0.1.evil"], [], Client("10.0.0.1")),
        ("10.0.0.1", ["1.1.1.1:4711"], ["ftp"], Client("1.1.1.1")),
        ("10.0.0.1", ["[2001:db9::1]:4711"], ["HTTPS"], Client("2001:db9::1", "https")),
        ("::ffff:10.0.0.1", ["::ffff:1.1.1.1"], [], Client("1.1.1.1")),
        ("2001:db8::5", ["2001:db9::1, 2001:db8::6"], [], Client("2001:db9::1")),
        ("10.0.0.1", [""], [""], Client("10.0.0.1")),
        ("10.0.0.1", ["1.1.1.1,"], [], Client("10.0.0.1")),
    ],
)
def test_the_last_that_is_no_proxy_is_the_client(
    peer: str, forwarded: list[str], schemes: list[str], client: Client
) -> None:
    """Whatever stands before it was sent by the client."""
    raw = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    raw += [(b"x-forwarded-proto", each.encode()) for each in schemes]
    assert MANY.client(peer, Headers(raw=raw)) == client


@pytest.mark.parametrize("text", ["", "proxy.example", "10.0.0.1/8", "0.0.0.0/0", "::/0", "1.2.3"])
def test_what_is_no_proxy(text: str, tmp_path: object) -> None:
    """It is refused by name before anything is begun."""
    with pytest.raises(UserError):
        Proxies.named(["10.0.0.1", text])
    ended = run_here("-w", str(tmp_path), "serve", "--port", "0", "--proxy", text)
    assert ended.code == 1
    assert "proxy" in ended.err or "everybody" in ended.err
