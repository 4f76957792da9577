"""`segmentry record`: batches and lines of messages, what is refused, what a reader is told."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .command import run_here, well


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An empty workspace."""
    folder = tmp_path / "shop"
    well("init", folder, "--timezone", "Europe/London", "--currency", "GBP")
    return folder


def _line(number: int, paid: str = "1") -> str:
    row = {"order_id": number, "ordered_at": "2026-05-01", "paid": paid}
    return json.dumps({"message_id": f"m{number}", "records": {"orders": [row]}})


def test_lines_of_messages(shop: Path, tmp_path: Path) -> None:
    """Each has a receipt by its place in the file; bad ones are refused alone, exit code 1."""
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join([_line(1), "", _line(2, "x"), "{", _line(3), _line(1)]))
    done = run_here("-w", shop, "--json", "record", path, "--source", "pos")
    assert done.code == 1
    found = done.json
    assert (found["accepted"], found["duplicate"], found["refused"]) == (2, 1, 2)
    receipts = [(each["index"], each["status"]) for each in found["receipts"]]
    assert receipts == [
        *((0, "accepted"), (1, "refused"), (2, "refused"), (3, "accepted")),
        (4, "duplicate"),
    ]
    assert found["receipts"][1]["problem"]["pointer"] == "/messages/1/records/orders/0/paid"
    assert found["receipts"][2]["problem"]["code"] == "json"
    again = run_here("-w", shop, "record", path, "--source", "pos")
    assert again.out.startswith("0 accepted, 3 known already, 2 refused.\n  message 2: ")


def test_a_batch_that_cannot_be_read(shop: Path, tmp_path: Path) -> None:
    """Is refused whole, as is a file that is not there."""
    path = tmp_path / "batch.json"
    path.write_text('{"source": "shop",\n "messages": [}')
    done = run_here("-w", shop, "record", path)
    assert (done.code, done.out) == (1, "")
    assert "no JSON" in done.err
    missing = run_here("-w", shop, "record", tmp_path / "none.json")
    assert missing.code == 1
    assert "cannot be read" in missing.err


def test_doctor_looks_at_the_journal(shop: Path, tmp_path: Path) -> None:
    """ENG-03: whole, a message changed, a message gone; and damage is not applied."""
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join(map(_line, range(3))))
    well("-w", shop, "record", path)
    assert "3 messages, all whole" in well("-w", shop, "doctor").out
    for change, said in (
        ("UPDATE journal SET message_id = 'other' WHERE position = 2", "message 2"),
        ("DELETE FROM journal WHERE position = 2", "1 of 3 positions are nobody's"),
    ):
        with closing(sqlite3.connect(shop / "app.sqlite")) as app:
            app.execute(change)
            app.commit()
        done = run_here("-w", shop, "doctor")
        assert (done.code, said in done.out) == (1, True)
    (shop / "facts.duckdb").unlink()
    refused = run_here("-w", shop, "segment", "list")
    assert refused.code == 1
    assert "message 2 is missing" in refused.err
