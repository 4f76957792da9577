"""A few of the broken files that `make faults` makes, the same each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .seeds import seeds
from .variants import variant

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="children are bounded as Linux does it"
)


def _faults(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program, in a process of its own: it forks, which a process with threads must not."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.files", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_broken_files_are_taken_or_refused_by_name(tmp_path: Path) -> None:
    """ING-25: no file ends an import in any other way, whatever is wrong with it."""
    done = _faults("--variants", "150", "--seed", "1", "--keep", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "150 variants" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_same_number_breaks_a_file_the_same_way() -> None:
    """A finding can be had again from its seed and number."""
    whole = seeds()
    first = [variant(whole, 3, number) for number in range(200)]
    assert first == [variant(seeds(), 3, number) for number in range(200)]
    assert len({each.content for each in first}) > 190
