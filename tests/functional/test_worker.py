"""Workers in processes of their own, beside a server and without one."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

import segmentry as sg
from segmentry.api.app import make_app
from segmentry.base.errors import ServerGone
from segmentry.jobs import Handler, Job, Wanted, Worker, open_jobs
from segmentry.jobs.testing import VirtualClock
from segmentry.serving import socket
from segmentry.serving.remote import served_workspace
from segmentry.serving.served import Served

from .command import run_here
from .serving import serving, working

_NOTED = """
from pathlib import Path
import segmentry.serving.work as work

def noted(owner, task):
    with owner.workspace() as workspace, open({at!r}, "a") as file:
        file.write(f"{{task.arguments['n']}} {{workspace.live_count()}}\\n")

work._compact = noted
"""
"""Has a job of the kind `compact` write its number and the count of customers to a file."""

_SLOW = """
import time
from pathlib import Path
import segmentry.jobs.queue as queue
import segmentry.jobs.worker as worker
import segmentry.serving.work as work
from datetime import timedelta

queue.LEASE, worker._SIGNS_OF_LIFE = timedelta(seconds=2), 0.5
begun, go_on = Path({begun!r}), Path({go_on!r})

def slow(owner, task):
    with owner.workspace() as workspace:
        begun.touch()
        until = time.monotonic() + 60
        while not go_on.exists() and time.monotonic() < until:
            time.sleep(0.02)
        return workspace.live_count()

work._compact = slow
"""
"""Has such a job say that it was begun, and wait until it may go on."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with one customer and one segment."""
    with sg.Workspace.create(tmp_path / "store", timezone="UTC", currency="EUR") as workspace:
        workspace.load({"customers": [{"customer_id": "a"}]}, source="shop")
        workspace.segments.add("All", "number_of_orders >= 0")
    return tmp_path / "store"


def _put_in(folder: Path, kind: str, **arguments: Any) -> int:
    with open_jobs(folder) as jobs:
        return jobs.enqueue(Wanted(kind, arguments))


def _ended(folder: Path, number: int) -> Job:
    until = time.monotonic() + 60
    with open_jobs(folder) as jobs:
        while (found := jobs.get(number)).ended_at is None:
            assert time.monotonic() < until, found
            time.sleep(0.05)
    return found


def _there(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.02)


def test_two_workers_beside_a_server_do_each_job_once(folder: Path, tmp_path: Path) -> None:
    """The server does none itself; the data are the server's, and so is the file of an export."""
    noted = tmp_path / "noted"
    before = _NOTED.format(at=str(noted))
    with (
        serving(folder, "--no-worker") as server,
        working(folder, before=before),
        working(folder, "--beside", before=before),
    ):
        numbers = [_put_in(folder, "compact", n=n) for n in range(20)]
        done = [_ended(folder, number) for number in numbers]
        assert {(each.state, each.attempts) for each in done} == {("done", 1)}
        assert sorted(noted.read_text().splitlines()) == sorted(f"{n} 1" for n in range(20))
        scopes = (word for name in ("exports:read", "imports:write") for word in ("--scope", name))
        made = run_here("-w", folder, "--json", "token", "add", "test", *scopes).json
        with httpx.Client(
            base_url=f"{server.address}/api/v1",
            headers={"Authorization": f"Bearer {made['token']}"},
        ) as client:
            begun = client.post("/exports", json={"segment": 1}).json()
            assert _ended(folder, begun["id"]).state == "done"
            assert "a" in client.get(f"/exports/{begun['id']}/file").text
            sent = {"files": ("x.csv", "Email,First name\nann@example.com,Ann\n")}
            begun = client.post("/imports", files=sent).json()
            assert _ended(folder, begun["id"]).state == "done"
        assert run_here("-w", folder, "query", "number_of_orders >= 0", "--count").out == "2\n"


def test_a_job_outlives_its_worker_and_the_server(folder: Path, tmp_path: Path) -> None:
    """Of a worker that is killed another takes it once the lease ran out. One whose server is
    killed gives it back, waits for the next server, and does it again."""
    first, second, go_on = (tmp_path / name for name in ("first", "second", "go on"))
    number = _put_in(folder, "compact")
    with serving(folder, "--no-worker") as server:
        with working(folder, before=_SLOW.format(begun=str(first), go_on=str(go_on))) as worker:
            _there(first)
            assert httpx.get(f"{server.address}/ready", timeout=60).status_code == 200
            worker.kill()
        with working(folder, before=_SLOW.format(begun=str(second), go_on=str(go_on))) as worker:
            _there(second)
            server.process.kill()
            server.process.wait(60)
            go_on.touch()
            with serving(folder, "--no-worker"):
                done = _ended(folder, number)
            assert worker.poll() is None
    assert (done.state, done.attempts, done.result) == ("done", 3, 1)


def test_alone_it_has_the_workspace(folder: Path) -> None:
    """Commands ask it, a server is refused, and SIGTERM ends it well."""
    number = _put_in(folder, "check-members")
    with working(folder) as worker:
        assert _ended(folder, number).state == "done"
        assert run_here("-w", folder, "query", "number_of_orders >= 0", "--count").out == "1\n"
        refused = run_here("-w", folder, "serve", "--port", "0")
        assert refused.code == 1
        assert "in use by another process" in refused.err
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    assert run_here("-w", folder.parent, "worker").code == 1, "that is no workspace"


def test_who_is_stopped_while_called_back_holds_up_nobody(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-17: a command that was stopped in the middle loses the floor, and is told."""
    monkeypatch.setattr(socket, "PATIENCE", 0.2)
    asleep, awake, told = Event(), Event(), []

    def sleep(share: float, what: str) -> None:
        asleep.set()
        awake.wait(60)

    def ask() -> None:
        mine = served_workspace(folder)
        assert mine is not None
        with mine, pytest.raises(ServerGone) as raised:
            mine.segments["All"].export(tmp_path / "all.csv", progress=sleep)
        told.append(raised.value)

    with Served.open(folder) as served:
        thread = Thread(target=ask)
        thread.start()
        assert asleep.wait(60)
        with served.workspace("somebody else") as workspace:
            assert workspace.live_count() == 1
        awake.set()
        thread.join(60)
    assert told
    assert not (tmp_path / "all.csv").exists()


def test_a_server_that_ends_does_not_wait_for_who_asks(folder: Path, tmp_path: Path) -> None:
    """Who is next told how far their question is finds that it ended, and nothing is kept."""
    asked, stopping, told = Event(), Event(), []

    def wait(share: float, what: str) -> None:
        asked.set()
        stopping.wait(60)

    def ask() -> None:
        mine = served_workspace(folder, patient=True)
        assert mine is not None
        with mine, pytest.raises(ServerGone) as raised:
            mine.segments["All"].export(tmp_path / "all.csv", progress=wait)
        told.append(raised.value)

    served = Served.open(folder)
    served.start()
    asking, ending = Thread(target=ask), Thread(target=served.stop)
    asking.start()
    assert asked.wait(60)
    ending.start()
    until = time.monotonic() + 60
    while (folder / "server.sock").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    stopping.set()
    for each in (asking, ending):
        each.join(60)
    assert told
    assert not (tmp_path / "all.csv").exists()


def test_jobs_that_nobody_does_are_told_of(folder: Path) -> None:
    """A server that leaves jobs to a worker says so once they wait for a minute, and is ready."""
    clock = VirtualClock()
    workspace = sg.Workspace.open(folder, clock=clock)
    with Served(workspace, clock, works=False) as served:
        client = TestClient(make_app(served))
        served.jobs.enqueue(Wanted("tidy", {}))
        assert client.get("/ready").json()["troubles"] == {}
        clock.go_on(minutes=2)
        answer = client.get("/ready")
        assert answer.status_code == 200
        assert "segmentry worker" in answer.json()["troubles"]["jobs"]
        assert Worker(served.jobs, {"tidy": Handler(lambda task: None)}).one()
        assert client.get("/ready").json()["troubles"] == {}
