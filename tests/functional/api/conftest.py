"""A small store that is served in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import profiles
from fastapi.testclient import TestClient

import segmentry as sg
from segmentry.access import Caller, passwords
from segmentry.access.scopes import ALL_SCOPES
from segmentry.api.app import PREFIX, make_app
from segmentry.serving.served import Served

ME = Caller.command_line("tests")


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment it is."""
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Api:
    """The server, its clock, and a client who may do everything."""

    served: Served
    clock: Clock
    client: TestClient

    def as_with(self, *scopes: str) -> TestClient:
        """A client with a token of these scopes."""
        made = self.served.access.tokens.add(ME, "test", scopes)
        return self._client({"Authorization": f"Bearer {made.text}"})

    def as_nobody(self) -> TestClient:
        """A client with nothing."""
        return self._client({})

    def _client(self, headers: dict[str, str]) -> TestClient:
        return TestClient(
            self.client.app,
            base_url="https://shop.example" + PREFIX,
            headers=headers,
            raise_server_exceptions=False,
        )


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Four customers, of whom three bought in February 2024; it is March."""
    monkeypatch.setattr(passwords, "PARAMETERS", profiles.CHEAPEST)
    clock = Clock(datetime(2024, 3, 1, 12, tzinfo=UTC))
    workspace = sg.Workspace.create(None, timezone="Europe/London", currency="GBP", clock=clock)
    workspace.load(
        {
            "customers": [
                {"customer_id": each, "name": f"Name {each}", "email": f"{each}@example.com"}
                for each in "abcd"
            ],
            "orders": [
                {
                    "order_id": str(number),
                    "customer_id": "abc"[number % 3],
                    "ordered_at": f"2024-02-{number + 1:02}T10:00:00",
                    "paid": f"{number * 10}.50",
                    "total": f"{number * 10}.50",
                }
                for number in range(12)
            ],
        },
        source="shop",
    )
    with Served(workspace, clock) as served:
        whole = TestClient(make_app(served), raise_server_exceptions=False)
        api = Api(served, clock, whole)
        yield Api(served, clock, api.as_with(*ALL_SCOPES))
