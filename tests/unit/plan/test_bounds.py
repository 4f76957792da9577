"""What is certain of a plan that is measured against the store, and what is possible."""

from __future__ import annotations

import pytest

from segmentry.plan.bounds import Bounds, needs_the_store, without_the_store
from segmentry.plan.nodes import EVERYBODY, NOBODY, Difference, Intersection, Plan, Union
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.names import Names, SavedQuery

_OWN = plan(bind("number_of_orders > 1")).root
_RANKED = "amount_spent IN TOP 10%"


@pytest.mark.parametrize(
    ("query", "certain", "possible"),
    [
        (_RANKED, NOBODY, EVERYBODY),
        (f"NOT ({_RANKED})", Difference(EVERYBODY), Difference(NOBODY)),
        (
            f"number_of_orders > 1 AND {_RANKED}",
            Intersection((_OWN, NOBODY)),
            Intersection((_OWN, EVERYBODY)),
        ),
        (
            f"number_of_orders > 1 OR NOT (NOT ({_RANKED}))",
            Union((_OWN, Difference(Difference(NOBODY)))),
            Union((_OWN, Difference(Difference(EVERYBODY)))),
        ),
        ("number_of_orders > 1", _OWN, _OWN),
    ],
)
def test_bounds(query: str, certain: object, possible: object) -> None:
    """What is not known is nobody where it would let people in, and everybody in a complement."""
    found = without_the_store(plan(bind(query)))
    assert (found.certain.root, found.possible.root) == (certain, possible)


@pytest.mark.parametrize(
    "query",
    [
        *("amount_spent IN BOTTOM 3", "average_order_value > 2 * STORE_AVERAGE"),
        *("amount_spent < STORE_MEDIAN", "lifecycle_stage = 'INACTIVE_REPEAT'"),
        *("rfm_group = 'LOYAL'", "rfm_recency = 5", "rfm_frequency = 5", "rfm_monetary = 5"),
        "order_gap_ratio > 2",
    ],
)
def test_what_needs_the_store(query: str) -> None:
    """Ranks, averages, scores and the store's rhythm are not the customer's own."""
    wanted = plan(bind(query))
    assert [needs_the_store(step, wanted) for step in wanted.steps] == [True]


def test_a_segment_needs_what_its_query_needs() -> None:
    """However many segments lie in between."""
    saved = {
        "top": SavedQuery("top", _RANKED),
        "best": SavedQuery("best", "segments CONTAINS 'top'"),
        "own": SavedQuery("own", "own_gap_ratio > 2"),
    }
    names = Names({}, saved)
    for name, needs in (("best", True), ("own", False)):
        wanted = plan(bind(f"segments CONTAINS '{name}'", names))
        assert [needs_the_store(step, wanted) for step in wanted.steps] == [needs]


def test_what_needs_nothing_stays_one_plan() -> None:
    """Then both bounds are the plan itself."""
    wanted = plan(bind("last_order_date >= -30d"))
    assert without_the_store(wanted) == Bounds(wanted, wanted)
    assert isinstance(wanted, Plan)
