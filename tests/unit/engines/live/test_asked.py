"""Plans as they are asked: equal steps are one object, and no more are kept than is useful."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from segmentry.engines.live import LiveEngine, answers, asked
from segmentry.engines.live.asked import AskedPlan, AskedPlans
from segmentry.plan.nodes import Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from tests.conformance.stores import asked as asked_store

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def planned(text: str) -> Plan:
    """The plan of a query, another object each time."""
    return plan(bind(text))


def test_equal_steps_are_one() -> None:
    plans = AskedPlans()
    one = plans.asked(planned("number_of_orders > 1 AND customer_name = 'ann'"))
    other = plans.asked(planned("customer_name = 'ann' OR amount_spent > 5"))
    assert {each.step for each in one.steps} & {each.step for each in other.steps}
    assert set(one.steps) & set(other.steps)


def test_equal_plans_are_one() -> None:
    plans = AskedPlans()
    assert plans.asked(planned("amount_spent > 5")) is plans.asked(planned("amount_spent > 5"))


@pytest.mark.parametrize(
    ("text", "lasting"),
    [
        ("number_of_orders > 1", True),
        ("customer_tags CONTAINS 'vip'", True),
        ("last_order_date > 2026-01-01", False),
        ("last_order_date > -30d", False),
        ("days_since_last_order > 5", False),
        ("amount_spent > STORE_AVERAGE", False),
        ("amount_spent IN TOP 5%", False),
        ("anniversary('customer_birth_date') = today", False),
        ("orders_placed MATCHES (channel = 'web')", True),
        ("orders_placed MATCHES (date > -30d, channel = 'web')", False),
    ],
)
def test_what_lasts(text: str, lasting: bool) -> None:
    """Steps that mean the same at every moment are not looked at again when time passes."""
    steps = AskedPlans().asked(planned(text)).steps
    assert all(each.lasting for each in steps) is lasting


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody types is asked once; the answers stay right when it is forgotten."""
    monkeypatch.setattr(asked, "_MOST_KEPT", 3)
    monkeypatch.setattr(answers, "_MOST_KEPT", 3)
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [{"customer_id": name, "age": age} for age, name in enumerate("abcdefgh")]
    }
    store = asked_store(LiveEngine, rows)
    assert isinstance(store.engine, LiveEngine)
    for _ in range(2):
        for age in range(8):
            assert len(store.members(f"customer_age > {age}", NOW)) == 7 - age
    assert len(store.engine._plans._same) <= 3
    (known,) = store.engine._generation.held[0].layer._known
    assert len(known.base._steps) <= 3
    assert len(known.base._plans) <= 3


def test_plans_are_listed() -> None:
    plans = AskedPlans()
    made: AskedPlan = plans.asked(planned("amount_spent > 5"))
    assert list(plans) == [made]
