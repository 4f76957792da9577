"""What warnings claim about members is true of every store, at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from segmentry.base.errors import Problem
from segmentry.engines.base import Engine
from segmentry.engines.reference import ReferenceEngine
from segmentry.facts.kept import kept
from segmentry.facts.operators import IS_NULL
from segmentry.facts.tables import Table
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.bound import (
    All,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    RecordTest,
    Test,
)
from segmentry.query.dates import last_midnight
from segmentry.query.lint import lint
from segmentry.query.lint.parts import Group, Leaf, Part, parts_of
from segmentry.query.lint.rules.certain import certain_value, is_always, is_never
from segmentry.query.lint.rules.implied import idle_parts
from segmentry.query.lint.rules.unknown_values import comparisons
from segmentry.query.printer import print_node
from segmentry.segments.store_facts import StoreFactsAt

from . import queries, trees
from .stores import MadeUpStore, stores
from .taken import Given, taken
from .test_engines_agree import TakenFacts
from .test_laws import OFFER, fewer

_TICK = timedelta(microseconds=1)
_DATED = [a for a in OFFER.asked if a.type.dated]
_LISTS = [a for a in OFFER.asked if a.name.startswith(("customer_tags", "segments", "companies"))]


@st.composite
def crowded(draw: st.DrawFn) -> str:
    """A query whose conditions are all about one or two things, so that they clash."""
    few = draw(
        st.lists(
            st.sampled_from(OFFER.asked) | st.sampled_from(_DATED) | st.sampled_from(_LISTS),
            min_size=1,
            max_size=2,
        )
    )
    if draw(st.integers(0, 3)):
        each = st.sampled_from(few).flatmap(lambda a: queries.about(a, OFFER))
    else:
        function = draw(st.sampled_from(OFFER.functions))
        each = st.sampled_from(draw(st.lists(queries.calls(function), min_size=1, max_size=4)))
    return print_node(draw(trees.groups(each, most=6)))


def bound_of(part: Part) -> Bound:
    """A part as a query of its own."""
    if isinstance(part, Leaf):
        return part.test if part.holds else Complement(part.test)
    kind = All if part.kind == "all" else Any
    return kind(tuple(map(bound_of, part.parts)))


def every(part: Part) -> Iterator[Part]:
    """A part and all that it is made of."""
    yield part
    if isinstance(part, Group):
        for each in part.parts:
            yield from every(each)


def without(whole: Part, idle: Part) -> Part:
    """The same with one part, found by identity, left out of its group."""
    if isinstance(whole, Leaf):
        return whole
    kept = tuple(without(each, idle) for each in whole.parts if each is not idle)
    return kept[0] if len(kept) == 1 else Group(whole.kind, kept)


class Facts:
    """The facts of a workspace, as the engine and the warnings read them."""

    def __init__(self, given: Given, as_of: datetime) -> None:
        self._tables = TakenFacts(given)
        self.asked = Asked(given, as_of)
        self.at = StoreFactsAt(lambda: self.asked.engine, as_of, self.distinct)

    def distinct(self, table: Table, columns: tuple[str, ...]) -> set[tuple[str, ...]]:
        """The different values of columns."""
        rows = self._tables.read(table).select(list(columns)).to_pylist()
        values = (tuple(row[column] for column in columns) for row in rows)
        return {each for each in values if None not in each}


class Asked:
    """The reference engine over a store, and moments to ask it about."""

    def __init__(self, given: Given, as_of: datetime) -> None:
        self.engine: Engine = ReferenceEngine(TakenFacts(given), given.store)
        midnight = last_midnight(as_of, given.store.zone)
        self.moments = (as_of, midnight, midnight + timedelta(days=45) - _TICK)

    def members(self, query: BoundQuery, root: Bound) -> list[frozenset[str]]:
        """Who fits a part of a query, at each moment."""
        asked = plan(BoundQuery(root, query.query, (), query.segments))
        return [self.engine.members(asked, moment) for moment in self.moments]

    def live(self) -> list[frozenset[str]]:
        """Who is there, at each moment."""
        return [self.engine.live(moment) for moment in self.moments]


@given(stores(), st.lists(crowded(), min_size=4, max_size=8))
def test_claims_about_members_are_true(store: MadeUpStore, texts: list[str]) -> None:
    """Nobody is in a part that never holds, everybody in one that always does, everybody with
    a value in one that always holds of known ones; an idle part may be left out."""
    here = taken(store)
    asked = Asked(here, store.as_of)
    for text in texts:
        query = bind(text, here.names())
        whole = parts_of(query)
        _assert_certain(asked, query, whole)
        _assert_idle(asked, query, whole)


def _assert_certain(asked: Asked, query: BoundQuery, whole: Part) -> None:
    for part in every(whole):
        if is_never(part):
            event("never")
            found = asked.members(query, bound_of(part))
            assert not any(found), f"{query.query.text}: {part.span}"
        if is_always(part):
            event("always")
            assert asked.members(query, bound_of(part)) == asked.live(), query.query.text
        elif value := certain_value(part):
            event("always of known ones")
            has_one = AttributeTest(value, IS_NULL, True, ())
            expected = asked.members(query, has_one)
            found = asked.members(query, bound_of(part))
            for some, all_known in zip(found, expected, strict=True):
                assert all_known <= some, query.query.text


def _assert_idle(asked: Asked, query: BoundQuery, whole: Part) -> None:
    members = None
    for idle in idle_parts(whole):
        event("repeats" if idle.repeats else "implied")
        members = members or asked.members(query, bound_of(whole))
        left = without(whole, idle.part)
        assert asked.members(query, bound_of(left)) == members, f"{query.query.text}: {idle}"


_LOOKED_UP = [each for each in OFFER.asked if kept(None, each)]
_WITH_LOOKED_UP = [f for f in OFFER.functions if any(kept(f, each) for each in f.parameters)]
_looked_up = st.sampled_from(_LOOKED_UP).flatmap(queries.compared) | st.sampled_from(
    _WITH_LOOKED_UP
).flatmap(queries.calls)


@fewer
@given(stores(), st.lists(_looked_up.map(print_node), min_size=6, max_size=12))
def test_what_nothing_carries_nobody_has(store: MadeUpStore, texts: list[str]) -> None:
    """A condition all of whose values are called unknown has no members."""
    here = taken(store)
    facts = Facts(here, store.as_of)
    for text in texts:
        query = bind(text, here.names())
        whole = parts_of(query)
        assert isinstance(whole, Leaf)
        told = [p for p in lint(query, facts.at) if p.code == "unknown_to_store"]
        if told and _is_plain(whole) and _all_unknown(whole, told):
            event("unknown")
            assert not any(facts.asked.members(query, bound_of(whole))), text


def _is_plain(leaf: Leaf) -> bool:
    """Whether it needs a record or a value that fits."""
    if isinstance(leaf.test, RecordTest) and leaf.test.aggregates:
        return False
    return leaf.holds != leaf.test.negated


def _all_unknown(leaf: Leaf, told: list[Problem]) -> bool:
    """Whether a positive comparison in it has none but unknown values."""
    places = {(problem.start, problem.end) for problem in told}
    return any(
        not test.negated and all(literal.span in places for literal in condition.operands)
        for _, test, condition in comparisons(leaf)
        if condition.operands
    )


@fewer
@given(stores(), st.lists(queries.singles(OFFER), min_size=6, max_size=12))
def test_people_without_a_value_are_in_or_out_as_told(store: MadeUpStore, texts: list[str]) -> None:
    """Everybody without a value fits a condition that is said to include them, and nobody
    one that is said to leave them out; as many are told as there are."""
    here = taken(store)
    facts = Facts(here, store.as_of)
    for text in texts:
        query = bind(text, here.names())
        whole = parts_of(query)
        for note in lint(query, facts.at):
            if note.code.startswith("without_"):
                _assert_told(facts.asked, query, whole, note)


def _assert_told(asked: Asked, query: BoundQuery, whole: Part, note: Problem) -> None:
    assert isinstance(whole, Leaf)
    event(note.code)
    test = whole.test
    none: Test = (
        RecordTest(test.function, test.filters, (), negated=True)
        if isinstance(test, RecordTest)
        else AttributeTest(test.field, IS_NULL, False, ())
    )
    without = asked.members(query, none)[0]
    members = asked.members(query, bound_of(whole))[0]
    assert f" {len(without)} customer" in note.message
    if "left out" in note.message:
        assert not without & members, query.query.text
    else:
        assert without <= members, query.query.text
