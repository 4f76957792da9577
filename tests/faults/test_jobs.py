"""A few of the jobs that `make faults` has done by workers who die; their lives are the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from segmentry.jobs import Queue, Wanted
from segmentry.jobs.queue import INTERRUPTED
from segmentry.jobs.testing import VirtualClock
from segmentry.storage.app_db import open_app_db
from tests.functional.command import environment

from .jobs import AGAIN, EFFECT, ONCE, difference

ROOT = Path(__file__).parents[2]


def test_every_job_is_done_once_whoever_dies() -> None:
    """OPS-16, OPS-17: two hundred jobs, by processes that are killed and stopped in the midst."""
    command = (sys.executable, "-m", "tests.faults.jobs", "--jobs", "200", "--life", "100")
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    told = re.search(r"(\d+) begun again, (\d+) workers killed, (\d+) stopped", ended.stdout)
    assert told is not None
    assert all(int(count) > 0 for count in told.groups()), ended.stdout


@pytest.mark.parametrize(
    ("kind", "state", "effects", "well"),
    [
        (AGAIN, "done", 1, True),
        (AGAIN, "done", 0, False),
        (AGAIN, "done", 2, False),
        (AGAIN, "waiting", 0, False),
        (AGAIN, "running", 1, False),
        (AGAIN, INTERRUPTED, 1, False),
        (ONCE, "done", 1, True),
        (ONCE, "done", 0, False),
        (ONCE, INTERRUPTED, 0, True),
        (ONCE, INTERRUPTED, 1, True),
        (ONCE, INTERRUPTED, 2, False),
        (ONCE, "A fault.", 0, False),
    ],
)
def test_a_difference_is_found(kind: str, state: str, effects: int, well: bool) -> None:
    """A job that is not done, done without effect or twice, or failed for another reason."""
    app = open_app_db(None)
    queue = Queue(app, VirtualClock())
    id = queue.enqueue(Wanted(kind, {}))
    if state != "waiting":
        lease = queue.lease("a worker", [kind], [])
        assert lease is not None
        if state == "done":
            queue.done(lease)
        elif state != "running":
            queue.failed(lease, state)
    for _ in range(effects):
        queue.enqueue(Wanted(EFFECT, {"of": id}))
    found = difference(queue.listed())
    app.dispose()
    assert (found is None) == well, found
