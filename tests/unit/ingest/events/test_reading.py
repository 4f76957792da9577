"""Lines of files, whatever their ends and lengths."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from segmentry.base.errors import DataError
from segmentry.ingest.events.reading import LONGEST_LINE, Sources


def read(path: Path, content: bytes) -> list[tuple[int, bytes | None]]:
    """The numbers and contents of the lines of a file with this content."""
    path.write_bytes(content)
    lines = Sources((path,)).lines(lambda share: None)
    return [(line.number, line.content) for line in lines]


def test_blank_lines_count_and_are_passed_over(tmp_path: Path) -> None:
    """The last line needs no end, and a mark of the byte order is not part of the first."""
    found = read(tmp_path / "f", b"\xef\xbb\xbf{}\r\n\n  \n{ }")
    assert found == [(1, b"{}"), (4, b"{ }")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_longest_line_is_read_and_one_byte_more_is_not(tmp_path: Path, end: bytes) -> None:
    """And what comes after a line that is too long is read as ever."""
    longest = b"x" * LONGEST_LINE
    after = b"" if not end else b"{}"
    rest = [(2, b"{}")] if end else []
    assert read(tmp_path / "f", longest + end + after) == [(1, longest), *rest]
    assert read(tmp_path / "f", longest + b"x" + end + after) == [(1, None), *rest]
    assert read(tmp_path / "f", longest * 90 + end + after) == [(1, None), *rest]


def test_ends_inside_a_long_line_do_not_shorten_it(tmp_path: Path) -> None:
    """Returns before more of the same line are part of it."""
    line = b"x" * (LONGEST_LINE - 2) + b"\r" * 4 + b"x" * 10
    assert read(tmp_path / "f", line + b"\n{}\n") == [(1, None), (2, b"{}")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}\n".encode("utf-16"), "UTF-16"),
        (gzip.compress(b"{}\n", mtime=0), "compressed"),
        (b"PK\x03\x04....", "compressed"),
        (b"PAR1....", "Parquet"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    """Instead of refusing each of their lines."""
    with pytest.raises(DataError, match=said):
        read(tmp_path / "f", content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(DataError, match="gone"):
        list(Sources((tmp_path / "gone",)).lines(lambda share: None))


def test_nothing_to_read_is_refused() -> None:
    """An import of no file is a mistake."""
    with pytest.raises(DataError, match="Name at least one"):
        list(Sources(()).lines(lambda share: None))


@pytest.mark.parametrize("wrong", [{"type": "track"}, b"{}"])
def test_one_event_is_no_list(wrong: object) -> None:
    """A single dictionary would be read as its keys."""
    with pytest.raises(DataError, match="a list"):
        list(Sources((wrong,)).lines(lambda share: None))  # type: ignore[arg-type]
