"""Some customers alone are answered as they are among all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.base.errors import UserError
from segmentry.plan.planner import plan
from segmentry.query.bind import bind

from . import queries
from .stores import CUSTOMERS, SOURCE, MadeUpStore, opened, stores
from .taken import taken
from .test_engines_agree import CROWDS, OFFER, Both, crowd

fewer = settings(max_examples=settings().max_examples // 8)
_STRANGERS = ("", "c1", f"{SOURCE}:", f"{SOURCE}:nobody", "other:c1")


def assert_same_among(both: Both, text: str, some: set[str], moments: tuple[datetime, ...]) -> None:
    """On both engines those among some are the members among them."""
    wanted = plan(bind(text, both.names))
    for moment in moments:
        expected = both.reference.members(wanted, moment) & some
        for engine in (both.live, both.reference):
            found = engine.members(wanted, moment, [*some, *_STRANGERS])
            assert found == expected, f"{moment}: {text}"


@fewer
@given(
    stores(),
    st.lists(queries.valid(OFFER), min_size=3, max_size=8),
    st.sets(st.sampled_from(CUSTOMERS)),
)
def test_some_of_a_store(store: MadeUpStore, asked: list[str], names: set[str]) -> None:
    """A query put to some customers, strangers among them, gives its members among them."""
    both = Both.over(taken(store), store.as_of)
    for text in asked:
        assert_same_among(both, text, {f"{SOURCE}:{name}" for name in names}, both.moments)


@fewer
@given(
    st.sampled_from(CROWDS),
    st.lists(queries.singles(OFFER), min_size=5, max_size=10),
    st.sets(st.integers(0, 230), max_size=20),
)
def test_some_of_a_crowd(seed: int, asked: list[str], numbers: set[int]) -> None:
    """The same in a store that is large enough for scores and for a rhythm of its own."""
    both = crowd(seed)
    for text in asked:
        assert_same_among(both, text, {f"{SOURCE}:c{n}" for n in numbers}, both.moments[:2])


def test_nobody_else_is_asked() -> None:
    """The live engine asks those given, and all others only for what it measures against."""
    both = crowd.__wrapped__(0)  # one that nobody has asked yet
    some = [f"{SOURCE}:c1", f"{SOURCE}:c2"]
    moment = max(both.moments) + timedelta(days=400)
    layer = both.live._generation.held[0].layer
    before = list(layer._known)

    def ask(text: str) -> None:
        both.live.members(plan(bind(text, both.names)), moment, some)

    ask("number_of_orders > 1 AND last_order_date < -90d")
    assert layer._known == before
    ask("amount_spent IN TOP 10%")
    assert layer._known != before


@given(stores(), queries.valid(OFFER))
@fewer
def test_a_workspace_asks_some(store: MadeUpStore, text: str) -> None:
    """Ids are those that people know; `live` counts those given who are there."""
    with opened(store) as workspace:
        everybody = workspace.query(text, as_of=store.as_of)
        some = workspace.query(text, as_of=store.as_of, among=["c1", "c3", "nobody"])
        assert some.ids == tuple(name for name in ("c1", "c3") if name in everybody.ids)
        there = workspace.values("number_of_orders", as_of=store.as_of)
        assert some.live == len({"c1", "c3"} & there.keys())
        red = workspace.segments["red"]
        expected = [name for name in red.result(as_of=store.as_of).ids if name in ("c1", "c3")]
        found = red.members(as_of=store.as_of, among=["c3", "c1"])
        assert found.column("customer_id").to_pylist() == expected


def test_one_text_is_no_list_of_ids() -> None:
    """A single id is refused rather than taken for its letters."""
    with (
        opened(MadeUpStore("UTC", "EUR", {}, datetime(2026, 1, 1))) as workspace,
        pytest.raises(UserError, match="as a list"),
    ):
        workspace.query("number_of_orders = 0", among="c1")
