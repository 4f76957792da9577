"""What clocks and computers can do to an answer, seen through the front door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.facts import zones

from .command import run, run_here


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "localtime", "posixrules", "Factory", "EST5EDT", "UTC\0", "utc", "GMT+2"),
        *("America/new_york", "Europe/Berlin ", "../../etc/passwd", "/etc/localtime", "+02:00"),
        *("posix/Europe/Berlin", "right/Europe/Berlin", "Europe", "Europe/", "Europe/Berlin/x"),
        "A/" * 5_000,
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_only_regional_zones_are_taken(name: str) -> None:
    """TIM-12: a store's zone is one of the closed list of regional names, and no path."""
    with pytest.raises(sg.WorkspaceError, match="is not a time zone"):
        zones.zone(name)
    with pytest.raises(sg.WorkspaceError, match="is not a time zone"):
        sg.Workspace.create(None, timezone=name, currency="GBP")


def test_a_zone_in_other_letters_is_suggested() -> None:
    """TIM-12: and the one that was meant is named."""
    with pytest.raises(sg.WorkspaceError, match="Did you mean America/New_York"):
        zones.zone("America/new_york")


def _rows(at: datetime) -> dict[str, list[dict[str, object]]]:
    order = {"order_id": "1", "customer_id": "ann", "ordered_at": at, "paid": "10"}
    return {"customers": [{"customer_id": "ann", "created_at": at}], "orders": [order]}


def test_an_answer_is_of_one_moment() -> None:
    """TIM-14: the clock is read once a question, so that one that passes midnight between two
    looks gives the answer of one day, and says which."""
    midnight = datetime(2026, 6, 15, tzinfo=UTC)
    ticks: Iterator[datetime] = (midnight + number * timedelta(hours=23) for number in range(1_000))
    both = "last_order_date = today AND days_since_last_order = 0"
    with sg.Workspace.create(
        None, timezone="UTC", currency="GBP", clock=lambda: next(ticks)
    ) as store:
        store.load(_rows(midnight), source="shop")
        store.segments.add("Today", both)
        for query in (both, f"{both} AND segments CONTAINS 'Today'"):
            for _ in range(3):
                result = store.query(query)
                assert result.count == store.query(query, as_of=result.as_of).count
                assert (result.count == 1) == (result.as_of.date() == midnight.date())
        split = store.explain("last_order_date = today OR NOT last_order_date = today")
        assert sum(part.count for part in split.parts) == split.count == 1


PLACES = (("UTC", "C.UTF-8"), ("Asia/Kathmandu", "tr_TR.UTF-8"))


def test_answers_do_not_depend_on_the_computer(tmp_path: Path) -> None:
    """TIM-16: the zone and the language of the server change no answer and no output."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load(_rows(datetime(2026, 5, 30, 22, 30, tzinfo=UTC)), source="shop")
    words = ("query", "last_order_date = 2026-05-30", "--as-of", "2026-06-15T23:30:00")
    asked = [run("-w", folder, *words, TZ=zone, LC_ALL=language) for zone, language in PLACES]
    assert [each.code for each in asked] == [0, 0]
    assert len({each.out for each in asked}) == 1
    assert "1 of 1 customers" in asked[0].out
    assert "15 June 2026, 23:30:00 (Europe/London)" in asked[0].out


def test_the_zones_in_use_are_named(tmp_path: Path) -> None:
    """TIM-13: days are worked out with one database of zones, and `doctor` says which."""
    with sg.Workspace.create(tmp_path / "shop", timezone="Europe/London", currency="GBP"):
        pass
    done = run_here("-w", tmp_path / "shop", "doctor", "--json")
    assert done.json["versions"]["tz database"].startswith("20")
