"""`segmentry import events`: files of JSON lines into a workspace, by the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from .command import run, run_here, well

VIEW = {"type": "track", "event": "Product Viewed", "userId": "ann", "messageId": "m1"} | {
    "timestamp": "2026-01-02T10:00:00Z",
    "properties": {"product_id": "mug"},
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An empty workspace."""
    folder = tmp_path / "shop"
    well("init", folder, "--timezone", "Europe/London", "--currency", "GBP")
    return folder


def written(path: Path, *lines: Any) -> Path:
    """A file with these lines, of which texts and bytes stand as they are."""
    path.write_bytes(b"".join(_line(line) + b"\n" for line in lines))
    return path


def _line(line: Any) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode()


def test_good_lines_are_taken_and_bad_ones_named(shop: Path, tmp_path: Path) -> None:
    """By file and line, all of them in the file asked for, safe to open in a spreadsheet."""
    one = written(tmp_path / "one.jsonl", VIEW, b"{oops", VIEW | {"messageId": "m2"})
    two = written(
        tmp_path / "two.jsonl",
        b"",
        VIEW | {"userId": "=1+1" * 100},
        b'{"x": "' + b"x" * 40_000 + b'"}',
        b'{"a": 1e999999999}',
        b'{"a": "\\ud800"}',
        b'{"a": 1, "a": 1}',
        VIEW | {"messageId": "m3", "userId": "bob"},
    )
    refused = tmp_path / "refused.csv"
    done = run("-w", shop, "--json", "import", "events", one, two, "--refused", refused)
    assert (done.code, done.err) == (0, "")
    assert done.json["report"]["accepted"] == 3
    assert done.json["report"]["refused"] == 6
    assert done.json["changes"]["events"] == {"new": 3, "changed": 0, "same": 0}
    with refused.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"]) for row in rows] == [
        ("one.jsonl", "2"),
        *(("two.jsonl", str(line)) for line in range(2, 7)),
    ]
    assert rows[1]["value"].startswith("'=1+1")
    asked = "storefront.product_viewed MATCHES (id = 'mug', count = 2)"
    assert well("-w", shop, "--json", "query", asked, "--count").json["count"] == 1


def test_the_same_file_again_changes_nothing(shop: Path, tmp_path: Path) -> None:
    """It is said; a dry run before told what would change, and changed nothing."""
    file = written(tmp_path / "events.jsonl", VIEW)
    dry = well("-w", shop, "--json", "import", "events", file, "--dry-run").json
    assert (dry["imported"], dry["dry_run"]) == (False, True)
    first = well("-w", shop, "--json", "import", "events", file).json
    assert (first["imported"], first["again"]) == (True, False)
    assert first["changes"] == dry["changes"]
    again = well("-w", shop, "--json", "import", "events", file).json
    assert (again["imported"], again["again"]) == (False, True)
    assert again["changes"] == {"events": {"new": 0, "changed": 0, "same": 1}}
    assert again["segments_added"] == []
    assert "Imported before; nothing changed" in well("-w", shop, "import", "events", file).out


def test_a_file_of_bad_lines_alone_changes_nothing(shop: Path, tmp_path: Path) -> None:
    """Each is named."""
    done = well("-w", shop, "import", "events", written(tmp_path / "bad.jsonl", b"[]", b"null"))
    assert "0 events of the files taken, 2 refused" in done.out
    assert "bad.jsonl, line 2" in done.out


@pytest.mark.parametrize(
    ("content", "said"), [(b"\x1f\x8b\x08\x00", "compressed"), (None, "cannot be read")]
)
def test_a_file_that_is_no_text_is_refused_whole(
    shop: Path, tmp_path: Path, content: bytes | None, said: str
) -> None:
    """And nothing of the others is taken: either all files come in, or nothing does."""
    good, bad = written(tmp_path / "good.jsonl", VIEW), tmp_path / "bad.jsonl"
    if content is not None:
        bad.write_bytes(content)
    done = run_here("-w", shop, "import", "events", good, bad)
    assert (done.code, done.out) == (1, "")
    assert "bad.jsonl" in done.err
    assert said in done.err
    assert "Traceback" not in done.err
    assert well("-w", shop, "--json", "query", "events MATCHES ()", "--count").json["count"] == 0
