"""`segmentry job`: jobs listed, shown, cancelled and tried again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.base.errors import UserError
from segmentry.jobs import Handler, Running, Wanted
from segmentry.jobs.testing import do_all

from .command import run_here, well
from .serving import serving


def _run(task: Running) -> dict[str, int]:
    task.progress(0.5, "half")
    if task.arguments["file"] == "missing.csv":
        raise UserError("There is no file missing.csv.")
    return {"rows": 3}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with a job done, one failed and one that waits."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR") as workspace:
        for file in ("a.csv", "missing.csv"):
            workspace.jobs.enqueue(Wanted("import", {"file": file}, by="ann"))
        assert do_all(workspace.jobs, {"import": Handler(_run)}) == 2
        workspace.jobs.enqueue(Wanted("export", {"query": "[b]"}, by="bob"))
    return folder


def test_jobs_are_listed(shop: Path) -> None:
    """The latest first, all or those in one state or of one kind; also as JSON."""
    job = ("-w", shop, "job", "list")
    rows = [re.split(r"\s*\|\s*", line.strip()) for line in well(*job).out.splitlines()[2:]]
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        ("3", "export", "waiting", "bob"),
        ("2", "import", "failed", "ann"),
        ("1", "import", "done", "ann"),
    ]
    assert [each["id"] for each in well(*job, "--state", "failed", "--json").json] == [2]
    assert [each["id"] for each in well(*job, "--kind", "import", "--json").json] == [2, 1]
    assert [each["id"] for each in well(*job, "--limit", "1", "--json").json] == [3]
    assert well(*job, "--state", "running").out == "There are no such jobs.\n"


def test_a_job_is_shown(shop: Path) -> None:
    """What it was put in with, what came of it, and nothing that is not so."""
    job = ("-w", shop, "job", "show")
    done = well(*job, "1", "--json").json
    assert (done["arguments"], done["result"]) == ({"file": "a.csv"}, {"rows": 3})
    assert (done["state"], done["share"], done["error"]) == ("done", 1.0, None)
    text = well(*job, "2").out
    assert "Error:   There is no file missing.csv.\n" in text
    assert "Result" not in text
    assert 'With:    {"query": "[b]"}\n' in well(*job, "3").out


def test_jobs_are_cancelled_and_tried_again(shop: Path) -> None:
    """Who asks for what cannot be is told, and nothing changes."""
    job = ("-w", shop, "job")
    assert well(*job, "cancel", "3").out == "Job 3 is cancelled.\n"
    assert well(*job, "retry", "2", "--json").json["state"] == "waiting"
    before = well(*job, "list", "--json").out
    for words, said in (
        (("cancel", "3"), "Job 3 is cancelled already."),
        (("retry", "1"), "Job 1 is done; only what failed can be tried again."),
        (("show", "9"), "There is no job 9."),
        (("list", "--state", "lost"), "No job is 'lost'. Write one of: waiting, "),
    ):
        refused = run_here(*job, *words)
        assert (refused.code, refused.out) == (1, ""), words
        assert said in refused.err
    assert run_here(*job, "show", "0").code == 2
    assert well(*job, "list", "--json").out == before
    assert "is not a workspace" in run_here("-w", shop.parent, "job", "list").err


def test_a_running_job_is_told(shop: Path) -> None:
    """It is ended by whoever does it."""
    with sg.Workspace.open(shop) as workspace:
        lease = workspace.jobs.lease("a worker", ["export"], [])
        assert lease is not None
        assert well("-w", shop, "job", "cancel", "3").out == "Job 3 is told to end.\n"
        assert "running 0%" in well("-w", shop, "job", "list").out


def test_they_are_asked_for_while_a_server_has_the_workspace(shop: Path) -> None:
    """The system of record alone is read, which any number of processes may."""
    with serving(shop):
        assert len(well("-w", shop, "job", "list", "--json").json) == 3
