"""A few of the damages that `make faults` does to a workspace, the same each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.storage.checks import check_files


def test_damaged_files_give_no_wrong_answer() -> None:
    """ENG-02, ENG-03: facts cut, changed or gone are answered from as before, or refused and
    made anew as it says; memberships note no change."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.damage", "--quick", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_record_that_lost_imports_is_refused(tmp_path: Path) -> None:
    """ENG-03: where `app.sqlite` alone comes from a backup, facts of imports that it does not
    know are not answered from, and no import after it is passed over."""
    folder, backup = tmp_path / "shop", tmp_path / "app.sqlite"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load({"customers": [{"customer_id": "ann"}]}, source="s")
    shutil.copy(folder / "app.sqlite", backup)
    with sg.Workspace.open(folder) as store:
        store.load({"customers": [{"customer_id": "bob"}]}, source="s")
    shutil.copy(backup, folder / "app.sqlite")
    with pytest.raises(sg.WorkspaceError, match=r"has import 2.*only 1.*backup.*rebuild"):
        sg.Workspace.open(folder)
    assert [each.what for each in check_files(folder) if each.problem] == ["facts.duckdb"]
    (folder / "facts.duckdb").unlink()
    with sg.Workspace.open(folder) as store:
        assert store.rebuild() == 1
        store.load({"customers": [{"customer_id": "cid"}]}, source="s")
        assert store.query("number_of_orders = 0").ids == ("ann", "cid")
