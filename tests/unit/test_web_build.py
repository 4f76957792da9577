"""The hook that builds the web app into the package."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2] / "web" / "hatch_build.py"


class App:
    """What hatchling gives a hook to speak with."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def display_warning(self, message: str) -> None:
        """Keep what is told."""
        self.told.append(message)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The hook, over a folder with one source and nothing built."""
    spec = importlib.util.spec_from_file_location("hatch_build", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "src" / "main.tsx").write_text("export {}")
    monkeypatch.setattr(module, "WEB", web)
    monkeypatch.setattr(module, "DIST", tmp_path / "web_dist")
    return module


def _initialize(module: ModuleType, version: str = "standard") -> list[str]:
    app = App()
    hook: Any = object.__new__(module.ScreensHook)
    hook._BuildHookInterface__app = app
    hook.initialize(version, {})
    return app.told


def test_without_node_the_package_is_made_all_the_same(
    built: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and nothing half-built is left."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    built.DIST.mkdir()
    (built.DIST / "half.js").write_text("")
    told = _initialize(built)
    assert len(told) == 1
    assert told[0].startswith("Made without the web app: There is no Node 22")
    assert not built.DIST.exists()


def test_what_is_current_is_not_built_again(built: ModuleType) -> None:
    """The pages of a source distribution are taken as they are; a newer source counts, what
    was fetched or generated does not."""
    assert built.stale()
    built.DIST.mkdir()
    (built.DIST / "index.html").write_text("")
    for made in ("node_modules", "src/api/generated"):
        (built.WEB / made).mkdir(parents=True)
        late = built.WEB / made / "late.ts"
        late.write_text("")
        _touch(late, 4_000_000_000)
    assert not built.stale()
    assert _initialize(built) == []
    _touch(built.WEB / "src" / "main.tsx", 4_000_000_000)
    assert built.stale()


def test_an_editable_package_is_made_at_once(built: ModuleType) -> None:
    """`make web` builds the app then."""
    assert _initialize(built, "editable") == []


def _touch(path: Path, at: int) -> None:
    os.utime(path, (at, at))
