"""Predictions that no model has made are refused everywhere they are asked for."""

from __future__ import annotations

import pytest

import segmentry as sg
from segmentry.base.errors import UserError


@pytest.fixture
def workspace() -> sg.Workspace:
    """A store of one customer."""
    made = sg.Workspace.create(None, timezone="UTC", currency="EUR")
    made.load({"customers": [{"customer_id": "ann"}]}, source="shop")
    return made


def test_questions_are_refused(workspace: sg.Workspace) -> None:
    """A query is refused when it is checked, asked, explained or saved."""
    text = "churn_risk = 'HIGH'"
    for ask in (workspace.check, workspace.query, workspace.explain):
        with pytest.raises(sg.QueryError, match="segmentry predict"):
            ask(text)
    with pytest.raises(sg.QueryError, match="segmentry predict"):
        workspace.segments.add("Leaving", text)


def test_values_are_refused(workspace: sg.Workspace) -> None:
    """A prediction is no value to show either."""
    with pytest.raises(UserError, match=r"predicted_clv is a prediction.*segmentry predict"):
        workspace.values("predicted_clv")
    with pytest.raises(UserError, match="segmentry predict"):
        workspace.segments.add("New", "number_of_orders = 0").members(fields=["predicted_clv"])
