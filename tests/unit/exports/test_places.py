"""Where files of members go, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.errors import UserError
from segmentry.exports.places import place, stem_of
from segmentry.segments.naming import file_stem

NAMES = [
    "..",
    "../../etc/passwd",
    'a"b',
    "CON",
    "nul",
    "com1",
    "COM¹",
    "a/b\\c",
    ".",
    "VIP ",
    "日本" * 90,
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_segments_are_safe_names_of_files(name: str, tmp_path: Path) -> None:
    """EXP-08: nothing above the folder, nothing that a system refuses."""
    path, _ = place(tmp_path, "xlsx", file_stem(name))
    assert path.parent == tmp_path
    path.with_name(f".{path.name}.unfinished").mkdir()
    path.touch()


@given(st.text())
def test_any_name_gives_one(name: str) -> None:
    """EXP-08: without a sign that is special to a shell or a file system."""
    stem = file_stem(name)
    assert stem
    assert not set(stem) & set("/\\:*?\"<>|'`$&; \t\n.\0")
    assert len(stem.encode()) <= 210


def test_similar_names_have_files_of_their_own() -> None:
    """The same ones each time."""
    names = ["VIP", "VIP!", "vip?"]
    assert [stem_of(each, names) for each in names] == ["vip", "vip-2", "vip-3"]
    assert stem_of("VIP!", ["VIP!"]) == "vip"


def test_the_format_is_that_of_the_ending_or_the_one_named(tmp_path: Path) -> None:
    """A folder gets CSV."""
    assert place(tmp_path / "a.XLSX", None, "vip")[1].name == "xlsx"
    assert place(tmp_path / "a.txt", "csv", "vip") == (
        tmp_path / "a.txt",
        place(tmp_path, None, "")[1],
    )
    assert place(f"{tmp_path}/", None, "vip")[0] == tmp_path / "vip.csv"
    assert place(tmp_path, "jsonl", "vip")[0] == tmp_path / "vip.jsonl"


@pytest.mark.parametrize(
    ("out", "format", "said"),
    [
        ("a.pdf", None, r"a.pdf does not end in .csv, .xlsx, .parquet, .jsonl"),
        ("a.csv", "pdf", "'pdf' is no format"),
        ("none/a.csv", None, "none is not a folder"),
        ("none/", None, "none is not a folder"),
    ],
)
def test_places_that_cannot_be(tmp_path: Path, out: str, format: str | None, said: str) -> None:
    """Said before anything is asked."""
    with pytest.raises(UserError, match=said):
        place(f"{tmp_path}/{out}", format, "vip")
