"""The stores of `make faults` in which one has very much, small; their answers are right."""

from __future__ import annotations

import pytest

from segmentry.engines.reference import ReferenceEngine
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from tests.generative.test_engines_agree import TakenFacts

from .lopsided import NOW, QUERIES, STORES, opened, steps


@pytest.mark.parametrize("what", STORES)
def test_who_has_very_much_is_answered_for(what: str) -> None:
    """ENG-08: of one customer with thousands of events or tags, and of one tag on all, every
    answer is that of the reference, and what is stored is fresh."""
    make, size, _ = STORES[what]
    with opened() as store:
        for _, step in steps(store, make(size)):
            step()
        reference = ReferenceEngine(TakenFacts(store), store.store)
        for number, text in enumerate(QUERIES):
            expected = reference.members(plan(bind(text, store.names())), NOW)
            assert {f"s:{each}" for each in store.query(text).ids} == expected, text
            assert set(store.memberships.members(f"asked {number}")) == expected, text
