"""When a customer next joins or leaves, from the command line and from Python."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import segmentry as sg

from .command import run_here, well

END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann ordered in June; the segment is of those who ordered in the last month."""
    folder = tmp_path_factory.mktemp("store") / "shop"
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", stands_at=END
    ) as workspace:
        workspace.load(
            {
                "customers": [{"customer_id": "ann", "created_at": "2026-01-01T00:00:00"}],
                "orders": [
                    {"order_id": 1, "customer_id": "ann", "ordered_at": "2026-06-01", "paid": "5"}
                ],
            },
            source="shop",
        )
        workspace.segments.add("Recent", "last_order_date >= -30d AND number_of_orders > 0")
        workspace.segments.add("Buyers", "number_of_orders > 0")
        workspace.segments.add("Top", "amount_spent IN TOP 10%")
    return folder


def test_a_sentence_says_when_and_why(store: Path) -> None:
    """It has the day on the store's clock, and only the condition that changes."""
    printed = " ".join(well("-w", store, "segment", "next-change", "Recent", "ann").out.split())
    assert printed.startswith("ann is in and leaves on 2 July 2026, 00:00:00 (Europe/London).")
    assert "What changes then: " in printed
    assert "last order" in printed
    assert "number of orders" not in printed


def test_a_program_gets_moments(store: Path) -> None:
    """Moments are in UTC, with a zone."""
    data = well("-w", store, "segment", "next-change", "Recent", "ann", "--json").json
    assert data["inside"] is True
    assert data["at"] == "2026-07-01T23:00:00+00:00"
    assert data["unknown_from"] is None
    earlier = ("segment", "next-change", "Recent", "ann", "--as-of", "2026-05-20", "--json")
    assert well("-w", store, *earlier).json["at"] == "2026-05-31T23:00:00+00:00"


def test_never_and_not_known(store: Path) -> None:
    """A customer who stays does so if nothing happens, or until it is not known."""
    assert well("-w", store, "segment", "next-change", "Buyers", "ann").out.endswith(
        "if nothing happens, stays so.\n"
    )
    printed = " ".join(well("-w", store, "segment", "next-change", "Top", "ann").out.split())
    assert "until 1 July 2026, 00:00:00 (Europe/London) at least" in printed


def test_a_stranger_is_refused(store: Path) -> None:
    """There is no answer about nobody."""
    failed = run_here("-w", store, "segment", "next-change", "Buyers", "eve")
    assert failed.code == 1
    assert "There is no customer 'eve'." in failed.err


def test_why_tells_each_condition(store: Path) -> None:
    """A line each with what it looks at, and then when that changes."""
    printed = well("-w", store, "segment", "why", "Recent", "ann").out
    assert printed.startswith("ann is in Recent as of ")
    held = [line.partition(" ")[0] for line in printed.splitlines() if "whose" in line]
    assert held[:2] == ["yes", "yes"]
    assert "leaves on 2 July 2026" in " ".join(printed.split())
    data = well("-w", store, "segment", "why", "Recent", "ann", "--json").json
    assert data["inside"] is True
    assert {part["holds"] for part in data["reason"]["parts"]} == {True}
    assert data["next_change"]["at"] == "2026-07-01T23:00:00+00:00"
    failed = run_here("-w", store, "segment", "why", "Buyers", "eve")
    assert failed.code == 1


def test_why_tells_since_when(store: Path) -> None:
    """The moment at which they joined or left last; nothing where they never did."""
    printed = well("-w", store, "segment", "why", "Recent", "ann").out
    assert "in since 1 June 2026, 00:00:00 (Europe/London)" in printed
    data = well("-w", store, "segment", "why", "Recent", "ann", "--json").json
    assert data["since"] == "2026-05-31T23:00:00+00:00"
    before = ("segment", "why", "Recent", "ann", "--as-of", "2026-02-01")
    assert "since" not in well("-w", store, *before).out
    assert well("-w", store, *before, "--json").json["since"] is None


def test_members_with_when_they_leave(store: Path) -> None:
    """Each with the moment, with nothing where they stay, or with until when it is known."""
    listed = ("segment", "members", "Recent", "--until")
    printed = well("-w", store, *listed).out
    assert "2 July 2026, 00:00:00 (Europe/London)" in printed
    assert "1 members as of" in printed
    data = well("-w", store, *listed, "--json").json
    assert data["count"] == 1
    assert data["members"] == [
        {"customer_id": "ann", "leaves_at": "2026-07-02T00:00:00+01:00", "unknown_from": None}
    ]
    printed = well("-w", store, "segment", "members", "Top", "--until").out
    assert "not before 1 July 2026, 00:00:00 (Europe/London)" in printed
    refused = run_here("-w", store, *listed, "--fields", "amount_spent")
    assert refused.code == 2


def test_a_query_is_asked_from_python(store: Path) -> None:
    """A text that is not saved is asked in the same way."""
    with sg.Workspace.open(store) as workspace:
        found = workspace.next_change("last_order_date < -1m", "ann", as_of=END)
        assert (found.inside, found.at) == (False, datetime(2026, 7, 1, 23, tzinfo=UTC))
        saved = workspace.segments["Recent"].next_change("ann")
        assert saved.at == datetime(2026, 7, 1, 23, tzinfo=UTC)
        assert len(saved.because) == 1
