"""A small store whose clock is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import segmentry as sg


class Clock:
    """Stands until it is moved on."""

    now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.now

    def go_on(self, **time: int) -> None:
        """Show a later moment."""
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[sg.Workspace]:
    """ann bought twice, bob once, cid and dee never; ann and dee have addresses."""
    people = {"ann": "Ann@Example.com", "bob": None, "cid": None, "dee": "dee@example.com"}
    orders = [("ann", "2026-05-01"), ("ann", "2026-05-20"), ("bob", "2026-01-05")]
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=clock, author="ann"
    ) as workspace:
        workspace.load(
            {
                "customers": [
                    {"customer_id": name, "created_at": "2026-01-01", "email": email}
                    for name, email in people.items()
                ],
                "orders": [
                    {"order_id": number, "customer_id": name, "ordered_at": day, "paid": "10"}
                    for number, (name, day) in enumerate(orders)
                ],
            },
            source="shop",
        )
        yield workspace
