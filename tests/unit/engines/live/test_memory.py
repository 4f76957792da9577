"""A store too large for the computer is refused before anything is read."""

from __future__ import annotations

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
    assert memory.available(about) == 2 * 1024 * 1024
    assert memory.available(tmp_path / "none") is None


def test_a_workspace_refuses_to_read_what_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace itself stays open, and answers once there is room."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        store.load({"customers": [{"customer_id": "ann"}]}, source="shop")
        with monkeypatch.context() as patch:
            patch.setattr(memory, "available", lambda: 1)
            with pytest.raises(sg.WorkspaceError, match="memory"):
                store.query("number_of_orders = 0")
        assert store.query("number_of_orders = 0").count == 1
