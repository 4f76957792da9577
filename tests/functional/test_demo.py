"""`segmentry demo`: what a newcomer sees, again and again, and when something is wrong."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import segmentry
import segmentry as sg
from segmentry.base.money import as_decimal, format_money
from segmentry.ingest.connectors import online_retail
from segmentry.ingest.connectors.online_retail.source import FILE
from segmentry.storage.connecting import connect
from segmentry.workspace import Result

from .command import Ended, run, run_here
from .sample_store import Demo

SECTIONS = (
    "A real store: Online Retail II",
    "Left out",
    "Kept, but not everybody's",
    "Synthetic records beside the real orders",
    "Segments as of 9 December 2011, 23:59:59 (Europe/London)",
    "RFM groups as of 9 December 2011, 23:59:59 (Europe/London)",
    "Lifecycle stages as of 9 December 2011, 23:59:59 (Europe/London)",
    "What to type next",
)


@pytest.fixture
def read_from(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Has the sample's lines read from another file."""
    return lambda path: monkeypatch.setattr(online_retail.read, "__defaults__", (path,))


@pytest.fixture(scope="module")
def again(demo: Demo) -> Ended:
    """The demo's second run, on the folder of the first, for a program to read."""
    return run("--json", "demo", "demo", cwd=demo.folder.parent)


@pytest.fixture(scope="module")
def answer(again: Ended) -> Any:
    """What the second run answered; every test that holds it against the tables of the
    first run shows that both say the same."""
    return again.json


def sections(text: str) -> dict[str, list[str]]:
    """The lines that stand under each title; a title is a line after an empty one."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if number and not lines[number - 1]]
    ends = [*starts[1:], len(lines)]
    return {
        lines[start]: [line for line in lines[start + 1 : end] if line]
        for start, end in zip(starts, ends, strict=True)
    }


def section(text: str, beginning: str) -> list[str]:
    """The lines under the one title that begins so."""
    (found,) = [lines for title, lines in sections(text).items() if title.startswith(beginning)]
    return found


def rows(lines: list[str]) -> list[tuple[str, ...]]:
    """The rows of a printed table, each on one line; without its heading."""
    table = [line for line in lines if " | " in line]
    return [tuple(cell.strip() for cell in line.split("|")) for line in table[1:]]


# -- what it prints ---------------------------------------------------------------------


def test_every_section_is_there_in_order(demo: Demo) -> None:
    """From what was read, over who the customers are, to what to try next."""
    places = [demo.first.out.find(f"\n{title}") for title in SECTIONS]
    assert -1 not in places
    assert places == sorted(places)


def test_output_to_a_file_is_plain(demo: Demo) -> None:
    """No colours, no drawn boxes, no progress bars, no sign that a terminal might lack."""
    assert "\x1b" not in demo.first.out
    assert demo.first.out.isascii()


def test_no_database_draws_a_progress_bar() -> None:
    """DuckDB would, into the output, as soon as a statement takes two seconds."""
    with connect() as connection:
        setting = connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    assert setting == [(False,)]


def test_databases_are_opened_in_one_place() -> None:
    """Whoever opened DuckDB by another way would have its progress bar."""
    package = Path(segmentry.__file__).parent
    opening = {p.name for p in package.rglob("*.py") if "duckdb.connect(" in p.read_text("utf-8")}
    assert opening == {"connecting.py"}


def test_counts_of_what_was_read_add_up(answer: Any) -> None:
    """Every line read is kept or accounted for."""
    report = answer["import"]
    assert report["lines_read"] == 1_067_371
    assert report["lines_kept"] + sum(row["lines"] for row in report["left_out"]) == 1_067_371


def test_figures_are_those_of_the_sample(demo: Demo, answer: Any) -> None:
    """What the demo says of this store is what is known of it."""
    assert "1,067,371 lines read, 1,041,107 kept" in demo.first.out
    assert "On average 59.3 days pass" in demo.first.out
    for part in ("rfm", "lifecycle"):
        assert sum(group["members"] for group in answer[part]["groups"]) == 5942
    members = {segment["name"]: segment["members"] for segment in answer["segments"]}
    assert members["Purchased at least once"] == 5843


def test_left_out_table_says_what_the_report_says(demo: Demo, answer: Any) -> None:
    """The same lines, invoices, money and reasons."""
    for title, part in (("Left out", "left_out"), ("Kept, but", "noted")):
        assert rows(section(demo.first.out, title)) == [
            (
                row["what"],
                f"{row['lines']:,}",
                f"{row['invoices']:,}",
                format_money(row["money"], "GBP"),
                row["why"],
            )
            for row in answer["import"][part]
        ]


def test_segments_table_says_what_json_says(demo: Demo, answer: Any) -> None:
    """Names, counts, shares and sentences agree; somebody is in every segment shown."""
    table = [(row[0], row[1], row[2], row[4]) for row in rows(section(demo.first.out, "Segments"))]
    assert table == [
        (
            f"{each['name']} *" if each["synthetic"] else each["name"],
            f"{each['members']:,}",
            f"{each['members'] / each['live']:.1%}",
            each["sentence"],
        )
        for each in answer["segments"]
    ]
    assert all(each["members"] for each in answer["segments"])


@pytest.mark.parametrize(("title", "part"), [("RFM", "rfm"), ("Lifecycle", "lifecycle")])
def test_groups_table_says_what_json_says(demo: Demo, answer: Any, title: str, part: str) -> None:
    """Names, counts, averages and meanings agree, and the groups take in everybody once."""
    groups = answer[part]["groups"]
    assert rows(section(demo.first.out, title)) == [
        (
            group["name"],
            f"{group['members']:,}",
            f"{group['members'] / answer[part]['live']:.1%}",
            _average(group),
            group["meaning"],
        )
        for group in groups
    ]
    assert sum(group["members"] for group in groups) == answer[part]["live"]


def _average(group: dict[str, Any]) -> str:
    if not group["members"]:
        return "-"
    return format_money(Decimal(group["spent"]) / group["members"], "GBP")


def test_json_agrees_with_the_library(demo: Demo, answer: Any) -> None:
    """The command prints what the same questions from Python give."""
    with sg.Workspace.open(demo.folder) as store:
        found = {segment.name: store.query(segment.query) for segment in store.segments}
        spent = store.spend()
        table = rows(section(demo.first.out, "Segments"))
        shown = {row[0].removesuffix(" *"): row[3] for row in table}
    assert {name: result.count for name, result in found.items()} == {
        each["name"]: each["members"] for each in answer["segments"]
    }
    assert {name: _average_spend(spent, result) for name, result in found.items()} == shown


def _average_spend(spent: dict[str, int], result: Result) -> str:
    return format_money(as_decimal(sum(spent[key] for key in result.ids)) / result.count, "GBP")


def test_what_to_type_next_can_be_typed(demo: Demo) -> None:
    """Each line shown answers, from the folder the demo was started in."""
    lines = section(demo.first.out, "What to type next")
    assert lines
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "segmentry"
        done = run_here(*words, cwd=demo.folder.parent)
        assert (done.code, done.err) == (0, ""), line
        assert done.out.strip()


# -- what is made up --------------------------------------------------------------------

ON_EVENTS = {
    *("Abandoned checkouts", "Email subscribers", "Prospective buyers", "Winback opportunities"),
    *("Potential Buyers", "Abandoned cart, last 24 hours", "Viewed a product but did not buy"),
}


def test_what_is_synthetic_is_said_to_be(demo: Demo, answer: Any) -> None:
    """A section says what it is and how much there is; segments that look at it are marked."""
    lines = section(demo.first.out, "Synthetic records")
    assert lines[0].startswith("Synthetic: made up")
    assert rows(lines) == [
        (name.replace("_", " "), f"{count:,}")
        for name, count in answer["synthetic"]["rows"].items()
    ]
    marked = {each["name"] for each in answer["segments"] if each["synthetic"]}
    assert marked == {*ON_EVENTS, "Churn risks", "First-Time Buyers"}
    assert "* looks at synthetic records" in demo.first.out
    assert "Potential buyers are known by synthetic consent" in demo.first.out


@pytest.fixture(scope="module")
def real_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo of the real orders alone is made."""
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def real(real_folder: Path) -> Ended:
    """The demo of the real orders alone, for a program to read."""
    return run("--json", "demo", "demo", "--no-synthetic", cwd=real_folder)


def test_what_orders_tell_is_the_same_without_it(real: Ended, answer: Any) -> None:
    """Every segment that does not look at what is made up, and all RFM groups, with their
    money; and the segments that need it wait."""
    alone = real.json
    assert alone["synthetic"] is None
    for part in ("import", "rfm"):
        assert alone[part] == answer[part]
    with_it = {each["name"]: each for each in answer["segments"] if not each["synthetic"]}
    without = {each["name"]: each for each in alone["segments"]}
    assert {name: without[name] for name in with_it} == with_it
    assert set(without) == {*with_it, "Churn risks", "First-Time Buyers"}
    stages = [
        [g for g in each["lifecycle"]["groups"] if g["name"] not in ("POTENTIAL_BUYER", "NONE")]
        for each in (alone, answer)
    ]
    assert stages[0] == stages[1]


def test_without_it_nothing_speaks_of_it(real_folder: Path, real: Ended) -> None:
    """The segments that need such data wait for it, as in a store that has none."""
    done = run_here("demo", "demo", "--no-synthetic", cwd=real_folder)
    assert (done.code, done.err, real.code) == (0, "", 0)
    assert "ynthetic" not in done.out
    waiting = section(done.out, "Ready-made segments that wait")
    assert {row[0] for row in rows(waiting)} == ON_EVENTS


def test_what_is_made_up_cannot_be_left_out_later(demo: Demo) -> None:
    """The folder has it already; another has to be named."""
    done = run_here("demo", "demo", "--no-synthetic", cwd=demo.folder.parent)
    assert_refused(done, "synthetic", "another folder")


# -- again ------------------------------------------------------------------------------


def test_second_run_reads_nothing_anew(demo: Demo, again: Ended) -> None:
    """One import of what is real and one of what is not, each segment saved once."""
    with sg.Workspace.open(demo.folder) as store:
        assert [entry.source for entry in store.imports()] == ["online_retail", "synthetic"]
        names = [segment.name for segment in store.segments]
    assert len(names) == len(set(names)) > 0


def test_quiet_where_nothing_is_wrong(again: Ended) -> None:
    """No word about progress on an error output that is no terminal."""
    assert (again.code, again.err) == (0, "")


# -- refused ----------------------------------------------------------------------------


def assert_refused(done: Ended, *words: str) -> None:
    """It ended with 1 and one message that has these words, without an answer or a trace."""
    assert done.code == 1, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert all(word in done.err for word in words), done.err


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file under a folder with what is in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """And nothing in it is touched."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear\n")
    assert_refused(run_here("demo", folder), str(folder), "not empty")
    assert snapshot(tmp_path) == {"letters/letter.txt": b"dear\n"}


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A path that is a file is no place for a workspace."""
    (tmp_path / "shop").write_text("x")
    assert_refused(run_here("demo", tmp_path / "shop"), "shop")
    assert snapshot(tmp_path) == {"shop": b"x"}


def test_other_stores_workspace_is_refused(tmp_path: Path) -> None:
    """Somebody's own store gets no sample orders and no segments."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load({"customers": [{"customer_id": "ann"}]}, source="shop")
    assert_refused(run_here("demo", folder), str(folder), "store of its own")
    with sg.Workspace.open(folder) as store:
        assert [entry.source for entry in store.imports()] == ["shop"]
        assert list(store.segments) == []


def test_other_stores_workspace_without_data_yet_is_refused(
    tmp_path: Path, read_from: Callable[[Path], None]
) -> None:
    """A store made for another currency, whose data have not come yet, is not the sample."""
    folder = tmp_path / "shop"
    sg.Workspace.create(folder, timezone="Asia/Tokyo", currency="JPY").close()
    read_from(tmp_path / "none")
    assert_refused(run_here("demo", folder), str(folder), "another folder")


def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """A file that only has the same name is left as it is."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "app.sqlite")) as theirs:
        theirs.execute("CREATE TABLE notes (text)")
    before = (folder / "app.sqlite").read_bytes()
    assert_refused(run_here("demo", folder), "app.sqlite", "no workspace")
    assert (folder / "app.sqlite").read_bytes() == before


def test_present_folder_can_be_named(tmp_path: Path, read_from: Callable[[Path], None]) -> None:
    """`segmentry demo .` in an empty folder gets as far as reading the data."""
    read_from(tmp_path / "none")
    folder = tmp_path / "empty"
    folder.mkdir()
    assert_refused(run_here("demo", ".", cwd=folder), "cannot be read")


# -- damaged data -----------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the file that ships with the package, to be damaged."""
    copy = tmp_path / FILE.name
    shutil.copyfile(os.fspath(str(FILE)), copy)
    return copy


@pytest.mark.parametrize("damage", ["gone", "one bit"])
def test_bad_data_file_leaves_nothing_half_made(
    tmp_path: Path, copy: Path, damage: str, read_from: Callable[[Path], None]
) -> None:
    """It says which file and what to do; what is left is a workspace with nothing in it."""
    _damage(copy, damage)
    read_from(copy)
    folder = tmp_path / "demo"
    assert_refused(run_here("demo", folder), copy.name, "einstall segmentry")
    with sg.Workspace.open(folder) as store:
        assert store.imports() == []
        assert set(store.row_counts().values()) == {0}
        assert list(store.segments) == []


def _damage(file: Path, how: str) -> None:
    data = file.read_bytes()
    half = len(data) // 2
    match how:
        case "gone":
            file.unlink()
        case "one bit":
            file.write_bytes(data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :])


def test_good_file_after_a_bad_one_completes(
    tmp_path: Path, copy: Path, demo: Demo, read_from: Callable[[Path], None]
) -> None:
    """The same command, once the package is whole again, gives what a first run gives."""
    _damage(copy, "gone")
    read_from(copy)
    assert run_here("demo", "demo", cwd=tmp_path).code == 1
    done = run("demo", "demo", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == demo.first.out
