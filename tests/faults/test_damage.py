"""A few of the damages that `make faults` does to a workspace, the same each time."""

from __future__ import annotations

import os
import subprocess
import sys


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
