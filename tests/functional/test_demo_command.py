"""`segmentry demo` and the commands that ask, on the sample store."""

from __future__ import annotations

from pathlib import Path

import pytest

import segmentry as sg
from segmentry.ingest.connectors import online_retail
from segmentry.ingest.connectors.online_retail import source
from tests.functional.command import run_here


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "shop"
    sg.sample_store(folder).close()
    return folder


def test_demo_shows_the_whole_store(sample: Path) -> None:
    """Every part is printed, plainly where the output is piped."""
    ran = run_here("demo", sample)
    assert ran.code == 0
    for part in (
        "1,067,371 lines read, 1,041,107 kept",
        "invoices in both sheets",
        "22,523",
        "Segments as of 9 December 2011, 23:59:59 (Europe/London)",
        "VIP customers",
        "Ready-made segments that wait for data",
        "e-mail consent",
        "RFM groups as of",
        "CHAMPIONS",
        "On average 59.3 days pass",
        "What to type next",
    ):
        assert part in ran.out, part
    assert "\x1b" not in ran.out


def test_demo_as_json_says_the_same(sample: Path) -> None:
    """Groups and stages part the live customers; a second run finds the same store."""
    first = run_here("--json", "demo", sample).json
    again = run_here("--json", "demo", sample).json
    assert first == again
    assert sum(group["members"] for group in first["rfm"]["groups"]) == 5942
    assert sum(group["members"] for group in first["lifecycle"]["groups"]) == 5942
    by_name = {segment["name"]: segment["members"] for segment in first["segments"]}
    assert by_name["Purchased at least once"] == 5843


def test_next_lines_of_the_demo_work(sample: Path) -> None:
    """What the demo proposes to type is answered."""
    ran = run_here("-w", sample, "query", "amount_spent IN TOP 5%", "--as-of", "2010-12-31")
    assert ran.code == 0
    assert "as of 31 December 2010, 23:59:59" in ran.out
    members = run_here("-w", sample, "query", "customer_countries CONTAINS 'FR'", "--members")
    count = run_here("-w", sample, "query", "customer_countries CONTAINS 'FR'", "--count")
    assert len(members.out.split()) == int(count.out) > 0
    assert run_here("-w", sample, "rfm", "--as-of", "2011-06-30").code == 0
    assert "days pass" in run_here("-w", sample, "lifecycle").out


def test_rebuild_gives_the_same_facts(sample: Path) -> None:
    """Facts that are deleted come back from the archive of imports."""
    question = ("-w", sample, "--json", "query", "amount_spent > 1000", "--members")
    before = run_here(*question).json
    (sample / "facts.duckdb").unlink()
    assert run_here("-w", sample, "rebuild").code == 0
    assert run_here(*question).json == before


def test_demo_refuses_another_store(tmp_path: Path) -> None:
    """A folder that holds something else is left alone."""
    with sg.Workspace.create(tmp_path / "mine", timezone="Europe/Paris", currency="EUR") as mine:
        mine.load({"customers": [{"customer_id": "ann"}]}, source="own")
    ran = run_here("demo", tmp_path / "mine")
    assert ran.code == 1
    assert "a store of its own" in ran.err
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    assert "is not empty" in run_here("demo", tmp_path / "full").err


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_data_file_missing_or_damaged(
    damage: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The file is named with what to do; the next run with a good file completes."""
    bad = tmp_path / "online_retail_ii.parquet"
    if damage == "damaged":
        bad.write_bytes(b"PAR1 not really PAR1")
    with monkeypatch.context() as patch:
        patch.setattr(online_retail, "read", lambda: source.read(bad))
        ran = run_here("demo", tmp_path / "shop")
    assert ran.code == 1, ran
    assert "online_retail_ii.parquet" in ran.err
    assert "nstall" in ran.err
    with sg.Workspace.open(tmp_path / "shop") as workspace:
        assert set(workspace.row_counts().values()) == {0}
    assert run_here("demo", tmp_path / "shop").code == 0


# -- mistakes ---------------------------------------------------------------------------


def test_wrong_query_says_where_and_what(sample: Path) -> None:
    """Line, column, the place underlined, and what was probably meant."""
    ran = run_here("-w", sample, "query", "number_of_orders > 1\nAND amount_spnt > 5")
    assert ran.code == 1
    assert "Line 2 Column 4: 'amount_spnt' filter cannot be found." in ran.err
    assert "    ^^^^^^^^^^^" in ran.err
    assert "Did you mean: amount_spent" in ran.err


def test_wrong_query_as_json() -> None:
    """Programs get the problems one by one."""
    import json

    ran = run_here("--json", "check", "amount_spnt > 5 AND last_order_date = 2026-02-30")
    problems = json.loads(ran.err)["problems"]
    assert ran.code == 1
    assert [problem["code"] for problem in problems] == ["unknown_filter", "bad_date"]


def test_check_needs_no_workspace() -> None:
    """A query is checked anywhere; remarks are shown."""
    ran = run_here("check", "last_order_date > 30_days_ago")
    assert ran.code == 0
    assert "last_order_date > -30d" in ran.out
    assert "was less than 30 days ago" in ran.out
    assert "older spelling" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-w", "nowhere", "query", "number_of_orders = 1"), 1, "is not a workspace"),
        (("query",), 2, "Missing argument"),
        (("no-such-command",), 2, "No such command"),
        (("-h",), 0, ""),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, said: str) -> None:
    """1 is for what a user can mend, 2 for wrong usage."""
    ran = run_here(*arguments)
    assert ran.code == code
    assert said in ran.err


def test_wrong_moment(sample: Path) -> None:
    """A moment that is none is refused with the right form."""
    ran = run_here("-w", sample, "query", "number_of_orders = 1", "--as-of", "last week")
    assert ran.code == 1
    assert "2024-01-31T16:00:00" in ran.err


def test_fault_of_ours(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw exits with 3 and shows no traceback unless asked."""

    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(sg.Workspace, "query", broken)
    ran = run_here("-w", sample, "query", "number_of_orders = 1")
    assert ran.code == 3
    assert "fault of Segmentry" in ran.err
    assert "Traceback" not in ran.err
