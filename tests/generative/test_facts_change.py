"""A workspace that goes on as its facts change answers as one that reads all of them anew.

Facts arrive late, again with other values, for another customer; profiles are merged;
records are deleted and people erased; and between all that, time passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.engines.base import Engine
from segmentry.engines.conformance import (
    Case,
    a_view_has_the_same_members,
    a_view_has_the_same_values,
)
from segmentry.engines.live import LiveEngine
from segmentry.engines.live import engine as live_engine
from segmentry.engines.reference import ReferenceEngine
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.facts.tables import DELETABLE, Table
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.storage.read_table import FactsBeside

from . import queries
from .crowds import make_crowd
from .stores import SOURCE, MadeUpStore, Records, opened
from .test_engines_agree import OFFER, TakenFacts

SIZE, STEPS = 40, 5
ERASED_AT = datetime(2026, 1, 1, tzinfo=UTC)
PASSING = [timedelta(), timedelta(), timedelta(hours=1), timedelta(days=1), timedelta(days=40)]
few = settings(max_examples=settings().max_examples // 6)
fewer = settings(max_examples=settings().max_examples // 12)


class Changes:
    """Imports into a store that was made up, each of a few records."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.store = _with_more_carts(make_crowd(seed % 3, SIZE))
        self._other = _with_more_carts(make_crowd(seed % 7 + 3, SIZE))

    def __iter__(self) -> Iterator[Records]:
        for _ in range(STEPS):
            yield self.random.choice([self.some, self.some, self.gone, self.merged])()

    def some(self) -> Records:
        """A few rows of some tables, as another store has them."""
        tables = self.random.sample(sorted(self._other.records), self.random.randint(1, 3))
        found = {name: self._few(self._other.records[name]) for name in tables}
        return {name: rows for name, rows in found.items() if rows}

    def _few(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        return self.random.sample(rows, min(len(rows), self.random.randint(1, 3)))

    def gone(self) -> Records:
        """Records of a kind that were deleted, or a person who was erased."""
        kind = self.random.choice(sorted(DELETABLE))
        table = DELETABLE[kind]
        known = self.store.records.get(table.name) or [{table.owner[0]: "none"}]
        record = self.random.choice(known)[table.owner[0]]
        erased = kind == "customer" and self.random.random() < 0.5
        row = {"kind": kind, "record_id": record, "deleted_at": ERASED_AT, "erased": erased}
        return {"deletions": [row]}

    def merged(self) -> Records:
        """One profile merged into another with a higher number, so never in a circle."""
        gone, into = sorted(self.random.sample(range(1, SIZE + 1), 2))
        row = {"customer_id": f"c{gone}", "merged_into": f"c{into}", "merged_at": ERASED_AT}
        return {"customer_merges": [row]}


def _with_more_carts(made: MadeUpStore) -> MadeUpStore:
    """The store with carts that few share, so that a change of one leaves most people as
    they were."""
    checkouts = [
        row | {"cart_id": row["cart_id"] and f"{row['cart_id']}-{int(row['checkout_id']) % 15}"}
        for row in made.records["checkouts"]
    ]
    return replace(made, records=made.records | {"checkouts": checkouts})


def _reference(workspace: sg.Workspace) -> ReferenceEngine:
    return ReferenceEngine(TakenFacts(workspace), workspace.store)


def after(workspace: sg.Workspace, records: Records) -> LiveEngine:
    """The engine in use after an import: that of before, unless people were erased."""
    engine, version = workspace._engine, workspace._stores.facts.version
    workspace.load(records, source=SOURCE)
    if workspace._stores.facts.version == version:
        assert workspace._engine is engine, "went on"
    now = workspace._engine
    assert isinstance(now, LiveEngine)
    return now


def _moments(store: MadeUpStore, random: Random) -> Iterator[datetime]:
    as_of = store.as_of
    while True:
        as_of += random.choice(PASSING)
        yield as_of


@few
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=4, max_size=8))
def test_members_as_facts_change(seed: int, asked: list[str]) -> None:
    """After every import members are those that the reference finds."""
    changes = Changes(seed)
    with opened(changes.store) as workspace:
        plans = [plan(bind(text, workspace.names())) for text in asked]
        engine: Engine = workspace._engine
        for moment, records in zip(_moments(changes.store, changes.random), changes, strict=False):
            for wanted in plans:
                engine.members(wanted, moment)
            engine = after(workspace, records)
            reference = _reference(workspace)
            for at in (moment, changes.store.as_of, moment + timedelta(hours=1)):
                assert engine.live(at) == reference.live(at), records
                for text, wanted in zip(asked, plans, strict=True):
                    expected = reference.members(wanted, at)
                    assert engine.members(wanted, at) == expected, f"{at}: {text} {records}"


@fewer
@given(st.integers(0, 2**32))
def test_values_as_facts_change(seed: int) -> None:
    """The same holds for the value of every attribute, and for the average gap."""
    changes = Changes(seed)
    with opened(changes.store) as workspace:
        for moment, records in zip(_moments(changes.store, changes.random), changes, strict=False):
            _assert_same_values(workspace, moment)
            after(workspace, records)
            _assert_same_values(workspace, moment)


def _assert_same_values(workspace: sg.Workspace, at: datetime) -> None:
    reference, engine = _reference(workspace), workspace._engine
    asked = [each for name, each in ATTRIBUTES.items() if name != "segments" and not each.predicted]
    assert engine.columns(asked, at).equals(reference.columns(asked, at)), at
    assert engine.average_gap(at) == reference.average_gap(at)
    for name, attribute in ATTRIBUTES.items():
        if name != "segments" and not attribute.predicted:
            expected = reference.values(attribute, at)
            assert engine.values(attribute, at) == expected, f"{at}: {name}"


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=2, max_size=4))
def test_all_facts_are_read_again_beside(seed: int, asked: list[str]) -> None:
    """Where many customers have changed, all facts are read by another thread, and what
    changes meanwhile is not lost."""
    changes = Changes(seed)
    with pytest.MonkeyPatch.context() as patch, opened(changes.store) as workspace:
        patch.setattr(live_engine, "_CHANGED_AT_LEAST", 0)
        plans = [plan(bind(text, workspace.names())) for text in asked]
        engine = workspace._engine
        assert isinstance(engine, LiveEngine)
        renewals = []
        for records in changes:
            for wanted in plans:
                engine.members(wanted, changes.store.as_of)
            engine = after(workspace, records)
            if (renewal := engine._renewal) is not None:
                renewals.append(renewal)
                if changes.random.random() < 0.5:
                    renewal.wait()
                    assert renewal.result is not None
            reference = _reference(workspace)
            for text, wanted in zip(asked, plans, strict=True):
                expected = reference.members(wanted, changes.store.as_of)
                assert engine.members(wanted, changes.store.as_of) == expected, text


def test_a_change_during_a_renewal_is_kept() -> None:
    """What is read beside is the state when it began, and later changes come on top."""
    crowd = make_crowd(1, SIZE)
    made = replace(crowd, records={"customers": crowd.records["customers"]})
    wanted = "customer_tags CONTAINS 'late'"
    with pytest.MonkeyPatch.context() as patch, opened(made) as workspace:
        patch.setattr(live_engine, "_CHANGED_AT_LEAST", 0)
        patch.setattr(live_engine, "_CHANGED_SHARE", SIZE)
        read, both_came = FactsBeside.read, Event()

        def read_late(beside: FactsBeside, table: Table) -> pa.Table:
            both_came.wait(60)
            return read(beside, table)

        patch.setattr(FactsBeside, "read", read_late)
        assert workspace.query(wanted, as_of=made.as_of).ids == ()
        _tag(workspace, ["c1", "c2", "c3"], "early")
        engine = workspace._engine
        assert isinstance(engine, LiveEngine)
        renewal = engine._renewal
        assert renewal is not None, "began"
        _tag(workspace, ["c4"], "late")
        both_came.set()
        renewal.wait()
        assert renewal.changed == {f"{SOURCE}:c4"}
        assert workspace.query(wanted, as_of=made.as_of).ids == ("c4",)
        assert engine._renewal is None, "taken"
        assert [held.layer.size >= SIZE for held in engine._generation.held] == [True, False]


def test_closing_ends_what_is_read_beside() -> None:
    """However far it has come, and without a result."""
    with pytest.MonkeyPatch.context() as patch, opened(make_crowd(1, SIZE)) as workspace:
        patch.setattr(live_engine, "_CHANGED_AT_LEAST", 0)
        workspace.query("number_of_orders > 0")
        engine = workspace._engine
        assert isinstance(engine, LiveEngine)
        begun = Event()
        patch.setattr(FactsBeside, "read", lambda self, table: begun.wait())
        _tag(workspace, ["c1", "c2", "c3"], "early")
        renewal = engine._renewal
        assert renewal is not None
        renewal._stopped = True
        begun.set()
        engine.close()
        assert renewal.done
        assert renewal.result is None


def test_what_failed_is_not_begun_again() -> None:
    """All facts could not be read beside, so that nobody tries at every import."""
    with pytest.MonkeyPatch.context() as patch, opened(make_crowd(1, SIZE)) as workspace:
        patch.setattr(live_engine, "_CHANGED_AT_LEAST", 0)
        workspace.query("number_of_orders > 0")
        engine = workspace._engine
        assert isinstance(engine, LiveEngine)
        patch.delattr(FactsBeside, "read")
        _tag(workspace, ["c1", "c2", "c3"], "early")
        if engine._renewal is not None:  # else somebody asked and found it broken already
            engine._renewal.wait()
        assert workspace.query("customer_tags CONTAINS 'early'").ids == ("c1", "c2", "c3")
        assert not engine._renewable
        _tag(workspace, ["c4", "c5", "c6"], "late")
        assert engine._renewal is None
        assert workspace.query("customer_tags CONTAINS 'late'").ids == ("c4", "c5", "c6")


def _tag(workspace: sg.Workspace, names: list[str], tag: str) -> None:
    rows = [{"customer_id": name, "created_at": datetime(2020, 1, 1, tzinfo=UTC)} for name in names]
    tags = [{"customer_id": name, "tag": tag} for name in names]
    workspace.load({"customers": rows, "customer_tags": tags}, source=SOURCE)


@fewer
@given(st.integers(0, 2**32), st.lists(queries.singles(OFFER), min_size=1, max_size=3))
def test_views_as_facts_change(seed: int, asked: list[str]) -> None:
    """After every import all customers in one order are what they are one by one."""
    changes = Changes(seed)
    with opened(changes.store) as workspace:
        plans = {text: plan(bind(text, workspace.names())) for text in asked}
        for moment, records in zip(_moments(changes.store, changes.random), changes, strict=False):
            workspace._engine.view(moment).amounts(ATTRIBUTES["amount_spent"])
            engine = after(workspace, records)
            store, facts = workspace.store, TakenFacts(workspace)
            case = Case(lambda *_, engine=engine: engine, facts, store, plans, [moment])
            a_view_has_the_same_members(case)
            a_view_has_the_same_values(case)
