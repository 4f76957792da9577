"""Since when somebody is in or not is the last change that is seen by stepping backwards."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.reference import coming
from segmentry.plan.bounds import needs_the_store
from segmentry.plan.planner import plan
from segmentry.query.bind import bind

from . import queries
from .stores import MadeUpStore, stores
from .taken import taken
from .test_engines_agree import OFFER, Both
from .test_next_change import several_moving

few = settings(max_examples=max(3, settings().max_examples // 13))


@few
@given(
    stores(),
    st.lists(queries.valid(OFFER, most=3), min_size=1, max_size=2),
    st.lists(several_moving(), min_size=2, max_size=3),
)
def test_the_last_change_is_the_one_that_is_seen(
    store: MadeUpStore, some: list[str], moving: list[str]
) -> None:
    """The live engine finds it where the reference sees it, or does not know it because of the
    store's other customers."""
    both = Both.over(taken(store), store.as_of)
    begin = store.as_of - timedelta(days=coming.DAYS)
    for text in (*some, *moving):
        wanted = plan(bind(text, both.names))
        of_the_store = any(needs_the_store(step, wanted) for step in wanted.steps)
        for customer in sorted(both.reference.live(store.as_of))[:2]:
            found = both.live.since(wanted, customer, store.as_of)
            seen = both.reference.since(wanted, customer, store.as_of)
            about = f"{customer}: {text}: {found} {seen}"
            if found is None:
                assert seen is None or of_the_store, about
            else:
                assert seen == found if found > begin else seen is None, about
