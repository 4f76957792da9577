"""Scores, ranks, averages and comparisons of stores with hardly anybody, or all alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import segmentry as sg
from segmentry.engines.reference import ReferenceEngine
from segmentry.facts.catalogue import ATTRIBUTES
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from tests.generative.test_engines_agree import TakenFacts

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def _bought(paid: list[int], days_ago: int = 10) -> dict[str, list[dict[str, Any]]]:
    """A customer with one order for each amount."""
    at = NOW - timedelta(days=days_ago)
    return {
        "customers": [{"customer_id": f"c{n}", "created_at": at} for n in range(len(paid))],
        "orders": [
            {"order_id": n, "customer_id": f"c{n}", "ordered_at": at, "paid": amount}
            for n, amount in enumerate(paid)
        ],
    }


STORES: dict[str, dict[str, list[dict[str, Any]]]] = {
    "nobody": {},
    "one who never bought": {"customers": [{"customer_id": "c0"}]},
    "one": _bought([10]),
    "two": _bought([10, 20]),
    "all equal": _bought([10] * 30),
    "all for nothing": _bought([0] * 12),
    "one whale": _bought([1] * 29 + [10**9]),
    "none for 180 days": _bought([10, 20, 30, 40, 50, 60, 70], days_ago=200),
}
RANKED = [
    "amount_spent IN TOP 10%",
    "amount_spent IN BOTTOM 3",
    "amount_spent > STORE_AVERAGE",
    "amount_spent >= 2 * STORE_MEDIAN",
    "average_order_value IN TOP 50%",
    "rfm_recency = 5",
    "rfm_group = 'CHAMPIONS'",
    "rfm_group IS NULL",
    "lifecycle_stage = 'FIRST_TIME_BUYER'",
    "days_since_last_order > 180",
]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Any:
    """Each of the stores in turn."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as made:
        made.load(STORES[request.param], source="s")
        yield made


def test_ranks_and_averages_are_those_of_the_reference(store: sg.Workspace) -> None:
    """ENG-13: whoever cannot be measured is in no such segment, and nothing fails."""
    reference = ReferenceEngine(TakenFacts(store), store.store)
    for text in RANKED:
        expected = reference.members(plan(bind(text, store.names())), NOW)
        found = store.query(text).ids
        assert {f"s:{each}" for each in found} == expected, text
        inverse = store.query(f"NOT ({text})").count
        assert len(found) + inverse == store.live_count(), text


def test_values_are_numbers_or_missing(store: sg.Workspace) -> None:
    """ENG-13: never NaN or infinite, whatever there is too little of."""
    for name, attribute in ATTRIBUTES.items():
        if not attribute.predicted:
            for value in store.values(name).values():
                assert value == value, name  # what is not a number is not itself
                assert value not in (float("inf"), float("-inf")), name


_NO_NUMBER = re.compile(r"\b(nan|inf|NaN|Infinity)\b")

INSIGHTS: dict[str, Callable[[sg.Workspace], Any]] = {
    "rfm": lambda store: store.rfm(),
    "lifecycle": lambda store: store.lifecycle(),
    "compare": lambda store: store.segments.compare(["Top", "Nobody"]),
    "overlap": lambda store: store.segments.overlap(["Top", "Nobody"]),
    "partition": lambda store: store.segments.partition(["Top", "Nobody"]),
    "stages": lambda store: store.movement("lifecycle_stage", NOW - timedelta(days=180)),
    "groups": lambda store: store.movement("rfm_group", NOW - timedelta(days=180)),
}


def test_insights_have_something_to_say(store: sg.Workspace) -> None:
    """ENG-13: groups, comparisons and movement of hardly anybody are whole and without NaN."""
    store.segments.add("Top", "amount_spent IN TOP 10%")
    store.segments.add("Nobody", "number_of_orders > 1000")
    for name, ask in INSIGHTS.items():
        assert not _NO_NUMBER.search(repr(ask(store))), name
    counts = store.segments.overlap(["Top", "Nobody"])
    assert sum(counts.in_exactly) == counts.live == store.live_count()
    moved = store.movement("lifecycle_stage", NOW - timedelta(days=1))
    assert sum(map(sum, moved.counts)) >= store.live_count()


def test_the_same_scores_again(store: sg.Workspace) -> None:
    """ENG-13: ties are broken the same way each time, after a rebuild too."""
    names = ("rfm_group", "rfm_recency", "rfm_monetary", "lifecycle_stage")
    before = [store.values(name) for name in names]
    store.rebuild()
    assert [store.values(name) for name in names] == before
