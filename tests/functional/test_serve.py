"""A real server in a process of its own: found, killed, slow and wrong requests, streams."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import segmentry as sg
from segmentry.access.scopes import ALL_SCOPES
from tests.faults.server import killed_while_posting

from .command import run_here
from .serving import Running, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with one customer and one segment."""
    with sg.Workspace.create(tmp_path / "store", timezone="UTC", currency="EUR") as workspace:
        workspace.load({"customers": [{"customer_id": "a"}]}, source="shop")
        workspace.segments.add("Buyers", "number_of_orders > 0")
    return tmp_path / "store"


@pytest.fixture
def server(folder: Path) -> Iterator[Running]:
    """A server of it."""
    with serving(folder) as running:
        yield running


def _client(folder: Path, server: Running) -> httpx.Client:
    made = run_here("-w", folder, "--json", "token", "add", "test", *_all_scopes())
    headers = {"Authorization": f"Bearer {made.json['token']}"}
    return httpx.Client(base_url=f"{server.address}/api/v1", headers=headers, timeout=60)


def _all_scopes() -> Iterator[str]:
    for scope in sorted(ALL_SCOPES):
        yield from ("--scope", scope)


def test_an_order_that_was_posted_shows(folder: Path, server: Running) -> None:
    """Acknowledged, and shortly after its customer is in the segment; commands see it too."""
    order = {
        "order_id": "1",
        "customer_id": "a",
        "ordered_at": "2026-01-01T00:00:00Z",
        "paid": "5.00",
    }
    with _client(folder, server) as client:
        batch = {"source": "shop", "messages": [{"records": {"orders": [order]}}]}
        assert client.post("/records", json=batch).status_code == 202
        until = time.monotonic() + 60
        while not client.get("/segments/1/members/a").json()["inside"]:
            assert time.monotonic() < until
        assert client.get("/segments/1").json()["members"]["count"] == 1
    asked = run_here("-w", folder, "query", "number_of_orders > 0", "--count")
    assert asked.out == "1\n"


def test_the_first_start_says_how_to_come_in(folder: Path) -> None:
    """API-22: it listens to this machine alone and has a set-up token; without anything it
    tells nobody anything."""
    with serving(folder) as running:
        assert running.address.startswith("http://127.0.0.1:")
        assert httpx.get(f"{running.address}/health").status_code == 200
        for path in ("/api/v1/segments", "/api/v1/openapi.json", "/metrics"):
            assert httpx.get(running.address + path).status_code == 401, path
        page = httpx.get(f"{running.address}/any-page").text
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert httpx.get(running.address + path).text == page, path


def test_changes_are_streamed(folder: Path, server: Running) -> None:
    """The first event has all counts, the next those that changed."""
    with (
        _client(folder, server) as client,
        client.stream("GET", "/events") as stream,
    ):
        lines = stream.iter_lines()
        first = _next_segments(lines)
        assert first["Buyers"]["count"] == 0
        order = {"order_id": "1", "customer_id": "a", "ordered_at": "2026-01-01", "paid": "5"}
        batch = {"source": "shop", "messages": [{"records": {"orders": [order]}}]}
        with _client(folder, server) as other:
            assert other.post("/records", json=batch).status_code == 202
        found = _next_segments(lines)
        while not found or found["Buyers"]["count"] != 1:
            found = _next_segments(lines)


def _next_segments(lines: Iterator[str]) -> dict[str, dict[str, int]]:
    for line in lines:
        if line == "event: segments":
            found: dict[str, dict[str, int]] = json.loads(next(lines).removeprefix("data: "))
            return found
    raise AssertionError("the stream ended")


def test_a_log_that_nobody_reads_holds_up_nobody(folder: Path) -> None:
    """OPS-12: the pipe of standard error is full after some hundred lines, and never emptied;
    then a library has something to say too."""
    with serving(folder, unread=True) as running, httpx.Client(timeout=60) as client:
        for _ in range(600):
            assert client.get(f"{running.address}/health").status_code == 200
        host, port = running.address.removeprefix("http://").split(":")
        with closing(socket.create_connection((host, int(port)), timeout=60)) as wrong:
            wrong.sendall(b"no request at all\r\n\r\n")
            assert wrong.recv(12) == b"HTTP/1.1 400"
        assert client.get(f"{running.address}/health").status_code == 200


def test_a_stream_ends_with_the_right_to_it(folder: Path, server: Running) -> None:
    """API-05: a token that is revoked while it is in use works no longer."""
    made = run_here("-w", folder, "--json", "token", "add", "t", "--scope", "segments:read").json
    headers = {"Authorization": f"Bearer {made['token']}"}
    address = f"{server.address}/api/v1/events"
    with httpx.stream("GET", address, headers=headers, timeout=60) as stream:
        lines = stream.iter_lines()
        _next_segments(lines)
        assert run_here("-w", folder, "token", "revoke", made["id"]).code == 0
        assert not any(line.startswith("event") for line in lines), "it ends, with nothing more"


def test_killed_while_clients_post(tmp_path: Path) -> None:
    """ING-01: nothing acknowledged is lost or there twice."""
    told = killed_while_posting(tmp_path / "store", kills=3, seed=5)
    assert told["acknowledged"] > 0


def test_it_ends_when_it_is_told(folder: Path) -> None:
    """SIGTERM and Ctrl-C end it well, and let go of the workspace."""
    for wish in (signal.SIGTERM, signal.SIGINT):
        with serving(folder) as running:
            running.process.send_signal(wish)
            assert running.process.wait(60) == 0
        assert run_here("-w", folder, "query", "number_of_orders > 0", "--count").code == 0


def test_slow_requests_are_cut(folder: Path) -> None:
    """ING-23: who sends byte by byte is cut, and others are served meanwhile."""
    hurry = "import segmentry.api.listening as listening; listening.SLOWEST = 1.0"
    with serving(folder, before=hurry) as running:
        host, port = running.address.removeprefix("http://").split(":")
        slow = [socket.create_connection((host, int(port)), timeout=60) for _ in range(50)]
        for each in slow:
            each.sendall(b"POST /api/v1/records HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert httpx.get(f"{running.address}/health", timeout=60).status_code == 200
        for each in slow:
            with closing(each):
                assert _cut(each)


def _cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


WRONG = (
    b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST /api/v1/records HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX-Bad: a\rb\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    b"GET /health HTTP/9.9\r\nHost: a\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


def test_requests_that_are_none(server: Running) -> None:
    """API-14, ING-31: what could be read in two ways is answered once at most, with no fault of
    ours, and nobody else minds."""
    for text in WRONG:
        answer = _raw(server, text)
        statuses = re.findall(rb"HTTP/1\.1 (\d)", answer)
        assert len(statuses) <= 1, (text[:80], answer[:300])
        assert statuses in ([], [b"4"]), (text[:80], answer[:300])
        assert httpx.get(f"{server.address}/health").status_code == 200


def _raw(server: Running, text: bytes) -> bytes:
    """What comes back for some bytes; nothing where the server just ends the connection."""
    host, port = server.address.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        try:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionError:
            pass
    return answer
