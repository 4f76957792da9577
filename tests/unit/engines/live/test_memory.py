"""A store too large for the computer is refused before anything is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.engines.live import memory


def test_what_fits_is_not_refused() -> None:
    """Nor is anything where the system does not say what is free."""
    memory.refuse_too_large({"orders": 1_000}, 10**9)
    memory.refuse_too_large({"orders": 10**12}, None)


def test_what_does_not_fit_is_refused_with_both_sizes() -> None:
    """It says what to do."""
    with pytest.raises(sg.WorkspaceError, match=r"about 36\.8 GB .* 8\.0 GB are free\. Close"):
        memory.refuse_too_large({"orders": 10**8}, 8 * 10**9)


def test_free_memory_is_what_the_system_says(tmp_path: Path) -> None:
    """Of a system that says nothing nothing is known."""
    about = tmp_path / "meminfo"
    about.write_text("MemTotal:  4 kB\nMemAvailable:       2048 kB\n")
    assert memory.available(about, tmp_path) == 2 * 1024 * 1024
    assert memory.available(tmp_path / "none", tmp_path) is None


@pytest.mark.parametrize(("most", "left"), [("8000", 8000 - 5000 + 700), ("max", 2 * 1024 * 1024)])
def test_a_container_has_no_more_than_its_own(tmp_path: Path, most: str, left: int) -> None:
    """ENG-05: however much the computer has; what was read of files does not count."""
    about = tmp_path / "meminfo"
    about.write_text("MemAvailable:       2048 kB\n")
    (tmp_path / "memory.max").write_text(f"{most}\n")
    (tmp_path / "memory.current").write_text("5000\n")
    (tmp_path / "memory.stat").write_text("active_file 1\ninactive_file 700\nanon 2\n")
    assert memory.available(about, tmp_path) == left


_LITTLE = """
import resource
import segmentry as sg
from segmentry.storage.facts_db import FactsDb
with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
    store.load({"customers": [{"customer_id": "ann"}]}, source="s")
    FactsDb.count = lambda self, table: 10_000_000
    pages = int(open("/proc/self/statm").read().split()[0])
    limit = pages * resource.getpagesize() + 200_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        store.query("number_of_orders = 0")
    except sg.WorkspaceError as error:
        print(error)
    print(len(store.imports()))
"""


def test_with_little_memory_it_refuses_instead_of_dying() -> None:
    """ENG-05: in a process that may have no more than 200 MB on top, a store whose tables say
    that they have ten million rows is refused with both sizes, and the process goes on."""
    done = subprocess.run(
        [sys.executable, "-c", _LITTLE], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said, imports = done.stdout.splitlines()
    assert "of memory to be asked, and 0.2 GB are free" in said
    assert imports == "1"


def test_a_workspace_refuses_to_read_what_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace itself stays open, and answers once there is room."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        store.load({"customers": [{"customer_id": "ann"}]}, source="shop")
        with monkeypatch.context() as patch:
            patch.setattr(memory, "available", lambda: 1)
            with pytest.raises(sg.WorkspaceError, match="memory"):
                store.query("number_of_orders = 0")
        assert store.query("number_of_orders = 0").count == 1
