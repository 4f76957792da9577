"""A real server whose disk takes no more, that is asked too much, or ended before it is done."""

from __future__ import annotations

import asyncio
import gzip
import re
import resource
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2 as httpx
import pytest

import segmentry as sg
from segmentry.access import Caller
from segmentry.access.scopes import ALL_SCOPES

from .command import run_here
from .serving import Running, serving

_PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of a test's own."""
    return _store(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Running]]:
    """A store and a server of it, for tests that leave both as they were."""
    folder = _store(tmp_path_factory.mktemp("shared"))
    with serving(folder) as server:
        yield folder, server


def _store(tmp_path: Path) -> Path:
    """A store with some customers and a token, which the file beside it has."""
    with sg.Workspace.create(tmp_path / "store", timezone="UTC", currency="EUR") as workspace:
        customers = [{"customer_id": f"c{n}"} for n in range(500)]
        workspace.load({"customers": customers}, source="shop")
        made = workspace.access.tokens.add(Caller.command_line("tests"), "all", ALL_SCOPES)
    (tmp_path / "token").write_text(made.text)
    return tmp_path / "store"


def _client(folder: Path, server: Running) -> httpx.Client:
    token = folder.with_name("token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{server.address}/api/v1", headers=headers, timeout=_PATIENCE)


def _batch(first: int, count: int, more: str = "") -> dict[str, object]:
    events = [
        {
            "event_id": f"e{n}",
            "customer_id": f"c{n % 500}",
            "name": "product_viewed",
            "occurred_at": "2026-01-01T00:00:00Z",
            "properties": {"note": more},
        }
        for n in range(first, first + count)
    ]
    messages = [{"message_id": each["event_id"], "records": {"events": [each]}} for each in events]
    return {"source": "shop", "messages": messages}


@contextmanager
def _files_of_at_most(process: int, size: int) -> Iterator[None]:
    """While no file of a process can grow beyond so many bytes."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


def _ready(server: Running) -> int:
    return httpx.get(f"{server.address}/ready", timeout=_PATIENCE).status_code


def _until_ready(server: Running, status: int) -> None:
    until = time.monotonic() + _PATIENCE
    while _ready(server) != status:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_disk_that_takes_no_more_and_then_does(folder: Path) -> None:
    """ING-03, ING-04, OPS-13: what cannot be written is not acknowledged, `ready` turns red and
    green again by itself, and after it everything acknowledged is there, once."""
    acknowledged: set[str] = set()
    refused: list[httpx.Response] = []
    with serving(folder) as server, _client(folder, server) as client:

        def post(number: int) -> bool:
            answer = client.post("/records", json=_batch(number * 20, 20, "x" * 2_000))
            if answer.status_code == 202:
                acknowledged.update(f"shop:e{n}" for n in range(number * 20, number * 20 + 20))
                return True
            refused.append(answer)
            return False

        assert post(0)
        _until_ready(server, 200)
        largest = max(each.stat().st_size for each in folder.glob("app.sqlite*"))
        with _files_of_at_most(server.process.pid, largest + 50_000):
            tried = 1
            while post(tried):
                tried += 1
                assert tried < 500
            assert not post(tried), "nor is it taken when it is sent again"
            _until_ready(server, 503)
            assert client.get("/segments").status_code == 200, "questions are answered"
        _until_ready(server, 200)
        assert post(tried)
    for each in refused:
        problem = each.json()
        assert each.status_code in (503, 507), problem
        assert each.headers["content-type"] == "application/problem+json"
        assert int(each.headers["retry-after"]) == problem["retry_after"] > 0
        assert str(folder) not in each.text
    with sg.Workspace.open(folder) as workspace:
        found = Counter(workspace.facts("events").column("event_id").to_pylist())
    assert set(found) == acknowledged
    assert set(found.values()) == {1}


def test_a_full_database_is_507(folder: Path) -> None:
    """ING-04: what SQLite itself says of a full disk, where it has a page of room left."""
    few = (
        "import segmentry.storage.app_db as app_db\n"
        "configure = app_db._configure\n"
        "def full(connection, record):\n"
        "    configure(connection, record)\n"
        "    pages = connection.execute('PRAGMA page_count').fetchone()[0]\n"
        "    connection.execute(f'PRAGMA max_page_count={max(pages, 150)}')\n"
        "app_db._configure = full"
    )
    with serving(folder, before=few) as server, _client(folder, server) as client:
        answers = [client.post("/records", json=_batch(n * 50, 50, "x" * 2_000)) for n in range(9)]
    last = answers[-1]
    assert last.status_code == 507, last.text
    assert last.json()["type"] == "urn:segmentry:problem:no-room"
    assert int(last.headers["retry-after"]) > 0


def _resident(process: int) -> int:
    """So many bytes of a process are in memory."""
    (line,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(line) * 1024


_FLAT = 50_000_000


def test_what_unpacks_to_much_takes_no_room(shared: tuple[Path, Running]) -> None:
    """ING-20: twenty bodies of 200 MB each, packed, are stopped while they are small."""
    bomb = gzip.compress(b" " * 200_000_000)
    folder, server = shared
    with _client(folder, server) as client:
        assert client.post("/records", json=_batch(0, 20)).status_code == 202
        _until_ready(server, 200)
        before = _resident(server.process.pid)
        for _ in range(20):
            answer = client.post("/records", content=bomb, headers={"Content-Encoding": "gzip"})
            assert answer.status_code == 413
        assert _resident(server.process.pid) - before < _FLAT


_LINE = b"--b\r\n"
_FILE = b'Content-Disposition: form-data; name="files"; filename="x.csv"\r\n\r\nid\r\n'
_BOMBS = {
    "many parts": (_LINE + b'Content-Disposition: form-data; name="x"\r\n\r\ny\r\n') * 100_000,
    "many files": (_LINE + _FILE) * 100_000,
    "long name": _LINE + b'Content-Disposition: form-data; name="' + b"n" * 20_000_000 + b'"\r\n',
    "long header": _LINE + b"X" * 20_000_000 + b": y\r\n\r\n",
    "long value": _LINE
    + b'Content-Disposition: form-data; name="kind"\r\n\r\n'
    + b"y" * 20_000_000,
    "no end": _LINE + _FILE,
    "no boundary": b"nothing of the kind",
    "nothing": b"",
}


def test_forms_that_are_bombs(shared: tuple[Path, Running]) -> None:
    """API-15: refused as somebody's own fault, without room for them, and others are served."""
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    folder, server = shared
    with _client(folder, server) as client:
        assert client.post("/imports", content=b"", headers=form).status_code in (400, 422)
        before = _resident(server.process.pid)
        for name, body in _BOMBS.items():
            answer = client.post("/imports", content=body, headers=form)
            assert answer.status_code in (400, 413, 422), (name, answer.status_code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert client.get("/jobs").json() == [], name
        assert _resident(server.process.pid) - before < _FLAT
        assert _ready(server) == 200


def test_files_of_nobody_are_not_read(shared: tuple[Path, Running]) -> None:
    """API-15: who may send none is refused before anything of a file is taken."""
    _, server = shared
    sent = []

    def pieces() -> Iterator[bytes]:
        yield _LINE + _FILE
        for _ in range(4_000):
            sent.append(1)
            yield b"x" * 65_536

    with httpx.Client(timeout=_PATIENCE) as nobody:
        try:
            answer = nobody.post(
                f"{server.address}/api/v1/imports",
                content=pieces(),
                headers={"Content-Type": "multipart/form-data; boundary=b"},
            )
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        except httpx.TransportError:
            pass  # cut while it was sending
    assert len(sent) < 1_000


def test_a_crowd_of_questions(shared: tuple[Path, Running], request: pytest.FixtureRequest) -> None:
    """API-13: of many questions of one person at once some are answered and the others told
    when to come again; somebody else is answered all the while."""
    folder, server = shared
    many = 1_000 if request.config.getoption("--every-event") else 150
    other = run_here("-w", folder, "--json", "token", "add", "o", "--scope", "segments:read").json
    asked = {"query": "storefront.product_viewed MATCHES (count >= 1)", "parts": True}

    async def crowd() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=many)
        token = folder.with_name("token").read_text()
        async with httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"}, limits=limits, timeout=_PATIENCE
        ) as client:
            address = f"{server.address}/api/v1/preview"
            return await asyncio.gather(*(client.post(address, json=asked) for _ in range(many)))

    with ThreadPoolExecutor() as pool:
        crowded = pool.submit(asyncio.run, crowd())
        others: list[int] = []
        with httpx.Client(
            base_url=f"{server.address}/api/v1",
            headers={"Authorization": f"Bearer {other['token']}"},
            timeout=_PATIENCE,
        ) as client:
            while not others or not crowded.done():
                others.append(client.post("/preview", json=asked).status_code)
        answers = crowded.result()
    assert set(others) == {200}
    assert {each.status_code for each in answers} == {200, 429}
    for each in answers:
        if each.status_code == 429:
            assert int(each.headers["retry-after"]) == each.json()["retry_after"] > 0


def test_ended_in_a_second_and_then_killed(folder: Path) -> None:
    """OPS-16: told to end, and killed a second later whatever it is doing, it loses nothing
    that it acknowledged; twice over."""
    acknowledged: set[str] = set()
    number = 0
    for _ in range(2):
        with serving(folder) as server, _client(folder, server) as client:
            for _ in range(5):
                number += 1
                assert client.post("/records", json=_batch(number * 50, 50)).status_code == 202
                acknowledged.update(f"shop:e{n}" for n in range(number * 50, number * 50 + 50))
            server.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                server.process.wait(1)
            server.process.kill()
    with sg.Workspace.open(folder) as workspace:
        found = Counter(workspace.facts("events").column("event_id").to_pylist())
    assert set(found) == acknowledged
    assert set(found.values()) == {1}
