"""The pages of docs/ do what they show, from their first line to their last.

A block headed with a file's name is that file; of a `console` block the lines that begin
with `$` are typed and the others are what must come of them (`...` stands for anything).
"""

from __future__ import annotations

import re
import shlex
from itertools import zip_longest
from pathlib import Path

import pytest

from tests.functional.command import run_here

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*/*.md"))
_BLOCK = re.compile(r"^```(\w*) ?(\S*)\n(.*?)^```$", re.M | re.S)


def _steps(console: str) -> list[tuple[str, list[str]]]:
    """Each command with the lines shown below it."""
    commands = re.split(r"^\$ ", console, flags=re.M)[1:]
    return [(lines[0], lines[1:]) for lines in (each.splitlines() for each in commands)]


def _type(command: str, shown: list[str], folder: Path) -> None:
    """Run a command and hold its output against the page."""
    program, *words = shlex.split(command)
    assert program == "segmentry"
    ended = run_here(*words, cwd=folder)
    printed = [line.rstrip() for line in (ended.out + ended.err).splitlines()]
    if shown != ["..."]:
        for expected, line in zip_longest(shown, printed):
            assert line == expected, command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_does_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file, command and line of Python, in order."""
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall(page.read_text("utf-8"))
    for language, name, text in blocks:
        if name:
            (tmp_path / name).write_text(text)
        elif language == "python":
            exec(compile(text, page.name, "exec"), {})
            assert capsys.readouterr().out
        elif language == "console":
            for command, shown in _steps(text):
                _type(command, shown, tmp_path)


def test_there_are_pages() -> None:
    """Else nothing was shown."""
    assert [page.stem for page in PAGES if page.parent.name == "how-to"]
