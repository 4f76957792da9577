"""Exports, imports and other jobs over HTTP, of a workspace in a folder."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import profiles
from fastapi.testclient import TestClient

import segmentry as sg
from segmentry.access import passwords
from segmentry.access.scopes import ALL_SCOPES
from segmentry.api.app import make_app
from segmentry.base.errors import WorkspaceError
from segmentry.ingest.apart import Limits, watching
from segmentry.serving.served import Served

from .conftest import Api, Clock


@pytest.fixture
def kept(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The same store in a folder."""
    monkeypatch.setattr(passwords, "PARAMETERS", profiles.CHEAPEST)
    clock = Clock(api.clock.now)
    with api.served.workspace() as memory:
        tables = {name: memory.facts(name) for name in ("customers", "orders")}
    folder = tmp_path / "store"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as workspace:
        workspace.load(tables, source="shop")
        workspace.segments.add("Buyers", "number_of_orders > 0")
    with Served(sg.Workspace.open(folder, clock=clock), clock) as served:
        whole = TestClient(make_app(served), raise_server_exceptions=False)
        here = Api(served, clock, whole)
        yield Api(served, clock, here.as_with(*ALL_SCOPES))


def _ended(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    until = time.monotonic() + 60
    while True:
        found: dict[str, Any] = api.client.get(f"/jobs/{job['id']}").json()
        if found["ended_at"] is not None:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.02)


def test_members_are_exported(kept: Api) -> None:
    """The job has the count and its moment, and the file is fetched by whoever asked."""
    wanted = {"segment": 1, "fields": ["number_of_orders", "customer_email"]}
    begun = kept.client.post("/exports", json=wanted)
    assert begun.status_code == 202, begun.text
    assert begun.headers["location"] == f"/api/v1/jobs/{begun.json()['id']}"
    job = _ended(kept, begun.json())
    assert (job["state"], job["result"]["members"]) == ("done", 3), job
    file = kept.client.get(f"/exports/{job['id']}/file")
    rows = list(csv.DictReader(io.StringIO(file.text.lstrip("\ufeff"))))
    assert [row["customer_id"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["customer_email"] == "a@example.com"


def test_a_file_is_for_whoever_asked_and_for_a_day(kept: Api) -> None:
    """EXP-06: guessed, of somebody else, too late: 404, whatever there is."""
    job = _ended(kept, kept.client.post("/exports", json={"segment": 1}).json())
    path = f"/exports/{job['id']}/file"
    assert kept.as_with("exports:read").get(path).status_code == 404
    assert kept.as_with("jobs:read").get(path).status_code == 403
    assert kept.client.get("/exports/999/file").status_code == 404
    assert kept.client.get(path).status_code == 200
    kept.clock.forward(hours=25)
    assert kept.client.get(path).status_code == 404


def test_who_may_not_know_people_exports_none(kept: Api) -> None:
    """EXP-05: values that say who somebody is are refused by name; what was exported is in the
    log with its fields."""
    client = kept.as_with("exports:read", "jobs:read")
    refused = client.post("/exports", json={"segment": 1, "fields": ["customer_email"]})
    assert refused.status_code == 403
    assert "customer_email" in refused.json()["detail"]
    _ended(
        kept, kept.client.post("/exports", json={"segment": 1, "fields": ["customer_email"]}).json()
    )
    job = _ended(kept, client.post("/exports", json={"segment": 1}).json())
    assert job["result"]["fields"] == [], "those that somebody else chose last are not theirs"
    (entry,) = (
        each
        for each in kept.client.get("/audit").json()
        if each["object_id"] == str(job["id"]) and each["verb"] == "export.begin"
    )
    assert entry["details"] == {"fields": [], "format": "csv"}


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({}, 422),
        ({"segment": 1, "query": "number_of_orders > 0"}, 422),
        ({"segment": 99}, 404),
        ({"query": "number_of_order > 0"}, 422),
        ({"segment": 1, "fields": ["no_such"]}, 422),
        ({"segment": 1, "format": "doc"}, 422),
        ({"segment": 1, "as_of": "soon"}, 422),
    ],
)
def test_exports_that_are_none(kept: Api, wanted: dict[str, Any], status: int) -> None:
    """Refused before anything is begun."""
    assert kept.client.post("/exports", json=wanted).status_code == status
    assert kept.client.get("/jobs").json() == []


def test_files_are_imported(kept: Api) -> None:
    """The job has the report; a dry run says what would be and keeps nothing."""
    text = "Email,First name\nann@example.com,Ann\nno address,Bob\n"
    for dry_run, count in ((True, 4), (False, 5)):
        begun = kept.client.post(
            "/imports",
            files={"files": ("../../etc/cron.d/x.csv", text)},
            data={"dry_run": str(dry_run).lower()},
        )
        assert begun.status_code == 202, begun.text
        job = _ended(kept, begun.json())
        assert job["state"] == "done", job
        assert job["result"]["report"]["accepted"] >= 1
        assert kept.client.get("/store").json()["customers"] >= count
    assert len(kept.client.get("/imports").json()) == 2
    assert kept.served.folder is not None
    names = {path.name for path in kept.served.folder.rglob("*") if path.is_file()}
    assert "x" not in names, "ING-27: files are stored under names of ours"


def test_a_file_that_is_none_fails_in_words(kept: Api) -> None:
    """The job says what is wrong with the file."""
    begun = kept.client.post("/imports", files={"files": ("x.csv", b"\x00\x01\x02")})
    job = _ended(kept, begun.json())
    assert job["state"] == "failed"
    assert "fault of Segmentry" not in job["error"]


def test_events_are_imported(kept: Api) -> None:
    """Read apart as files are, and put together with what is known; the same again is the same."""
    event = {"type": "track", "event": "Product Viewed", "userId": "a", "messageId": "m1"}
    text = json.dumps(event | {"timestamp": "2024-02-01T10:00:00Z"}) + "\n{\n"
    for new in (1, 0):
        begun = kept.client.post(
            "/imports", files={"files": ("e.jsonl", text)}, data={"kind": "events"}
        )
        job = _ended(kept, begun.json())
        assert job["state"] == "done", job
        assert job["result"]["report"]["refused"] == 1
        assert job["result"]["changes"]["events"]["new"] == new
    assert kept.served.folder is not None
    assert not list(kept.served.folder.glob("uploads/*.parts"))


def test_a_file_that_ends_its_reader_ends_nothing_else(
    kept: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ING-25: others have the floor while a file is read; who reads it is killed, the job says
    so, and nothing was taken in."""
    command, begun, go_on = watching.COMMAND, tmp_path / "begun", tmp_path / "go on"
    program = f"""
import os, pathlib, time
pathlib.Path({str(begun)!r}).touch()
until = time.monotonic() + 60
while not os.path.exists({str(go_on)!r}) and time.monotonic() < until:
    time.sleep(0.02)
os.kill(os.getpid(), 9)
"""
    monkeypatch.setattr(watching, "COMMAND", (sys.executable, "-c", program))
    text = "Email,First name\nann@example.com,Ann\n"
    job = kept.client.post("/imports", files={"files": ("x.csv", text)}).json()
    until = time.monotonic() + 60
    while not begun.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert kept.client.get("/store").json()["customers"] == 4
    assert kept.client.post("/preview", json={"query": "number_of_orders > 0"}).status_code == 200
    assert kept.client.get(f"/jobs/{job['id']}").json()["state"] == "running"
    go_on.touch()
    failed = _ended(kept, job)
    assert failed["state"] == "failed"
    assert "ended by SIGKILL" in failed["error"]
    assert len(kept.client.get("/imports").json()) == 1, "nothing was taken in"
    monkeypatch.setattr(watching, "COMMAND", command)
    again = kept.client.post(f"/jobs/{job['id']}/retry").json()
    assert _ended(kept, again)["state"] == "done"
    assert kept.client.get("/store").json()["customers"] == 5


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say")
def test_a_file_that_fills_its_reader(kept: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """ING-24: the reader is ended, the job says what to do, and the server answers."""
    program = "import time; kept = []\nwhile True: kept.append(b'x' * 2**25); time.sleep(0.02)"
    monkeypatch.setattr(watching, "COMMAND", (sys.executable, "-c", program))
    monkeypatch.setattr(Limits, "usual", lambda: Limits(200 * 2**20))
    job = kept.client.post("/imports", files={"files": ("x.csv", "Email\na@b.com\n")}).json()
    failed = _ended(kept, job)
    assert "more than 200 MB of memory" in failed["error"]
    assert "smaller pieces" in failed["error"]
    assert kept.client.get("/store").json()["customers"] == 4


def test_other_jobs(kept: Api) -> None:
    """What waits is cancelled, what failed is tried again, what is unknown is not found."""
    assert kept.client.get("/jobs/999").status_code == 404
    assert kept.client.post("/jobs/999/cancel").status_code == 404
    failed = _ended(kept, kept.client.post("/imports", files={"files": ("x.csv", b"\x00")}).json())
    again = kept.client.post(f"/jobs/{failed['id']}/retry").json()
    assert _ended(kept, again)["state"] == "failed"
    assert kept.client.post(f"/jobs/{failed['id']}/cancel").status_code == 422
    assert kept.served.access.audit.verify().broken is None


def test_work_that_is_begun_by_name(kept: Api) -> None:
    """Facts made anew, members checked, the journal compacted, files tidied: each once at a
    time, and each comes to its end."""
    for kind in ("rebuild", "check-members", "compact", "tidy", "age-out"):
        begun = kept.client.post("/jobs", json={"kind": kind})
        assert begun.status_code == 202, begun.text
        assert _ended(kept, begun.json())["state"] == "done", kind
    assert kept.client.post("/jobs", json={"kind": "export"}).status_code == 422
    assert kept.client.get("/store").json()["customers"] == 4


def test_files_of_somebody_erased_go(kept: Api) -> None:
    """PRV-04: what was exported or sent has them in it, so it goes at once."""
    wanted = {"segment": 1, "fields": ["customer_email"]}
    job = _ended(kept, kept.client.post("/exports", json=wanted).json())
    assert kept.client.get(f"/exports/{job['id']}/file").status_code == 200
    assert kept.client.post("/customers/a/erase", json={"reason": "asked"}).status_code == 200
    assert kept.client.get(f"/exports/{job['id']}/file").status_code == 404
    assert kept.served.folder is not None
    left = [p for p in kept.served.folder.rglob("*.csv") if b"a@example.com" in p.read_bytes()]
    assert left == []
    (erasure,) = kept.client.get("/erasures").json()
    assert erasure["reason"] == "asked"


def test_a_backup_is_made_where_the_server_was_told(kept: Api, tmp_path: Path) -> None:
    """Nowhere until somebody chose a folder; then one that can be restored, by its date."""
    assert "settings set backups" in kept.client.post("/backups").json()["detail"]
    place = tmp_path / "backups"
    place.mkdir()
    with kept.served.workspace() as workspace:
        for wrong in (tmp_path / "missing", kept.served.folder):
            with pytest.raises(WorkspaceError):
                workspace.set_backups(wrong)
        workspace.set_backups(place)
    job = _ended(kept, kept.client.post("/backups").json())
    assert job["state"] == "done", job
    assert [each.name for each in place.iterdir()] == [job["result"]["file"]]
    clock = Clock(kept.clock.now)
    sg.Workspace.restore(place / job["result"]["file"], tmp_path / "again", clock=clock)
    with sg.Workspace.open(tmp_path / "again", clock=clock) as again:
        assert again.segments["Buyers"].result().count == 3


def test_who_may_not_back_up(kept: Api, tmp_path: Path) -> None:
    """Not by a path of theirs, nor by having a backup of an admin's done again."""
    with kept.served.workspace() as workspace:
        workspace.set_backups(tmp_path)
    job = _ended(kept, kept.client.post("/backups", json={"path": "/etc"}).json())
    assert job["result"]["file"] in {each.name for each in tmp_path.iterdir()}
    client = kept.as_with("jobs:read", "jobs:write", "exports:read", "settings:read")
    assert client.post("/backups").status_code == 403
    assert client.post(f"/jobs/{job['id']}/retry").status_code == 403
    assert client.post(f"/jobs/{job['id']}/cancel").status_code == 403
    assert client.post("/jobs", json={"kind": "backup"}).status_code == 422
