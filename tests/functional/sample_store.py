"""The sample store, made by the command once for all tests that only read it."""

from __future__ import annotations

import fcntl
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from .command import Ended, run


@dataclass(frozen=True, slots=True)
class Demo:
    """The folder that `segmentry demo` made, and what it printed."""

    folder: Path
    first: Ended


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Demo:
    """Made once for all processes of a parallel run; each has a copy, as only one process
    may use a workspace."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if hasattr(request.config, "workerinput") else base) / "sample-store"
    place.mkdir(exist_ok=True)
    printed = place / "printed.txt"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            first = run("demo", "demo", cwd=place)
            assert first.code == 0, first.err
            printed.write_text(first.out, encoding="utf-8")
        shutil.copytree(place / "demo", base / "demo")
    return Demo(base / "demo", Ended(0, printed.read_text(encoding="utf-8"), ""))
