"""What every engine owes its callers, as laws that any engine can be held to on any store.

A law takes a `Case`: a maker of engines, the facts of one store, and what to ask. It raises
`BrokenLaw`, which names the query, the moment and the customers, where the engine breaks it.
The engines here are held to all of them; so can be one of your own:

    case = Case(MyEngine, facts, store, {text: plan(bind(text)) for text in texts}, moments)
    for law in LAWS:
        law(case)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from segmentry.engines.base import CustomerValue, Engine, EngineMaker, FactSource
from segmentry.engines.columns import table_of
from segmentry.engines.reference import ReferenceEngine
from segmentry.engines.view import Bits, View
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.store import Store
from segmentry.facts.tables import CUSTOMERS, ORDERS, Table
from segmentry.plan.bounds import needs_the_store
from segmentry.plan.nodes import EVERYBODY, Difference, Plan
from segmentry.query.bound import RecordTest
from segmentry.query.dates import day_start, local_day

_TICK = timedelta(microseconds=1)
_DAYS = 45
"""So many days are stepped through to see the next change."""
_ASKED_EACH = 3
"""So many customers of each query are asked about one by one."""


class BrokenLaw(AssertionError):
    """An engine broke a law."""


@dataclass(frozen=True)
class Case:
    """An engine over the facts of a store, plans by the text of their query, and moments to
    ask about. Plans are given as they were bound."""

    make: EngineMaker
    facts: FactSource
    store: Store
    plans: Mapping[str, Plan]
    moments: Sequence[datetime]

    @cached_property
    def engine(self) -> Engine:
        """The engine, which goes from one law to the next as it would from question to question."""
        return self.make(self.facts, self.store)

    @cached_property
    def customers(self) -> tuple[str, ...]:
        """All customers there are at any of the moments, in order."""
        return tuple(sorted(frozenset().union(*map(self.engine.live, self.moments))))

    def questions(self) -> Iterator[tuple[str, Plan, datetime]]:
        """Every query at every moment."""
        for moment in self.moments:
            for text, wanted in self.plans.items():
                yield text, wanted, moment


# -- members ----------------------------------------------------------------------------


def a_query_and_its_complement_split_the_customers(case: Case) -> None:
    """Everybody who is there is a member or a member of the complement, and nobody is both."""
    for text, wanted, moment in case.questions():
        inside = case.engine.members(wanted, moment)
        outside = case.engine.members(Plan(Difference(wanted.root), wanted.segments), moment)
        _hold(not inside & outside, "both in and out", text, moment, inside & outside)
        _same(inside | outside, case.engine.live(moment), text, moment)


def everybody_is_there(case: Case) -> None:
    """A plan without a condition holds for the customers there are."""
    for moment in case.moments:
        _same(case.engine.members(Plan(EVERYBODY), moment), case.engine.live(moment), "", moment)


def some_are_the_members_among_them(case: Case) -> None:
    """Asking some customers gives the members among them, and nothing for ids of nobody."""
    for text, wanted, moment in case.questions():
        inside = case.engine.members(wanted, moment)
        for some in (case.customers[::2], case.customers[:1], case.customers, ()):
            found = case.engine.members(wanted, moment, [*some, "", "nobody:nothing"])
            _same(found, inside & frozenset(some), text, moment)


def moments_do_not_disturb_each_other(case: Case) -> None:
    """A moment has the same answers whatever was asked before it."""
    for text, wanted in case.plans.items():
        first = {moment: case.engine.members(wanted, moment) for moment in case.moments}
        for moment in reversed(case.moments):
            _same(case.engine.members(wanted, moment), first[moment], text, moment)


def sizes_are_those_of_the_members(case: Case) -> None:
    """Asking for sizes at many moments, in any order, gives the number of members at each."""
    moments = [*reversed(case.moments), *case.moments[:1]]
    for text, wanted in case.plans.items():
        for moment, size in zip(moments, case.engine.sizes(wanted, moments), strict=True):
            members = len(case.engine.members(wanted, moment))
            _hold(size == members, f"a size of {size}, not {members}", text, moment)


def members_are_those_of_the_reference(case: Case) -> None:
    """Members, customers and the store's rhythm are those of the plainest engine there is."""
    reference = ReferenceEngine(case.facts, case.store)
    for text, wanted, moment in case.questions():
        expected = reference.members(wanted, moment)
        _same(case.engine.members(wanted, moment), expected, text, moment)
    for moment in case.moments:
        _same(case.engine.live(moment), reference.live(moment), "", moment)
        same = case.engine.average_gap(moment) == reference.average_gap(moment)
        _hold(same, "another average gap", "", moment)


def values_are_those_of_the_reference(case: Case) -> None:
    """Every attribute has the same values, of the same types, at the last of the moments."""
    reference, moment = ReferenceEngine(case.facts, case.store), case.moments[-1]
    for name, attribute in ATTRIBUTES.items():
        if name != "segments" and not attribute.predicted:
            expected = reference.values(attribute, moment)
            found = case.engine.values(attribute, moment)
            wrong = {
                key
                for key in expected.keys() | found.keys()
                if key not in found
                or key not in expected
                or found[key] != expected[key]
                or type(found[key]) is not type(expected[key])
            }
            _hold(not wrong, "other values", name, moment, wrong)


_AMOUNTS = ("number_of_orders", "amount_spent", "days_since_last_order")
_WORDS = ("lifecycle_stage", "rfm_group", "customer_countries", "customer_tags")
_BOUGHT = {each.name: each for each in FUNCTIONS["products_purchased"].parameters}
_WORDS_BOUGHT = ("id", "type", "collection_id", "sku")
_ANY_PURCHASE = RecordTest(FUNCTIONS["products_purchased"], (), (), negated=False)


def a_view_has_the_same_members(case: Case) -> None:
    """All customers in one order are there, and are members, as they are asked about by id."""
    for text, wanted, moment in case.questions():
        view = case.engine.view(moment)
        _same(view_ids(view, view.live), case.engine.live(moment), text, moment)
        expected = case.engine.members(wanted, moment)
        _same(view_ids(view, view.members(wanted)), expected, text, moment)


def a_view_has_the_same_values(case: Case) -> None:
    """Amounts, words and purchases of all customers in one order are those of each; and so is
    the money that does not count."""
    reference = ReferenceEngine(case.facts, case.store)
    for moment in case.moments:
        view, live = case.engine.view(moment), case.engine.live(moment)
        same = view.uncounted() == reference.view(moment).uncounted()
        _hold(same, "other money that does not count", "", moment)
        for name in (*_AMOUNTS, *_WORDS):
            found = _amounts(view, name) if name in _AMOUNTS else view_words(view, name)
            each = case.engine.values(ATTRIBUTES[name], moment)
            wrong = {key for key in live if found.get(key, frozenset()) != _several(each[key])}
            _hold(not wrong, "other values in the view", name, moment, wrong)
        for name in _WORDS_BOUGHT:
            found = view_words(view, name, bought=True)
            for key in sorted(live)[:_ASKED_EACH]:
                records = case.engine.records(_ANY_PURCHASE, key, moment)
                kept = frozenset().union(*(_several(each[name]) for each in records))
                _hold(found.get(key, frozenset()) == kept, "bought other", name, moment, {key})


def view_ids(view: View, members: Bits) -> frozenset[str]:
    """The ids of a set of customers of a view."""
    return frozenset(view.ids[np.unpackbits(members, count=len(view.ids)) == 1].tolist())


def view_words(view: View, name: str, *, bought: bool = False) -> dict[str, frozenset[Any]]:
    """The values that a view has of each customer who has any: of an attribute, or of what
    was bought."""
    words = view.bought(_BOUGHT[name]) if bought else view.words(ATTRIBUTES[name])
    found: dict[str, frozenset[Any]] = {}
    for place, code in zip(words.customers.tolist(), words.codes.tolist(), strict=True):
        key, value = view.ids[place], words.values[code]
        found[key] = found.get(key, frozenset()) | {value}
    return found


def _amounts(view: View, name: str) -> dict[str, frozenset[Any]]:
    found = view.amounts(ATTRIBUTES[name])
    known = zip(view.ids.tolist(), found.values.tolist(), found.known.tolist(), strict=True)
    return {key: frozenset({value}) for key, value, there in known if there}


def _several(value: CustomerValue) -> frozenset[Any]:
    if value is None:
        return frozenset()
    return value if isinstance(value, frozenset) else frozenset({value})


def columns_are_the_values(case: Case) -> None:
    """Columns hold what is told of each attribute alone, in order of ids, of all and of some."""
    asked = [a for a in ATTRIBUTES.values() if a.name != "segments" and not a.predicted]
    for moment in case.moments:
        for some in (None, case.customers[::2], case.customers[:1], ()):
            ids = sorted(case.engine.live(moment).intersection(*([] if some is None else [some])))
            values = [(each, case.engine.values(each, moment)) for each in asked]
            expected = table_of(ids, values, case.store.zone)
            among = None if some is None else [*some, "nobody:nothing"]
            found = case.engine.columns(asked, moment, among)
            for name in expected.column_names:
                same = name in found.column_names and expected.column(name).equals(
                    found.column(name)
                )
                _hold(same, "another column", name, moment, ids)


# -- next changes -----------------------------------------------------------------------


def the_next_change_is_the_first_that_is_seen(case: Case) -> None:
    """Nothing changes before the moment that is told, and it does then; "never" and "not
    known before" hold for every moment that is stepped through."""
    for text, wanted, moment in case.questions():
        for customer in case.customers[:_ASKED_EACH]:
            _first_seen(case, text, wanted, customer, moment)


def _first_seen(case: Case, text: str, wanted: Plan, customer: str, as_of: datetime) -> None:
    def inside(moment: datetime) -> bool:
        return bool(case.engine.members(wanted, moment, [customer]))

    found = case.engine.next_change(wanted, customer, as_of)
    who = {customer}
    _hold(inside(as_of) == found.inside, "another answer at once", text, as_of, who)
    end = found.at or found.unknown_from
    for moment in _steps(case, as_of):
        if end is None or moment < end:
            _hold(inside(moment) == found.inside, f"changed at {moment}", text, as_of, who)
    if found.at is not None:
        _hold(found.unknown_from is None, "both known and unknown", text, as_of, who)
        _hold(found.at > as_of, "changed before", text, as_of, who)
        just_before = max(as_of, found.at - _TICK)
        _hold(inside(just_before) == found.inside, f"sooner than {found.at}", text, as_of, who)
        _hold(inside(found.at) != found.inside, f"not at {found.at}", text, as_of, who)


def _steps(case: Case, as_of: datetime) -> Iterator[datetime]:
    """The midnights of some days after a moment, the moments asked about, and those beside."""
    today = local_day(as_of, case.store.zone)
    days = (today + timedelta(days=n) for n in range(_DAYS))
    named = {day_start(day, case.store.zone) for day in days}
    near = (moment + tick for moment in {*named, *case.moments} for tick in (-_TICK, timedelta()))
    return (moment for moment in sorted(set(near)) if moment > as_of)


def nobody_joins_or_leaves_before_it_is_due(case: Case) -> None:
    """Members stay who they are until the moment that is told, or for good."""
    for text, wanted, moment in case.questions():
        due = case.engine.next_due(wanted, moment)
        _hold(due is None or due > moment, f"due before, at {due}", text, moment)
        inside = case.engine.members(wanted, moment)
        before = () if due is None else (due - _TICK,)
        for each in (*before, *_steps(case, moment)):
            if due is None or moment <= each < due:
                _same(case.engine.members(wanted, each), inside, text, each)


# -- changes of the facts ---------------------------------------------------------------

STRANGER = "conformance:stranger"


def a_stranger_changes_nobody_else(case: Case) -> None:
    """A new customer with an order is in no way of concern to others, but for what is measured
    against the store; and an engine that is told of them answers as one made anew."""
    facts = _WithStranger(case.facts, min(case.moments))
    told, anew = case.make(case.facts, case.store), case.make(facts, case.store)
    for wanted in case.plans.values():
        told.members(wanted, case.moments[0])
    told.change(facts, {STRANGER})
    try:
        for text, wanted, moment in case.questions():
            found = told.members(wanted, moment)
            _same(found, anew.members(wanted, moment), text, moment)
            if not any(needs_the_store(step, wanted) for step in wanted.steps):
                _same(found - {STRANGER}, case.engine.members(wanted, moment), text, moment)
    finally:
        told.close()
        anew.close()


@dataclass(frozen=True)
class _WithStranger:
    """Facts with one more customer, who bought something."""

    facts: FactSource
    at: datetime
    position: int = 1

    def read(self, table: Table) -> pa.Table:
        """All rows of a table."""
        found = self.facts.read(table)
        row = self._rows().get(table.name)
        return pa.concat_tables([found, _row(row, found.schema)]) if row else found

    def _rows(self) -> dict[str, dict[str, Any]]:
        order = {"order_id": STRANGER, "ordered_at": self.at, "state": "PAID", "placed": True}
        return {
            CUSTOMERS.name: {"customer_id": STRANGER, "created_at": self.at},
            ORDERS.name: order | {"customer_id": STRANGER, "paid": 123_400},
        }

    def of(self, customers: Iterable[str]) -> FactSource:
        """More than is needed for some customers: everything."""
        return self

    def beside(self) -> _WithStranger:
        """The same, which never changes."""
        return self

    def go_on(self) -> None:
        """There is nothing to come."""

    def interrupt(self) -> None:
        """Nothing takes long."""


def _row(row: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names}], schema=schema)


# -- saying what is wrong ---------------------------------------------------------------


def _same(found: frozenset[str], expected: frozenset[str], text: str, moment: datetime) -> None:
    _hold(found >= expected, "missing", text, moment, expected - found)
    _hold(found <= expected, "too many", text, moment, found - expected)


def _hold(
    truth: bool, what: str, text: str, moment: datetime, customers: Iterable[str] = ()
) -> None:
    if not truth:
        named = ", ".join(sorted(customers)[:5])
        raise BrokenLaw(f"{text or 'everybody'} as of {moment}: {what}: {named}")


Law = Callable[[Case], None]

LAWS: tuple[Law, ...] = (
    a_query_and_its_complement_split_the_customers,
    everybody_is_there,
    some_are_the_members_among_them,
    moments_do_not_disturb_each_other,
    sizes_are_those_of_the_members,
    members_are_those_of_the_reference,
    values_are_those_of_the_reference,
    columns_are_the_values,
    the_next_change_is_the_first_that_is_seen,
    a_view_has_the_same_members,
    a_view_has_the_same_values,
    nobody_joins_or_leaves_before_it_is_due,
    a_stranger_changes_nobody_else,
)
"""Every law, in the order in which a new engine comes to keep them."""
