"""The size of a segment over time, from the command line and from Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.insights.sizes import undated_of

from .command import run_here, well

NOW = datetime(2026, 4, 2, 15, tzinfo=UTC)
BUYERS = "number_of_orders >= 1"
VIPS = "customer_tags CONTAINS 'vip'"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann orders in March, Ben on 1 April and again the next evening; Cy's order of 30 March
    is cancelled two days later, and Dot's customer record is erased."""
    folder = tmp_path_factory.mktemp("store") / "shop"
    names = ("ann", "ben", "cy", "dot")
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", stands_at=NOW
    ) as workspace:
        workspace.load(
            {
                "customers": [
                    {"customer_id": name, "created_at": "2026-03-01T00:00:00"} for name in names
                ],
                "customer_tags": [{"customer_id": "ann", "tag": "vip"}],
                "orders": [
                    {"order_id": n, "customer_id": name, "ordered_at": at, "paid": "5"} | more
                    for n, name, at, more in (
                        (1, "ann", "2026-03-28T23:30:00", {}),
                        (2, "ben", "2026-04-01T10:00:00", {}),
                        (3, "ben", "2026-04-02T20:00:00", {}),
                        (4, "cy", "2026-03-30T10:00:00", {"cancelled_at": "2026-04-01T09:00:00"}),
                        (5, "dot", "2026-03-20T10:00:00", {}),
                    )
                ],
            },
            source="shop",
        )
        erased = {"kind": "customer", "record_id": "dot", "deleted_at": NOW, "erased": True}
        workspace.load({"deletions": [erased]}, source="shop")
        workspace.segments.add("Buyers", BUYERS)
        workspace.segments.add("Buying VIPs", f"segments CONTAINS 'Buyers' AND {VIPS}")
    return folder


@pytest.fixture
def workspace(store: Path) -> Iterator[sg.Workspace]:
    """The store, opened."""
    with sg.Workspace.open(store) as opened:
        yield opened


def test_each_day_has_the_members_at_its_end(workspace: sg.Workspace) -> None:
    """A day is the store's, across a clock change; a cancellation takes effect at its own time;
    who was erased is in no count; and today is counted now."""
    rows = workspace.segments["Buyers"].sizes(date(2026, 3, 27)).to_pylist()
    counts = [0, 1, 1, 2, 2, 2, 2]
    assert [(row["day"].day, row["count"], row["live"]) for row in rows] == [
        (day, count, 3) for day, count in zip([27, 28, 29, 30, 31, 1, 2], counts, strict=True)
    ]
    assert rows[0]["as_of"] == datetime(2026, 3, 27, 23, 59, 59, 999999, tzinfo=UTC)
    assert rows[2]["as_of"] == datetime(2026, 3, 29, 22, 59, 59, 999999, tzinfo=UTC)
    assert rows[-1]["as_of"] == NOW
    for row in rows:
        result = workspace.query(BUYERS, as_of=row["as_of"])
        assert (result.count, result.live) == (row["count"], row["live"])


def test_weeks_end_on_sunday_and_months_on_their_last_day(workspace: sg.Workspace) -> None:
    """The last day asked about is always among them."""
    weeks = workspace.sizes(BUYERS, date(2026, 3, 16), date(2026, 3, 31), "week")
    assert [day.day for day in weeks.column("day").to_pylist()] == [22, 29, 31]
    months = workspace.sizes(BUYERS, date(2026, 1, 31), date(2026, 3, 30), "month")
    assert [day.isoformat() for day in months.column("day").to_pylist()] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-30",
    ]


@pytest.mark.parametrize(
    ("since", "until", "every", "said"),
    [
        (date(2026, 4, 1), date(2026, 4, 3), "day", "2026-04-03 is to come; today is 2026-04-02"),
        (date(2026, 4, 2), date(2026, 4, 1), "day", "The first day lies between"),
        (date(1899, 12, 31), None, "day", "The first day lies between 1900-01-01"),
        (date(1900, 1, 1), None, "day", "at most 20,000"),
        (date(2026, 4, 1), None, "year", "not every 'year'"),
        (NOW, None, "day", "without a time"),
    ],
)
def test_days_that_cannot_be_asked(
    workspace: sg.Workspace, since: date, until: date | None, every: str, said: str
) -> None:
    """Days to come, in the wrong order, too many, or no days are refused with the reason."""
    with pytest.raises(sg.UserError, match=said):
        workspace.sizes(BUYERS, since, until, every)  # type: ignore[arg-type]  # as typed by hand


def test_who_moved(workspace: sg.Workspace) -> None:
    """Between two moments some joined and some left; who did both in between is neither."""
    moved = workspace.moved(BUYERS, date(2026, 3, 30), date(2026, 4, 1))
    assert (moved.joined, moved.left) == (("ben",), ("cy",))
    assert (moved.before, moved.after) == (2, 2)
    assert workspace.moved(BUYERS, date(2026, 3, 27)).joined == ("ann", "ben")


def test_what_is_known_only_as_of_today_is_named(workspace: sg.Workspace) -> None:
    """Of past moments alone, with what the segments referred to ask about."""
    named = ("segments", "customer_tags")
    saved = workspace.segments["Buying VIPs"]
    assert saved.result(as_of=date(2026, 3, 28)).undated == named
    assert saved.result().undated == ()
    assert workspace.query(BUYERS, as_of=date(2026, 3, 28)).undated == ()
    assert undated_of(saved.sizes(date(2026, 3, 28))) == named
    assert undated_of(workspace.sizes(BUYERS, date(2026, 3, 28))) == ()
    assert workspace.moved(VIPS, date(2026, 3, 28)).undated == ("customer_tags",)
    asked = "segments CONTAINS 'Buying VIPs' AND orders_placed MATCHES (tag = 'x')"
    assert workspace.query(asked, as_of=date(2026, 3, 28)).undated == (
        "segments",
        "orders_placed.tag",
        "customer_tags",
    )
    birthday = "anniversary('customer_birth_date') = today"
    assert workspace.query(birthday, as_of=date(2026, 3, 28)).undated == ("customer_birth_date",)
    credit = "store_credit_accounts MATCHES (balance > 0)"
    assert workspace.query(credit, as_of=date(2026, 3, 28)).undated == ("store_credit_accounts",)


def test_the_command_draws_bars(store: Path) -> None:
    """A row a day, the longest bar for the most members, and what is known only as of today."""
    asked = ("--since", "2026-03-28", "--until", "2026-03-30")
    lines = well("-w", store, "segment", "sizes", "Buying VIPs", *asked).out.splitlines()
    assert lines[2].split() == ["2026-03-28", "|", "1", "|", "33.3%", "|", "█" * 40]
    assert lines[-1] == "Known only as of today: segments, customer_tags."


def test_the_command_shows_one_of_many_days(store: Path) -> None:
    """With more than 40 days the last one and every so many before it are shown."""
    lines = well("-w", store, "sizes", BUYERS, "--since", "2026-01-01").out.splitlines()
    days = [line[:10] for line in lines[2:-1]]
    assert len(days) <= 40
    assert days[-1] == "2026-04-02"
    assert lines[-1] == "one of 3 shown; --out and --json have all 92"


def test_a_program_gets_every_day(store: Path, tmp_path: Path) -> None:
    """As JSON, or as a file."""
    asked = ("sizes", BUYERS, "--since", "2026-03-30", "--until", "2026-04-01", "--moved")
    data = well("-w", store, *asked, "--json").json
    assert [row["count"] for row in data["sizes"]] == [2, 2, 2]
    assert data["sizes"][0]["day"] == "2026-03-30"
    assert (data["joined"], data["left"], data["undated"]) == (["ben"], ["cy"], [])
    out = tmp_path / "sizes.csv"
    assert "3 days written" in well("-w", store, *asked, "--out", out).out
    assert out.read_text().splitlines()[1] == "2026-03-30,2026-03-30T22:59:59.999999+00:00,2,3"
    assert well("-w", store, *asked).out.splitlines()[-1] == "1 joined and 1 left after 2026-03-30"


def test_a_moment_is_no_day(store: Path) -> None:
    """The command says how to write one."""
    ended = run_here("-w", store, "sizes", BUYERS, "--since", "2026-03-30T10:00:00")
    assert ended.code == 1
    assert "'2026-03-30T10:00:00' is not a day. Write 2024-01-31." in ended.err


def test_before_the_store_began(store: Path) -> None:
    """Nobody is there, and the answer says so."""
    lines = well("-w", store, "query", BUYERS, "--as-of", "2025-01-01").out.splitlines()
    assert "0 of 0 customers" in lines
    assert "No customer was known at this moment." in lines
    rows = well("-w", store, "sizes", BUYERS, "--since", "2026-02-28", "--json").json["sizes"]
    assert (rows[0]["count"], rows[0]["live"]) == (0, 0)
    assert rows[1]["live"] == 3


def test_answers_for_past_moments_say_what_is_undated(store: Path) -> None:
    """Under the answer, beside members and counts that go to another program, and in JSON."""
    past = ("-w", store, "query", VIPS, "--as-of", "2026-03-28")
    said = "Known only as of today: customer_tags."
    assert said in well(*past).out
    for more in ("--count", "--members"):
        ended = run_here(*past, more)
        assert said in ended.err
        assert said not in ended.out
    assert well(*past, "--json").json["undated"] == ["customer_tags"]
    assert "Known only" not in well("-w", store, "query", VIPS).out
