"""Records and segments that cannot be kept are refused by name, and nothing of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

import segmentry as sg


@pytest.fixture
def workspace() -> Iterator[sg.Workspace]:
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as made:
        yield made


@pytest.mark.parametrize("paid", ["sNaN", "NaN", "Infinity", "1e5000000", "1e-5000000", "1E14"])
def test_money_that_is_none(workspace: sg.Workspace, paid: str) -> None:
    """A decimal that is no amount is refused with table, row and column."""
    order = {"order_id": 1, "ordered_at": "2026-01-01", "paid": Decimal(paid)}
    with pytest.raises(sg.DataError, match="orders row 1, paid: an amount has"):
        workspace.load({"orders": [order]}, source="shop")
    assert set(workspace.row_counts().values()) == {0}


@pytest.mark.parametrize("source", ["a:b", "", " shop", "shop/1"])
def test_source_that_would_break_ids(workspace: sg.Workspace, source: str) -> None:
    """Ids are taken apart at the colon, so a source has none."""
    with pytest.raises(sg.DataError, match="no name of a source"):
        workspace.load({"customers": [{"customer_id": "ann"}]}, source=source)


def test_segment_that_says_nothing(workspace: sg.Workspace) -> None:
    """A query that cannot be understood is not saved."""
    with pytest.raises(sg.QueryError):
        workspace.segments.add("X", "nonsense !!")
    assert not list(workspace.segments)
