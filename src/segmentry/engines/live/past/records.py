"""Conditions on records, as spans: which rows pass, and when, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from segmentry.engines.live.aggregates import over_one_bottom
from segmentry.engines.live.columns import Coded, Column, Dates, Numbers, Words, whole
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import Whole, total_by
from segmentry.engines.live.groups import ranges
from segmentry.engines.live.past.facts import Facts
from segmentry.engines.live.past.moments import NotSpans
from segmentry.engines.live.past.pieces import Pieces, when_holding
from segmentry.engines.live.past.spans import Spans, intersection, joined, without
from segmentry.engines.live.past.sums import Sum, compared
from segmentry.engines.live.picking import passing
from segmentry.engines.live.record import Records
from segmentry.engines.live.records import records_of
from segmentry.facts.field import Field
from segmentry.facts.operators import GREATER_OR_EQUAL
from segmentry.facts.orders import STATES
from segmentry.facts.properties import SUM
from segmentry.plan.nodes import Compared, Reached, Total
from segmentry.query.bound import FieldTest, RecordTest


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Rows of records in pieces, and those of their fields that change while they are there."""

    pieces: Pieces
    changing: Mapping[str, Column]

    def taken(self, which: Whole) -> _Found:
        columns = {name: column.taken(which) for name, column in self.changing.items()}
        return _Found(self.pieces.taken(which), columns)


def by_feature(step: Compared, facts: Facts) -> Spans:
    """The customers for whom a comparison of a feature holds."""
    match step.feature:
        case Total(rows, _):
            return by_records(
                RecordTest(rows.function, tuple(rows.filters), (step.test,), False), facts
            )
        case Reached(rows, aggregate, amount, _):
            enough = FieldTest(aggregate, GREATER_OR_EQUAL, False, (amount,))
            filters = (*rows.filters, step.test)
            return by_records(RecordTest(rows.function, filters, (enough,), False), facts)


def by_records(test: RecordTest, facts: Facts) -> Spans:
    """The customers for whom a test of records holds. Raises NotSpans where that is not known
    so."""
    records = records_of(test.function, test.filters)
    found = _left(test, records, facts)
    owners = records.owners(facts.now)
    if not test.aggregates:
        holds = facts.spans(owners[found.pieces.rows], found.pieces)
    else:
        each = (_aggregate(one, test, records, found, facts) for one in test.aggregates)
        holds = intersection(list(each))
    holds = facts.among_live(holds)
    return without(facts.live, holds) if test.negated else holds


# -- which rows -------------------------------------------------------------------------


def _left(test: RecordTest, records: Records, facts: Facts) -> _Found:
    """The rows that are there and pass all filters, while they do."""
    make = _THERE.get(test.function.name)
    if make is None and test.function.event is None:
        raise NotSpans
    changing = _CHANGING.get(test.function.name, ())
    now = facts.now
    fixed = [t for t in test.filters if t.field.name not in changing and not t.field.type.dated]
    size = len(records.owners(now))
    rows = passing(np.ones(size, np.bool_), records, fixed, now, facts.meanings)
    found = make(rows, test, facts) if make else _events(rows, test, facts)
    for each in test.filters:
        if each not in fixed:
            found = _filtered(found, each, records, facts)
    return found


def _filtered(found: _Found, test: FieldTest, records: Records, facts: Facts) -> _Found:
    name = test.field.name
    if name in _UNKNOWN:
        raise NotSpans
    column = found.changing.get(name)
    if column is None:
        column = records.column(test.field, facts.now).taken(found.pieces.rows)
    if isinstance(column, Dates):
        holds = when_holding(test, column, facts.moments)
        pieces, left = found.pieces.taken(holds.rows).within(holds.begins, holds.ends)
        kept = found.taken(holds.rows[left])
        return _Found(Pieces(kept.pieces.rows, pieces.begins, pieces.ends), kept.changing)
    return found.taken(np.flatnonzero(holding(test, facts.meanings.given(test), column)))


def _orders(rows: Whole, test: RecordTest, facts: Facts) -> _Found:
    """Orders that count; with `status` all that were placed."""
    with_status = any(each.field.name == "status" for each in test.filters)
    of = facts.orders
    which = np.flatnonzero(of.placed) if with_status else facts.which_count
    if len(rows) < facts.columns.orders.size:
        wanted = np.zeros(facts.columns.orders.size, np.bool_)
        wanted[rows] = True
        which = which[wanted[of.pieces.rows[which]]]
    columns: dict[str, Column] = {}
    for name in _fields_of(test):
        match name:
            case "amount":
                columns[name] = of.money.taken(which)
            case "status":
                columns[name] = Coded(of.state[which], Words(STATES))
            case "refunded_amount":
                columns[name] = whole(of.refunded[which])
    return _Found(of.pieces.taken(which), columns)


def _fields_of(test: RecordTest) -> set[str]:
    """The names of the fields that a test looks at or adds up."""
    added = (each.field.name.partition("_")[2] for each in test.aggregates)
    return {*(each.field.name for each in test.filters), *added}


def _purchases(rows: Whole, test: RecordTest, facts: Facts) -> _Found:
    """What was bought in orders that count, while at least a unit is kept."""
    purchases, counting = facts.columns.lines.purchases, facts.counting
    pieces_of = np.bincount(counting.rows, minlength=facts.columns.orders.size)
    first = np.cumsum(pieces_of) - pieces_of
    which, of = ranges(first[purchases.orders[rows]], pieces_of[purchases.orders[rows]])
    rows = rows[of]
    begins, ends = counting.begins[which], counting.ends[which]
    quantity, amount = purchases.quantity[rows], np.maximum(0, purchases.amount[rows])
    changing = np.flatnonzero(facts.orders.changing[purchases.orders[rows]])
    until = facts.moments.at[begins[changing]]
    quantity[changing], amount[changing] = purchases.kept_of(rows[changing], until)
    columns: dict[str, Column] = {"quantity": whole(quantity), "amount": whole(amount)}
    found = _Found(Pieces(rows, begins, ends), columns)
    return found.taken(np.flatnonzero(quantity > 0))


def _events(rows: Whole, test: RecordTest, facts: Facts) -> _Found:
    """Events of one name, until they no longer hold."""
    name = test.function.event
    assert name is not None
    events, log = facts.columns.events.named(name), facts.columns.events
    if not any(each.field.name == "machine" for each in test.filters):
        rows = rows[~log.by_machine(name)[rows]]
    begins = facts.moments.since(events.at[rows])
    ends = facts.moments.since(log.ends(name)[rows])
    there = np.flatnonzero(begins < ends)
    return _Found(Pieces(rows[there], begins[there], ends[there]), {})


def _any_events(rows: Whole, test: RecordTest, facts: Facts) -> _Found:
    begins = facts.moments.since(facts.columns.events.every.at[rows])
    there = np.flatnonzero(begins < facts.moments.count)
    ends = np.full_like(there, facts.moments.count)
    return _Found(Pieces(rows[there], begins[there], ends), {})


def _refunds(rows: Whole, test: RecordTest, facts: Facts) -> _Found:
    """Refunds for orders that were placed, and for none, where the lines of each have one
    moment."""
    owners, groups = facts.columns.refund_groups
    refunds = facts.columns.orders.refunds
    placed = np.append(facts.columns.orders.placed, True)[refunds.orders]
    lines = np.flatnonzero(placed)
    effective, of = refunds.effective_at[lines], groups[lines]
    first = np.full(len(owners), len(lines))
    first[of[::-1]] = np.arange(len(lines))[::-1]  # of several the first one stays
    if (effective != effective[first[of]]).any():
        raise NotSpans
    there = np.flatnonzero(first < len(lines))
    row = lines[first[there]]
    known, order = refunds.dated_at.known[row], refunds.orders[row]
    ordered_at = np.append(facts.columns.orders.ordered_at, 0)[order]
    at = np.where(known, refunds.dated_at.at[row], ordered_at)
    dates = Dates(at, known | (order >= 0))
    amounts = total_by(of, refunds.amount[lines], len(owners))[there]
    begins = facts.moments.since(refunds.effective_at[row])
    ends = np.full_like(begins, facts.moments.count)
    columns: dict[str, Column] = {"date": dates, "amount": whole(amounts)}
    found = _Found(Pieces(there, begins, ends), columns)
    return found.taken(np.flatnonzero(begins < facts.moments.count))


def _always(rows: Whole, test: RecordTest, facts: Facts) -> _Found:
    return _Found(facts.always(rows), {})


_THERE: dict[str, Callable[[Whole, RecordTest, Facts], _Found]] = {
    "orders_placed": _orders,
    "products_purchased": _purchases,
    "refunds": _refunds,
    "events": _any_events,
    "store_credit_accounts": _always,
    "customer_within_distance": _always,
}
"""Which of some rows are there, and when; the rest are events, or asked at each moment."""

_CHANGING: dict[str, tuple[str, ...]] = {
    "orders_placed": ("amount", "status", "refunded_amount"),
    "products_purchased": ("quantity", "amount", "in_same_order"),
    "refunds": ("date", "amount"),
    "storefront.product_viewed": ("purchased_after",),
}
"""The fields that change while a record is there."""

_UNKNOWN = ("in_same_order", "purchased_after")
"""Those of them that follow from other records as well."""

# -- what they add up to ----------------------------------------------------------------


def _aggregate(
    test: FieldTest, of: RecordTest, records: Records, found: _Found, facts: Facts
) -> Spans:
    pieces, owners = found.pieces, records.owners(facts.now)
    if test.field.name == "count":
        if of.function.name == "products_purchased":
            pieces, owners = _orders_of(pieces, facts), facts.columns.orders.owners
        ones = np.ones(len(pieces.rows), np.int64)
        return compared(test, Sum(owners[pieces.rows], pieces, ones), facts)
    column = _added(test.field, records, found, facts)
    known = np.flatnonzero(column.known)
    tops, bottom = over_one_bottom(column, known)
    average = not test.field.name.startswith(SUM)
    number = np.ones(len(known), np.int64) if average else None
    pieces = pieces.taken(known)
    return compared(test, Sum(owners[pieces.rows], pieces, tops, number, bottom), facts)


def _added(field: Field, records: Records, found: _Found, facts: Facts) -> Numbers:
    """What a sum or an average adds up, of every piece."""
    column = found.changing.get(field.name.partition("_")[2])
    if column is None:
        column = records.added(field, facts.now).taken(found.pieces.rows)
    assert isinstance(column, Numbers), "only numbers are added up"
    return column


def _orders_of(purchases: Pieces, facts: Facts) -> Pieces:
    """The orders of which one of some purchases is there, while it is."""
    width = facts.moments.width
    base = facts.columns.lines.purchases.orders[purchases.rows] * width
    spans = joined(base + purchases.begins, base + purchases.ends)
    orders = spans.starts // width
    return Pieces(orders, spans.starts - orders * width, spans.ends - orders * width)
