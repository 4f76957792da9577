"""Memberships kept current as time passes, by a clock of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

import segmentry as sg
from segmentry.membership.memberships import Refreshed
from segmentry.membership.waiting import as_time_passes

SEGMENTS = {
    "Yesterday on": "last_order_date >= -1d",
    "24 hours": "orders_placed MATCHES (date >= -24h)",
    "90 minutes": "orders_placed MATCHES (date >= -90min)",
    "Today": "last_order_date = today",
    "Quiet": "NOT (segments CONTAINS '24 hours')",
}
HOUR = timedelta(hours=1)


class Virtual(Event):
    """A clock that goes on while somebody waits; each full hour it looks at a workspace."""

    def __init__(self, now: datetime, until: datetime) -> None:
        super().__init__()
        self.now = now
        self.until = until
        self.looked = now
        self.workspace: sg.Workspace | None = None

    def __call__(self) -> datetime:
        """The moment it is."""
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        """Time passes; at the end of it all, waiting ends."""
        assert timeout is not None
        self.now += timedelta(seconds=max(timeout, 0.001))
        if self.now >= self.until:
            self.set()
        if self.now - self.looked >= HOUR and self.workspace is not None:
            self.looked = self.now
            for state in self.workspace.memberships.states(self.now):
                result = self.workspace.segments[state.segment].result()
                assert state.state == "due" or state.count == result.count, (self.now, state)
        return self.is_set()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-03-07T12:00:00Z", "2026-03-10T12:00:00Z"),
        ("2026-10-31T12:00:00Z", "2026-11-03T12:00:00Z"),
    ],
    ids=["forward", "back"],
)
def test_over_a_clock_change(first: str, last: str) -> None:
    """Every change of three days around it is noted within a second of its moment, and
    memberships are those of a fresh evaluation all the time (TIM-09)."""
    time = Virtual(datetime.fromisoformat(first), datetime.fromisoformat(last))
    with sg.Workspace.create(
        None, timezone="America/New_York", currency="USD", clock=time
    ) as workspace:
        customers = [{"customer_id": f"c{number}"} for number in range(12)]
        orders = [
            {"order_id": str(number), "customer_id": f"c{number}", "paid": 1}
            | {"ordered_at": time.now - timedelta(hours=3 * number, minutes=17 * number)}
            for number in range(12)
        ]
        workspace.load({"customers": customers, "orders": orders}, source="shop")
        for name, query in SEGMENTS.items():
            workspace.segments.add(name, query)
        time.workspace = workspace
        begun = len(workspace.changes())
        for _ in workspace.keep_current(time):
            pass
        assert time.now >= time.until
        found = workspace.changes(after=begun).to_pylist()
        assert len(found) > 20
        for row in found:
            assert row["cause"] == "time"
            late = row["recorded_at"] - row["at"]
            assert timedelta() <= late <= timedelta(seconds=1), row


def test_what_failed_is_tried_again_and_nothing_else_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A segment that cannot be refreshed does not keep the machine busy."""
    time = Virtual(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 0, 10, tzinfo=UTC))
    tried = []

    def refresh() -> Refreshed:
        tried.append(time.now)
        return Refreshed(time.now, (), {"VIP": "cannot be answered"}, None)

    for _ in as_time_passes(refresh, time, time):
        pass
    assert 9 <= len(tried) <= 11


def test_a_clock_that_is_set_back_is_looked_at_at_once() -> None:
    """Whoever sets the clock back does not have to wait until it is where it was."""
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)
    time = Virtual(begin, begin + timedelta(hours=1))
    tried = []

    def refresh() -> Refreshed:
        tried.append(time.now)
        return Refreshed(time.now, (), {}, None)

    for _ in as_time_passes(refresh, time, time):
        if len(tried) == 1:
            time.wait(600)
            time.now -= timedelta(hours=5)
            time.until -= timedelta(hours=5)
    assert [begin - each for each in tried] == [timedelta(), timedelta(hours=5, minutes=-10)]
