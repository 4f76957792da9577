"""Who is listed by hand belongs or not, whatever the rule says, on every engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.conformance import LAWS, Case, Law
from segmentry.engines.live import LiveEngine
from segmentry.engines.reference import coming
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery, Lists
from segmentry.query.names import Names, SavedQuery

from . import queries
from .stores import CUSTOMERS, SOURCE, MadeUpStore, stores
from .taken import taken
from .test_among import assert_same_among
from .test_engines_agree import CROWDS, OFFER, Both, TakenFacts, crowd
from .test_next_change import several_moving

few = settings(max_examples=settings().max_examples // 12)
fewer = settings(max_examples=max(2, settings().max_examples // 64))
KEPT = tuple(law for law in LAWS if law.__name__.startswith(("a_", "some_", "the_")))
REFERRING = ("segments CONTAINS 'Mine'", "NOT segments CONTAINS 'Mine' OR amount_spent > 20")


@dataclass(frozen=True)
class Listing:
    """A query, and who is listed by hand beside it."""

    text: str
    lists: Lists

    def names(self, names: Names) -> Names:
        """The names of a store where it is saved as Mine."""
        mine = SavedQuery("Mine", self.text, lambda: self.lists, self.lists.fixed)
        return replace(names, segments={**names.segments, "mine": mine})

    def bound(self, names: Names) -> BoundQuery:
        """The query as that of the saved segment."""
        return bind(self.text, self.names(names), ("mine",))


def listings(
    texts: st.SearchStrategy[str], people: st.SearchStrategy[str]
) -> st.SearchStrategy[Listing]:
    """Queries with customers put in and kept out; some are in both lists, some are nobody."""
    some = st.frozensets(people.map(lambda name: f"{SOURCE}:{name}"), max_size=6)
    return st.builds(Listing, texts, st.builds(Lists, some, some, st.booleans()))


OF_STORE = listings(queries.valid(OFFER, most=3), st.sampled_from((*CUSTOMERS, "nobody")))
OF_CROWD = listings(queries.singles(OFFER), st.integers(0, 240).map(lambda n: f"c{n}"))


def assert_as_listed(both: Both, listing: Listing) -> None:
    """(rule OR put in) AND NOT kept out, of those who are there; the same where referred to."""
    bound = listing.bound(both.names)
    names, lists = listing.names(both.names), listing.lists
    rule = plan(replace(bound, lists=Lists()))
    for moment in both.moments:
        inside = frozenset() if lists.fixed else both.reference.members(rule, moment)
        live = both.reference.live(moment)
        expected = ((inside | lists.included) - lists.excluded) & live
        for engine in (both.reference, both.live):
            assert engine.members(plan(bound), moment) == expected
            referring, beside = (engine.members(plan(bind(t, names)), moment) for t in REFERRING)
            assert referring == expected
            assert beside >= live - expected
        assert both.live.count(plan(bound), moment) == len(expected)


@few
@given(stores(), st.lists(OF_STORE, min_size=1, max_size=3))
def test_lists_are_part_of_what_a_segment_means(store: MadeUpStore, asked: list[Listing]) -> None:
    """On both engines, at a moment and around midnight, by itself and where it is referred to,
    T-20: at past moments too."""
    both = Both.over(taken(store), store.as_of)
    for listing in asked:
        assert_as_listed(both, listing)
        mine = replace(both, names=listing.names(both.names))
        some = {f"{SOURCE}:{name}" for name in CUSTOMERS[::2]}
        for text in REFERRING:
            assert_same_among(mine, text, some, both.moments)


@few
@given(st.sampled_from(CROWDS), st.lists(OF_CROWD, min_size=1, max_size=3))
def test_lists_in_a_crowd(seed: int, asked: list[Listing]) -> None:
    """The same in a larger store, of whom most are not listed."""
    both = crowd(seed)
    for listing in asked:
        assert_as_listed(both, listing)


@pytest.mark.parametrize("law", KEPT, ids=lambda law: law.__name__)
@fewer
@given(stores(), listings(several_moving(), st.sampled_from(CUSTOMERS)))
def test_lists_keep_the_laws(law: Law, store: MadeUpStore, listing: Listing) -> None:
    """Also those about next changes, and about facts that change."""
    given = taken(store)
    names = listing.names(given.names())
    plans = {text: plan(bind(text, names)) for text in REFERRING}
    plans["mine"] = plan(listing.bound(names))
    law(Case(LiveEngine, TakenFacts(given), given.store, plans, (store.as_of,)))


@fewer
@given(stores(), listings(several_moving(), st.sampled_from(CUSTOMERS)))
def test_time_moves_nobody_who_is_listed(store: MadeUpStore, listing: Listing) -> None:
    """They have no next change, on any engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coming, "DAYS", 100)
        both = Both.over(taken(store), store.as_of)
    wanted = plan(listing.bound(both.names))
    listed = listing.lists.included | listing.lists.excluded
    for customer in sorted(listed & both.reference.live(store.as_of))[:2]:
        assert both.reference.next_change(wanted, customer, store.as_of).at is None
        assert both.live.next_change(wanted, customer, store.as_of).at is None
