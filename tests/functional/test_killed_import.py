"""An import that is killed leaves nothing half-loaded, and running it again completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import segmentry as sg

RECORDS = """
RECORDS = {
    "customers": [{"customer_id": str(n), "created_at": "2026-01-01T10:00:00"} for n in range(50)],
    "orders": [
        {"order_id": n, "customer_id": str(n % 50), "ordered_at": "2026-02-01T10:00:00", "paid": n}
        for n in range(200)
    ],
    "order_lines": [{"order_id": n, "line_number": 1, "amount": n} for n in range(200)],
}
"""

DRIVER = f"""
import os, signal, sys
import segmentry as sg
from segmentry.ingest import load
from segmentry.storage import archive, facts_db
{RECORDS}
def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def after(place, name, calls=1):
    whole, count = getattr(place, name), [0]
    def wrapped(*arguments, **options):
        result = whole(*arguments, **options)
        count[0] += 1
        if count[0] == calls:
            die()
        return result
    setattr(place, name, wrapped)

workspace = sg.Workspace.open(sys.argv[1])
point = sys.argv[2]
if point == "before the first file":
    archive._write_whole = die
elif point == "after the first file":
    after(archive, "_write_whole")
elif point == "after all files":
    load._note = die
elif point == "after the note":
    after(load, "_note")
elif point == "after the first table":
    after(facts_db.FactsDb, "_replace")
elif point == "after all tables":
    after(facts_db.FactsDb, "_replace", calls=3)
elif point == "after everything":
    after(facts_db.FactsDb, "apply")
workspace.load(RECORDS, source="shop")
"""

POINTS = {
    "before the first file": False,
    "after the first file": False,
    "after all files": False,
    "after the note": True,
    "after the first table": True,
    "after all tables": True,
    "after everything": True,
}
"""Where the process is killed, and whether the import is noted by then."""


def tables(workspace: sg.Workspace) -> dict[str, list[str]]:
    names = ("customers", "orders", "order_lines")
    return {name: sorted(map(repr, workspace.facts(name).to_pylist())) for name in names}


@pytest.fixture(scope="module")
def clean() -> dict[str, list[str]]:
    """What one run without trouble gives."""
    made: dict[str, object] = {}
    exec(RECORDS, made)
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as workspace:
        workspace.load(made["RECORDS"], source="shop")  # type: ignore[arg-type]
        return tables(workspace)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, tmp_path: Path, clean: dict[str, list[str]]) -> None:
    """After the kill all of the import is there or nothing; then the same import completes."""
    folder = tmp_path / "shop"
    sg.Workspace.create(folder, timezone="Europe/London", currency="GBP").close()
    died = subprocess.run([sys.executable, "-c", DRIVER, str(folder), point], check=False)
    assert died.returncode == -signal.SIGKILL
    with sg.Workspace.open(folder) as workspace:
        found = tables(workspace)
        assert found == (clean if POINTS[point] else {name: [] for name in clean})
    made: dict[str, object] = {}
    exec(RECORDS, made)
    with sg.Workspace.open(folder) as workspace:
        loaded = workspace.load(made["RECORDS"], source="shop")  # type: ignore[arg-type]
        assert loaded.again == POINTS[point]
        assert tables(workspace) == clean
        assert len(workspace.imports()) == 1


def test_killed_demo_completes(tmp_path: Path) -> None:
    """A real kill in the middle of the sample's import."""
    folder = tmp_path / "shop"
    script = f"import segmentry as sg; sg.sample_store({str(folder)!r}).close()"
    child = subprocess.Popen([sys.executable, "-c", script])
    limit = time.monotonic() + 60
    while not any((folder / "journal").glob("*")) and time.monotonic() < limit:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with sg.sample_store(folder) as workspace:
        counts = workspace.row_counts()
    assert (counts["customers"], counts["orders"], counts["refunds"]) == (5942, 41846, 19414)
