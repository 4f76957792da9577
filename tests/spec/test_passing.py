"""Every case of what happens to memberships as data arrive and time passes, on each engine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import segmentry as sg
from segmentry.engines.base import EngineMaker
from tests.conformance.engines import ENGINES

from .passing_cases import Noted, Passing, Stage, read_passing

CASES = tuple(read_passing())
SOURCE = "spec"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}-{case.rule}-{case.name}")
def test_what_is_noted(engine: str, case: Passing) -> None:
    """At each stage exactly the changes that the case says, and then members that are stored
    as they are when asked for."""
    run(case, ENGINES[engine])


def run(case: Passing, engine: EngineMaker) -> None:
    """Take a workspace through the stages of a case."""
    now = [case.stages[0].at]
    with sg.Workspace.create(
        None, timezone=case.timezone, currency="GBP", clock=lambda: now[0], _engine=engine
    ) as workspace:
        for name, query in case.segments.items():
            workspace.segments.add(name, query)
        place = 0
        for stage in case.stages:
            now[0] = stage.at
            _take(workspace, stage)
            found = workspace.changes(after=place).to_pylist()
            place = max([place, *(row["place"] for row in found)])
            assert sorted(map(_noted, found), key=_order) == sorted(stage.changes, key=_order)
            _assert_stored_as_asked(workspace)


def _take(workspace: sg.Workspace, stage: Stage) -> None:
    workspace.refresh()
    if stage.facts:
        workspace.load(stage.facts, source=SOURCE, live=True)
    if stage.imported:
        workspace.load(stage.imported, source=SOURCE)
    for name, query in stage.edit.items():
        workspace.segments.edit(name, query)
    if stage.order_rules:
        workspace.set_order_rules(stage.order_rules)


def _assert_stored_as_asked(workspace: sg.Workspace) -> None:
    assert workspace.drift() == []
    for state in workspace.memberships.states(workspace.moment()):
        assert state.state == "current"
        assert state.count == workspace.segments[state.segment].result().count


def _noted(row: dict[str, object]) -> Noted:
    at = row["at"]
    assert isinstance(at, datetime)
    segment, customer, change, cause = (
        str(row[name]) for name in ("segment", "customer_id", "change", "cause")
    )
    return Noted(segment, customer, change, cause, at.astimezone(UTC), row["triggers"] is True)


def _order(noted: Noted) -> tuple[object, ...]:
    return noted.segment, noted.at, noted.customer, noted.change


def test_case_names_are_unique() -> None:
    """A case can be found by the sentence it is named with."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
