"""The spec runner itself: a wrong expectation must fail, whatever is wrong with it."""

from __future__ import annotations

import pytest

from .casefile import Case, case_from, known_since
from .checking import run

ORDERS = """
    customer_id | ordered_at          | paid
    ann         | 2026-06-01T10:00:00 | 10.00
"""


def _case(**check: object) -> Case:
    facts = {"customers": ["ann", "ben"], "orders": ORDERS}
    return case_from("self", {"name": "n", "rule": "r", "facts": facts, "checks": [check]})


def _run(**check: object) -> None:
    case = _case(**check)
    run(case, 1, case.stages[0].checks[0])


def test_a_right_expectation_passes() -> None:
    """What is true of the facts is accepted."""
    _run(query="number_of_orders = 1", members=["ann"])
    _run(query="number_of_order = 1", refused="number_of_orders", problems="1", at="1:0")
    _run(query="number_of_order = 1", suggests="number_of_orders")


@pytest.mark.parametrize("members", [[], ["ben"], ["ann", "ben"], ["ann", "nobody"]])
def test_wrong_members_fail(members: list[str]) -> None:
    """Too few, too many, others: each is noticed."""
    with pytest.raises(AssertionError):
        _run(query="number_of_orders = 1", members=members)


@pytest.mark.parametrize(
    "check",
    [
        {"query": "number_of_orders = 1", "refused": "number_of_orders"},
        {"query": "number_of_order = 1", "refused": "amount_spent"},
        {"query": "number_of_order = 1", "suggests": "number_of"},
        {"query": "number_of_order = 1", "refused": "number_of_orders", "problems": "2"},
        {"query": "number_of_order = 1", "refused": "number_of_orders", "at": "1:5"},
        {"query": "number_of_orders = 1", "members": ["ann"], "sentence": "something else"},
    ],
)
def test_other_wrong_expectations_fail(check: dict[str, object]) -> None:
    """A refusal that does not come, says something else or points elsewhere is noticed."""
    with pytest.raises(AssertionError):
        _run(**check)


def test_a_customer_missing_from_the_facts_fails() -> None:
    """Somebody who is neither a member nor in the complement breaks the partition."""
    case = _case(query="number_of_orders = 1", members=["ann"])
    run(case, 1, case.stages[0].checks[0])
    # The workspace is already loaded, so only the runner knows of eve.
    case.stages[0].facts["customers"].append({"customer_id": "eve"})
    with pytest.raises(AssertionError, match="not everybody"):
        run(case, 1, case.stages[0].checks[0])


def test_a_check_without_a_verdict_is_refused() -> None:
    """A check that expects nothing, or a misspelt word, cannot slip through."""
    with pytest.raises(ValueError, match="either members or a refusal"):
        _case(query="number_of_orders = 1")
    with pytest.raises(ValueError, match="unknown words"):
        _case(query="number_of_orders = 1", member=["ann"])


def test_known_since_is_the_earlier_of_creation_and_first_order() -> None:
    """Somebody created after their first order is known from that order."""
    facts = {
        "customers": "customer_id | created_at\nann | 2026-06-02T00:00:00Z\nben |",
        "orders": ORDERS,
    }
    case = case_from("self", {"name": "n", "rule": "r", "facts": facts, "checks": []})
    since = known_since(case, 1)
    assert since["ben"] is None
    assert str(since["ann"]) == "2026-06-01 10:00:00+01:00"
