"""Laws of membership, for random queries, stores and moments, through the front door."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, note, settings
from hypothesis import strategies as st

from segmentry.facts.field import Attribute
from segmentry.facts.operators import (
    BETWEEN,
    CONTAINS_ALL,
    CONTAINS_ANY,
    EQUALS,
    GREATER_OR_EQUAL,
    IN,
    IN_BOTTOM,
    IN_TOP,
    LESS_OR_EQUAL,
    Operator,
)
from segmentry.query.ast import Call, Condition
from segmentry.query.dates import last_midnight
from segmentry.query.parser import parse
from segmentry.query.printer import print_node
from segmentry.query.values import Number, Rank, Value

from . import queries, trees
from .queries import Offer
from .stores import (
    CUSTOMERS,
    SEGMENTS,
    SOURCE,
    MadeUpStore,
    Records,
    declared_metafields,
    halves,
    members,
    opened,
    stores,
)

if TYPE_CHECKING:
    import segmentry as sg


def _offer() -> Offer:
    """What an empty store lets queries ask about."""
    empty = MadeUpStore("UTC", "EUR", {}, datetime(2026, 1, 1, tzinfo=UTC))
    with opened(empty, {}) as workspace:
        return Offer.of(workspace.check, metafields=declared_metafields(), segments=tuple(SEGMENTS))


OFFER = _offer()
ALWAYS = "(number_of_orders = 0 OR number_of_orders > 0)"
"""True for everybody: the number of orders is never missing."""


fewer = settings(max_examples=settings().max_examples // 4)
"""Stores take a while to make, and several queries are put to each."""


_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def several() -> st.SearchStrategy[list[str]]:
    """A few queries to put to one store."""
    return st.lists(queries.valid(OFFER), min_size=3, max_size=6)


def _same(workspace: sg.Workspace, as_of: datetime, one: str, other: str) -> None:
    assert members(workspace, one, as_of) == members(workspace, other, as_of), f"{one}\n{other}"


def _not(query: str) -> str:
    return f"NOT ({query})"


# -- logic ------------------------------------------------------------------------------


@fewer
@given(stores(), several())
def test_a_query_and_its_negation_split_the_live_customers(
    store: MadeUpStore, asked: list[str]
) -> None:
    """QRY-07: everybody who is there is in the segment or in its complement, and nobody in both."""
    with opened(store) as workspace:
        live = members(workspace, ALWAYS, store.as_of)
        for query in asked:
            inside = members(workspace, query, store.as_of)
            outside = members(workspace, _not(query), store.as_of)
            assert not inside & outside, query
            assert inside | outside == live, query
            result = workspace.query(query, as_of=store.as_of)
            assert result.live == len(live)
            assert result.count == len(inside)
            assert result.as_of == store.as_of


@fewer
@given(stores(), st.lists(queries.valid(OFFER, most=2), min_size=3, max_size=3))
def test_logic_is_that_of_sets(store: MadeUpStore, asked: list[str]) -> None:
    """QRY-09: AND, OR and NOT are intersection, union and complement: they commute, associate,
    distribute, undo themselves, and what is always true adds nothing."""
    a, b, c = (f"({query})" for query in asked)
    with opened(store) as workspace:
        found = {query: members(workspace, query, store.as_of) for query in (a, b, c, ALWAYS)}
        laws = [
            (f"{a} AND {b}", found[a] & found[b]),
            (f"{b} AND {a}", found[a] & found[b]),
            (f"{a} OR {b}", found[a] | found[b]),
            (f"{b} OR {a}", found[a] | found[b]),
            (f"{a} AND ({b} AND {c})", found[a] & found[b] & found[c]),
            (f"({a} OR {b}) OR {c}", found[a] | found[b] | found[c]),
            (f"{a} OR {b} AND {c}", found[a] | (found[b] & found[c])),
            (f"{a} AND ({b} OR {c})", found[a] & (found[b] | found[c])),
            (f"NOT {a} AND {b}", found[b] - found[a]),
            (f"NOT NOT {a}", found[a]),
            (f"NOT ({a} OR {b})", found[ALWAYS] - found[a] - found[b]),
            (f"{a} AND {ALWAYS}", found[a]),
            (f"{a} AND {a}", found[a]),
            (f"{a} OR NOT {ALWAYS}", found[a]),
        ]
        for query, expected in laws:
            assert members(workspace, query, store.as_of) == expected, query


# -- operators --------------------------------------------------------------------------


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two spellings of one condition on one attribute."""
    attribute = draw(st.sampled_from([a for a in OFFER.asked if a.name != "segments"]))
    laws = {
        BETWEEN: _as_two_bounds,
        IN: _as_equalities,
        CONTAINS_ANY: _as_any,
        CONTAINS_ALL: _as_all,
    }
    fitting = [operator for operator in attribute.operators if operator in laws]
    if not fitting:
        return f"{attribute.name} IS NOT NULL", _not(f"{attribute.name} IS NULL")
    operator = draw(st.sampled_from(fitting))
    values = draw(queries.operands(attribute, operator))
    negated = operator.negated_symbol is not None and draw(st.booleans())
    written = print_node(trees.condition(attribute.name, operator, *values, negated=negated))
    longer = laws[operator](attribute, values)
    return written, _not(longer) if negated else longer


def _as_two_bounds(attribute: Attribute, values: tuple[Value, ...]) -> str:
    low = trees.condition(attribute.name, GREATER_OR_EQUAL, values[0])
    high = trees.condition(attribute.name, LESS_OR_EQUAL, values[1])
    return f"{print_node(low)} AND {print_node(high)}"


def _as_equalities(attribute: Attribute, values: tuple[Value, ...]) -> str:
    each = [print_node(trees.condition(attribute.name, EQUALS, value)) for value in values]
    return " OR ".join(each)


def _as_any(attribute: Attribute, values: tuple[Value, ...]) -> str:
    return " OR ".join(_element(attribute, value) for value in values)


def _as_all(attribute: Attribute, values: tuple[Value, ...]) -> str:
    return " AND ".join(_element(attribute, value) for value in values)


def _element(attribute: Attribute, value: Value) -> str:
    return print_node(trees.condition(attribute.name, CONTAINS_ANY, value))


@fewer
@given(stores(), st.lists(pairs(), min_size=4, max_size=8))
def test_short_forms_mean_their_long_ones(store: MadeUpStore, asked: list[tuple[str, str]]) -> None:
    """QRY-09: BETWEEN is two bounds, IN is equality with one of several, a list is its elements."""
    with opened(store) as workspace:
        for short, long in asked:
            _same(workspace, store.as_of, short, long)


@fewer
@given(stores(), st.lists(queries.singles(OFFER), min_size=4, max_size=8))
def test_negated_operators_are_complements(store: MadeUpStore, asked: list[str]) -> None:
    """QRY-09: whatever a condition says, its negated form says of everybody else."""
    with opened(store) as workspace:
        for query in asked:
            negated = _negated(query)
            if negated is not None:
                _same(workspace, store.as_of, negated, _not(query))


def _negated(query: str) -> str | None:
    """One condition with its operator negated, where it has a negated form."""
    match parse(query).root:
        case Call() as node:
            return print_node(replace(node, negated=not node.negated))
        case Condition() as node if node.operator.negated_symbol is not None:
            return print_node(replace(node, negated=not node.negated))
    return None


_RANKED = [attribute for attribute in OFFER.attributes if IN_TOP in attribute.operators]


def _rank(attribute: Attribute, operator: Operator, amount: int, *, percent: bool) -> str:
    rank = Rank(Decimal(amount), percent)
    return print_node(trees.condition(attribute.name, operator, rank))


@fewer
@given(stores(), st.integers(1, 99), st.sampled_from(_RANKED), st.booleans())
def test_ranks_grow(store: MadeUpStore, amount: int, attribute: Attribute, percent: bool) -> None:
    """The top n are among the top n + 1, the top n % among the top (n + 1) %, and nobody
    without a value is ranked."""
    with opened(store) as workspace:
        known = members(workspace, f"{attribute.name} IS NOT NULL", store.as_of)
        for operator in (IN_TOP, IN_BOTTOM):
            few, more = (
                members(workspace, _rank(attribute, operator, n, percent=percent), store.as_of)
                for n in (amount, amount + 1)
            )
            assert few <= more <= known


@fewer
@given(stores(), st.sampled_from(_RANKED))
def test_numbers_are_above_at_or_below(store: MadeUpStore, attribute: Attribute) -> None:
    """Against any number a known value is above, equal or below, and just one of them."""
    with opened(store) as workspace:
        known = members(workspace, f"{attribute.name} IS NOT NULL", store.as_of)
        for amount in ("0", "1", "20", "33.3333"):
            parts = [
                members(
                    workspace,
                    f"{attribute.name} {sign} {Number(Decimal(amount)).value:f}",
                    store.as_of,
                )
                for sign in ("<", "=", ">")
            ]
            assert set().union(*parts) == known
            assert sum(map(len, parts)) == len(known)


# -- what imports change ----------------------------------------------------------------


@fewer
@given(stores(), several(), st.sets(st.sampled_from([*CUSTOMERS, *"1234", "p1"])))
def test_two_imports_give_what_one_gives(
    store: MadeUpStore, asked: list[str], first: set[str]
) -> None:
    """How records are spread over imports, and which comes first, does not matter."""
    one, two = halves(store.records, lambda owner: owner in first)
    with opened(store) as whole, opened(store, one, two) as parts, opened(store, two, one) as back:
        for name in whole.row_counts():
            expected = _facts(whole, name)
            assert _facts(parts, name) == expected, name
            assert _facts(back, name) == expected, name
        for query in asked:
            found = members(whole, query, store.as_of)
            assert members(parts, query, store.as_of) == found, query


def _facts(workspace: sg.Workspace, table: str) -> list[str]:
    return sorted(map(repr, workspace.facts(table).to_pylist()))


@fewer
@given(stores(), several())
def test_importing_again_and_rebuilding_change_nothing(
    store: MadeUpStore, asked: list[str]
) -> None:
    """The same records again, and the facts made anew from the archive, give the same."""
    with opened(store) as workspace:
        facts = {name: _facts(workspace, name) for name in workspace.row_counts()}
        before = [members(workspace, query, store.as_of) for query in asked]
        assert workspace.load(store.records, source=SOURCE).again
        assert workspace.rebuild() == 1
        assert {name: _facts(workspace, name) for name in facts} == facts
        assert [members(workspace, query, store.as_of) for query in asked] == before


@fewer
@given(
    stores(),
    st.lists(queries.own_conditions(OFFER), min_size=3, max_size=6),
    st.sampled_from(CUSTOMERS),
    st.timedeltas(timedelta(days=-400), timedelta(days=2)),
)
def test_an_order_concerns_its_customer_alone(
    store: MadeUpStore, asked: list[str], buyer: str, ago: timedelta
) -> None:
    """A new order moves nobody else in or out of a query about customers' own facts."""
    note(f"{buyer} orders at {store.as_of + ago}")
    _assert_others_stay(store, asked, buyer, store.as_of + ago)


@fewer
@given(stores(), several(), st.sampled_from(CUSTOMERS))
def test_an_order_of_today_changes_no_measure(
    store: MadeUpStore, asked: list[str], buyer: str
) -> None:
    """Ranks, averages and scores hold for the day: an order of today moves nobody else."""
    midnight = last_midnight(store.as_of, ZoneInfo(store.zone))
    _assert_others_stay(store, asked, buyer, midnight)
    _assert_others_stay(store, asked, buyer, store.as_of)


def _assert_others_stay(
    store: MadeUpStore, asked: list[str], buyer: str, ordered_at: datetime
) -> None:
    order: Records = {
        "orders": [
            {"order_id": "new", "customer_id": buyer, "ordered_at": ordered_at, "paid": "500"}
        ]
    }
    with opened(store) as workspace:
        before = [members(workspace, query, store.as_of) - {buyer} for query in asked]
        workspace.load(order, source=SOURCE)
        after = [members(workspace, query, store.as_of) - {buyer} for query in asked]
        assert after == before


@fewer
@given(stores(), several())
def test_what_comes_later_changes_no_earlier_answer(store: MadeUpStore, asked: list[str]) -> None:
    """Orders and refunds after a moment do not change who was a member at it."""
    later = store.as_of + timedelta(microseconds=1)
    orders = [
        {"order_id": f"later {name}", "customer_id": name, "ordered_at": later, "paid": "500"}
        for name in CUSTOMERS
    ]
    refunds = [
        {"refund_id": f"later {name}", "customer_id": name, "refunded_at": later, "amount": "5"}
        for name in CUSTOMERS
    ]
    for row in store.records["customers"]:
        row["created_at"] = row["created_at"] or _LONG_AGO  # else the order is what dates them
    with opened(store) as workspace:
        before = [members(workspace, query, store.as_of) for query in asked]
        workspace.load({"orders": orders, "refunds": refunds}, source=SOURCE)
        assert [members(workspace, query, store.as_of) for query in asked] == before
