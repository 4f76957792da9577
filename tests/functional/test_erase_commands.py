"""Erasing somebody, the list of erasures and retention, on the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import segmentry as sg

from .command import run_here, well

ADDRESS = "ann@example.com"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two customers, one of whom looked at something long ago."""
    folder = tmp_path / "shop"
    event = {"event_id": 1, "customer_id": "ben", "name": "page_viewed"}
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load(
            {
                "customers": [{"customer_id": "ann", "email": ADDRESS}, {"customer_id": "ben"}],
                "events": [event | {"occurred_at": "2020-01-01"}],
            },
            source="shop",
        )
    return folder


def test_erase(folder: Path) -> None:
    """It needs a yes, gives a certificate, and is the same when it is asked for again; the
    list of erasures goes to a file, by which a copy of before loses the same person."""
    copy = shutil.copytree(folder, folder.parent / "copy")
    refused = run_here("-w", folder, "customer", "erase", "ann")
    assert (refused.code, "--yes" in refused.err) == (1, True)
    asked = ("--reason", "by letter", "--requested-at", "2026-05-01", "--yes", "--compact")
    done = well("-w", folder, "--json", "customer", "erase", "ann", *asked).json
    assert (done["certificate"], done["reason"]) == ("ER-000001", "by letter")
    assert done["requested_at"].startswith("2026-05-01")
    again = well("-w", folder, "customer", "erase", "ann", "--yes").out
    assert "ER-000001" in again
    assert "ER-000001" in well("-w", folder, "erasures", "list").out
    path = folder.parent / "erasures.json"
    assert "1 erasures written" in well("-w", folder, "erasures", "export", path).out
    other = run_here("-w", copy, "customer", "erase", "nobody", "--yes")
    assert (other.code, "There is no customer 'nobody'." in other.err) == (1, True)
    # The copy was made before there was a key, so the hashes of the list are not its own.
    assert "0 erased again" in well("-w", copy, "erasures", "replay", path).out
    for each in ("facts.duckdb", "app.sqlite"):
        assert ADDRESS.encode() not in (folder / each).read_bytes()
        assert ADDRESS.encode() in (copy / each).read_bytes() or each == "app.sqlite"


def test_retention(folder: Path) -> None:
    """Shown, set, carried out, and set back."""
    here = ("-w", folder, "settings", "retention")
    assert "for ever" in well(*here).out
    said = well(*here, "--events", "730d", "--messages", "30d", "--apply").out
    assert "storefront 730 days, messages 30 days, own 730 days" in said
    assert "1 events were taken away." in said
    assert "for ever." in well(*here, "--events", "forever").out
    refused = run_here(*here, "--own", "soon")
    assert (refused.code, "is no number of days" in refused.err) == (1, True)
