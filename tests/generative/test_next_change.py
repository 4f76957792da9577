"""When a customer next joins or leaves is the first change that is seen by stepping."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.engines.base import NextChange
from segmentry.engines.live.coming import searching
from segmentry.engines.reference import ReferenceEngine, coming
from segmentry.plan.bounds import needs_the_store
from segmentry.plan.nodes import Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind

from . import queries
from .stores import MadeUpStore, opened, stores
from .taken import taken
from .test_engines_agree import OFFER, Both, TakenFacts
from .test_facts_change import Changes, after

_TICK = timedelta(microseconds=1)
few = settings(max_examples=settings().max_examples // 4)
fewer = settings(max_examples=settings().max_examples // 8)
"""The reference steps through two years for each answer."""
fewest = settings(max_examples=settings().max_examples // 20)
"""It does so again after each of several imports."""


def assert_agree(found: NextChange, seen: NextChange) -> None:
    """What is found does not contradict what stepping has seen, which ends some time."""
    assert found.inside == seen.inside
    if seen.at is None:
        assert found.at is None or seen.unknown_from is None or found.at >= seen.unknown_from
    elif found.unknown_from is None:
        assert found.at == seen.at
    else:
        assert found.at is None
        assert found.unknown_from <= seen.at


# -- queries that time alone moves ------------------------------------------------------

_DAYS = ("today", "yesterday", "-1d", "-30d", "-2w", "-1m", "-3m", "-1y", "+1d", "+1m", "-400d")
_HOURS = ("-1h", "-24h", "-90min", "+2h", "-720h")
_DATED = (
    *("last_order_date", "first_order_date", "last_active_date", "customer_added_date"),
    *("abandoned_checkout_date", "email_subscription_date", "sms_subscription_date"),
    *("customer_birth_date", "metafields.custom.date", "metafields.custom.day"),
)
_FUNCTIONS = (
    *("orders_placed", "products_purchased", "refunds", "checkouts_abandoned", "events"),
    *("storefront.product_viewed", "email.clicked", "email.delivered"),
)
_AGGREGATES = ("", ", count >= 2", ", count = 1", ", count < 2")
_ORDER = ("=", "!=", "<", "<=", ">", ">=")


@st.composite
def compared(draw: st.DrawFn, name: str, *, hours: bool = True) -> str:
    """A date compared with days or moments that move with time."""
    some = draw(st.sampled_from((_DAYS, _HOURS) if hours else (_DAYS,)))
    if draw(st.booleans()):
        first, last = sorted(draw(st.tuples(*[st.integers(-50, 2)] * 2)))
        unit = "h" if some is _HOURS else draw(st.sampled_from("dw"))
        return f"{name} BETWEEN {first:+}{unit} AND {last:+}{unit}"
    operators = _ORDER if some is _DAYS else _ORDER[2:]
    return f"{name} {draw(st.sampled_from(operators))} {draw(st.sampled_from(some))}"


def moving() -> st.SearchStrategy[str]:
    """A condition whose answer mostly changes some time, though nothing happens."""
    functions = st.builds(
        lambda name, date, more: f"{name} MATCHES ({date}{more})",
        st.sampled_from(_FUNCTIONS),
        compared("date"),
        st.sampled_from(_AGGREGATES),
    )
    numbers = st.builds(
        lambda name, operator, number: f"{name} {operator} {number}",
        st.sampled_from(("days_since_last_order", "own_gap_ratio", "customer_age")),
        st.sampled_from(_ORDER),
        st.integers(0, 60),
    )
    dated = st.sampled_from(_DATED)
    days = ("customer_birth_date", "metafields.custom.day")
    return st.one_of(
        dated.flatmap(lambda name: compared(name, hours=name not in days)),
        dated.flatmap(lambda name: compared(f"anniversary('{name}')", hours=False)),
        functions,
        functions,
        numbers,
        st.sampled_from(("preferred_channel = 'EMAIL'", "amount_spent IN TOP 50%")),
    )


def several_moving() -> st.SearchStrategy[str]:
    """Up to three of them, combined."""
    join = st.sampled_from((" AND ", " OR ", " AND NOT ")).flatmap(
        lambda word: st.lists(moving(), min_size=1, max_size=3).map(word.join)
    )
    return st.one_of(moving(), join)


def _of_the_store(wanted: Plan) -> bool:
    return any(needs_the_store(step, wanted) for step in wanted.steps)


@few
@given(stores(), st.lists(queries.valid(OFFER, most=3), min_size=2, max_size=4))
def test_any_query_changes_when_it_is_seen_to(store: MadeUpStore, asked: list[str]) -> None:
    """The live engine finds the moment at which the reference sees the first change; where it
    does not know, that is later, and only because of the store's other customers."""
    _assert_first_seen(store, asked)


@few
@given(stores(), st.lists(several_moving(), min_size=3, max_size=5))
def test_what_time_moves_changes_when_it_is_seen_to(store: MadeUpStore, asked: list[str]) -> None:
    """The same for conditions on days, hours, windows, ages and anniversaries."""
    _assert_first_seen(store, asked)


def _assert_first_seen(store: MadeUpStore, asked: list[str]) -> None:
    both = Both.over(taken(store), store.as_of)
    people = sorted(both.reference.live(store.as_of + timedelta(days=999)))
    for text in asked:
        wanted = plan(bind(text, both.names))
        all_found = both.live.next_changes(wanted, people, store.as_of)
        for customer in sorted(people, key=lambda each: all_found[each].at is None)[:2]:
            assert_agree(both.live.next_change(wanted, customer, store.as_of), all_found[customer])
            seen = both.reference.next_change(wanted, customer, store.as_of)
            found = all_found[customer]
            try:
                assert_agree(found, seen)
                if found.unknown_from is not None:
                    far = store.as_of + timedelta(days=800)
                    assert _of_the_store(wanted) or found.unknown_from > far
            except AssertionError as error:
                raise AssertionError(f"{customer}: {text}: {found} {seen}") from error


@fewest
@given(st.integers(0, 2**32), st.lists(several_moving(), min_size=2, max_size=2))
def test_next_changes_as_facts_change(seed: int, asked: list[str]) -> None:
    """After every import the next change is that of the facts as they are, and so are members
    among those of whom it brought something and some others."""
    changes = Changes(seed)
    with pytest.MonkeyPatch.context() as patch, opened(changes.store) as workspace:
        patch.setattr(coming, "DAYS", 40)
        plans = {text: plan(bind(text, workspace.names())) for text in asked}
        as_of = changes.store.as_of
        workspace.query("number_of_orders > 0", as_of=as_of)
        for records in changes:
            engine = after(workspace, records)
            reference = ReferenceEngine(TakenFacts(workspace), workspace.store)
            held = engine._generation.held
            some = [min(each.customers) for each in held if each.customers]
            for text, wanted in plans.items():
                found = engine.members(wanted, as_of, some)
                assert found == reference.members(wanted, as_of, some), f"{text} {records}"
                for customer in some[-1:]:
                    assert_agree(
                        engine.next_change(wanted, customer, as_of),
                        reference.next_change(wanted, customer, as_of),
                    )


def test_too_many_moments_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not been looked at is not known, from the first such moment on."""
    rows = [{"customer_id": "c1", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}]
    birthday = [row | {"birth_date": "2000-05-01"} for row in rows]
    as_of = datetime(2026, 1, 2, tzinfo=UTC)
    with opened(MadeUpStore("UTC", "EUR", {"customers": birthday}, as_of)) as workspace:
        both = Both.over(workspace, as_of)
    wanted = plan(bind("anniversary('customer_birth_date') = today", both.names))
    assert both.live.next_change(wanted, "made_up:c1", as_of).at == datetime(2026, 5, 1, tzinfo=UTC)
    monkeypatch.setattr(searching, "MOST_MOMENTS", 1)
    found = both.live.next_change(wanted, "made_up:c1", as_of)
    assert found.at is None
    assert found.unknown_from is not None
    assert as_of < found.unknown_from <= datetime(2026, 5, 1, tzinfo=UTC)
