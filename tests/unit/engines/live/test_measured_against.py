"""What the values of attributes follow from beside the facts about each customer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from segmentry.engines.live.layer import Layer
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.snapshot import Share, Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import VALUES, column_of, measured_against
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.facts.orders import NET
from tests.conformance.stores import RowFacts

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Watched(StoreDay):
    """A day that notes what of it is looked at."""

    def __init__(self, then: Snapshot) -> None:
        self.looked_at: set[str] = set()
        shares = [Share(then, np.ones(then.size, np.bool_))]
        super().__init__(lambda: shares, NOON.date())

    def __getattribute__(self, name: str) -> Any:
        if name in ("date", "gap", "buyers"):
            self.looked_at.add(name)
        return super().__getattribute__(name)


@pytest.fixture(scope="module")
def now() -> Snapshot:
    rows = {
        "customers": [{"customer_id": name} for name in "abcdef"],
        "orders": [
            {"order_id": f"{name}{day}", "customer_id": name, "ordered_at": f"2026-05-{day}"}
            | {"paid": "5"}
            for name in "abcdef"
            for day in ("01", "11")
        ],
    }
    zone = ZoneInfo("Europe/London")
    layer = Layer(StoreColumns(RowFacts(rows, zone), zone), NET)
    return layer.known_by(number_of(NOON)).base.now


@pytest.mark.parametrize("name", sorted(VALUES))
def test_everything_looked_at_is_named(now: Snapshot, name: str) -> None:
    """Else values would be kept that have changed."""
    values_day, key_day = Watched(now), Watched(now)
    column_of(ATTRIBUTES[name])(now, values_day)
    measured_against(ATTRIBUTES[name], key_day)
    assert values_day.looked_at <= key_day.looked_at


def test_some_look_at_others(now: Snapshot) -> None:
    """So that the test above can fail."""
    day = Watched(now)
    column_of(ATTRIBUTES["rfm_group"])(now, day)
    column_of(ATTRIBUTES["lifecycle_stage"])(now, day)
    assert day.looked_at == {"date", "gap", "buyers"}
