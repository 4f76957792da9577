"""`segmentry segment members … --out` and `query … --out` on a small store of their own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import segmentry as sg

from .command import run_here, well

END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two customers, who look like formulas or not."""
    folder = tmp_path_factory.mktemp("store") / "shop"
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", stands_at=END
    ) as workspace:
        customers = [
            {"customer_id": name, "created_at": "2026-01-01", "phone": "+49301234"}
            for name in ("ann", "=bob")
        ]
        workspace.load({"customers": customers}, source="shop")
        for name in ("All", "All!", "CON"):
            workspace.segments.add(name, "number_of_orders >= 0")
    return folder


def members(store: Path, *words: str | Path) -> tuple[str, ...]:
    """The command."""
    return ("-w", str(store), "segment", "members", *map(str, words))


def test_members_go_to_a_file(store: Path, tmp_path: Path) -> None:
    """EXP-01: one file, whole, in place of an older one, and nothing beside it."""
    out = tmp_path / "m.csv"
    out.write_text("an older file")
    told = well(*members(store, "All", "--fields", "customer_phone", "--out", out), "--json").json
    assert told == {
        "file": str(out),
        "count": 2,
        "as_of": "2026-06-30T22:59:59.999999+00:00",
        "fields": ["customer_phone"],
        "remembered": False,
        "resumed": False,
    }
    assert list(tmp_path.iterdir()) == [out]
    moment = "2026-06-30T23:59:59.999999+01:00"
    assert out.read_text().splitlines() == [
        "customer_id,customer_phone,as_of",
        f"'=bob,'+49301234,{moment}",
        f"ann,'+49301234,{moment}",
    ]


def test_fields_of_the_last_time_are_told(store: Path, tmp_path: Path) -> None:
    """On the other stream, until they are forgotten."""
    out = tmp_path / "m.parquet"
    well(*members(store, "All", "--fields", "customer_phone", "--out", out))
    ended = well(*members(store, "All", "--out", out))
    assert ended.out == f"2 members written to {out}.\n"
    assert "With the fields of the last time: customer_phone." in ended.err
    assert pq.read_table(out).column_names == ["customer_id", "customer_phone", "as_of"]
    assert well(*members(store, "All", "--fields", "none", "--out", out)).err == ""
    assert well(*members(store, "All", "--out", out)).err == ""
    assert pq.read_table(out).column_names == ["customer_id", "as_of"]
    well(*members(store, "All", "--fields", "customer_phone", "--out", out))
    well(*members(store, "All", "--fields", "", "--out", out))
    assert well(*members(store, "All", "--out", out)).err == ""


def test_a_folder_has_the_file_named_after_the_segment(store: Path, tmp_path: Path) -> None:
    """EXP-08: and so has the present one, where only the format was named."""
    for name in ("All", "All!", "CON"):
        well(*members(store, name, "--out", f"{tmp_path}/"))
    assert run_here(*members(store, "All", "--format", "jsonl"), cwd=tmp_path).out == (
        "2 members written to all.jsonl.\n"
    )
    names = {each.name for each in tmp_path.iterdir()}
    assert names == {"all.csv", "all-2.csv", "segment-con.csv", "all.jsonl"}


def test_a_query_goes_to_a_file(store: Path, tmp_path: Path) -> None:
    """One that is not saved, with its own fields; it remembers none."""
    text, out = "customer_phone IS NOT NULL", tmp_path / "q.jsonl"
    words = ("-w", store, "query", text, "--as-of", "2026-03-01")
    assert well(*words, "--members", "--fields", "customer_phone", "--out", out).out == (
        f"2 members written to {out}.\n"
    )
    assert '"customer_phone": "+49301234", "as_of": "2026-03-01T' in out.read_text()
    assert run_here(*words, "--format", "csv", cwd=tmp_path).out.endswith("members.csv.\n")
    assert run_here(*words, "--out", out, "--count").code == 2


def test_what_cannot_be_written_is_said(store: Path, tmp_path: Path) -> None:
    """In one line, without a file."""
    ended = run_here(*members(store, "All", "--out", tmp_path / "m.pdf"))
    assert (ended.code, ".parquet" in ended.err) == (1, True)
    ended = run_here(*members(store, "All", "--fields", "email", "--out", tmp_path / "m.csv"))
    assert (ended.code, "Did you mean customer_email?" in ended.err) == (1, True)
    ended = run_here(*members(store, "All", "--out", tmp_path / "none" / "m.csv"))
    assert (ended.code, "is not a folder" in ended.err) == (1, True)
    assert list(tmp_path.iterdir()) == []
