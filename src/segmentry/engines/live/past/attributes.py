"""Conditions on attributes, as spans: those that profiles, orders, visits and consent answer."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

import numpy as np

from segmentry.engines.live.columns import NONE, Coded, Dates, Words
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.consent import SUBSCRIBED_PLACE, UNKNOWN_PLACE
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.groups import spread
from segmentry.engines.live.past.facts import Facts
from segmentry.engines.live.past.latest import by_first, by_last
from segmentry.engines.live.past.moments import NotSpans, places_through
from segmentry.engines.live.past.pieces import Pieces, when_holding
from segmentry.engines.live.past.spans import Spans, union, without
from segmentry.engines.live.past.sums import Sum, compared
from segmentry.engines.live.values import column_of
from segmentry.engines.live.values.visits import sources
from segmentry.facts.events import STOREFRONT
from segmentry.facts.operators import (
    BETWEEN,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
    RANKING,
    Operator,
)
from segmentry.query.bound import AttributeTest

_OF_PROFILES = {"customers", "addresses", "customer_tags", "companies", "attributes"}
"""Tables without moments: what they answer is the same at each."""


def of_profiles(test: AttributeTest) -> bool:
    """Whether no more than profiles answers a test."""
    field = test.field
    return bool(field.needs) and not field.moves and set(field.needs) <= _OF_PROFILES


def by_attribute(test: AttributeTest, facts: Facts) -> Spans:
    """The customers for whom a test holds. Raises NotSpans where that is not known so."""
    field = test.field
    if field.relative or test.operator in RANKING:
        raise NotSpans
    if of_profiles(test):
        return _by_profile(test, facts)
    if field.name not in _BY_NAME:
        raise NotSpans
    return _BY_NAME[field.name](test, facts)


# -- profiles ---------------------------------------------------------------------------


def _by_profile(test: AttributeTest, facts: Facts) -> Spans:
    column = column_of(test.field)(facts.now, facts.day)
    if isinstance(column, Dates):
        found = when_holding(test, column, facts.moments)
    else:
        found = facts.always(np.flatnonzero(holding(test, facts.meanings.given(test), column)))
    return facts.among_live(facts.spans(found.rows, found))


# -- orders -----------------------------------------------------------------------------


def _sum_of_orders(
    values: Callable[[Facts], Whole], *, average: bool = False
) -> Callable[[AttributeTest, Facts], Spans]:
    """A sum of something over the orders that count, or its average, missing without one."""

    def by_sum(test: AttributeTest, facts: Facts) -> Spans:
        pieces, each = facts.counting, values(facts)
        number = np.ones(len(each), np.int64) if average else None
        return compared(test, Sum(facts.buyers, pieces, each, number), facts)

    return by_sum


def _paid(facts: Facts) -> Whole:
    paid, rows = facts.columns.orders.paid, facts.counting.rows
    return np.where(paid.known[rows], paid.top[rows], 0)


def _spent(facts: Facts) -> Whole:
    money = facts.orders.money.taken(facts.which_count)
    return np.where(money.known, money.top, 0)


def _refunded(test: AttributeTest, facts: Facts) -> Spans:
    refunds, placed = facts.columns.orders.refunds, facts.columns.orders.placed
    given = facts.since(refunds.effective_at)
    pieces = given.taken(np.append(placed, True)[refunds.orders[given.rows]])
    owners = refunds.owners[pieces.rows]
    return facts.among_live(compared(test, Sum(owners, pieces, refunds.amount[pieces.rows]), facts))


def _last_order(test: AttributeTest, facts: Facts) -> Spans:
    rows = facts.counting.rows
    at = facts.columns.orders.ordered_at[rows]
    return by_last(test, facts.buyers, facts.counting, at, facts)


def _first_order(test: AttributeTest, facts: Facts) -> Spans:
    rows = facts.counting.rows
    at = facts.columns.orders.ordered_at[rows]
    return by_first(test, facts.buyers, facts.counting, at, facts)


def _last_active(test: AttributeTest, facts: Facts) -> Spans:
    checkouts, (visitors, visited_at) = facts.columns.checkouts, facts.columns.events.active
    owners = np.concatenate([checkouts.owners, visitors])
    at = np.concatenate([checkouts.at, visited_at])
    came, ordered = facts.since(at), facts.counting
    return by_last(
        test,
        np.concatenate([owners[came.rows], facts.buyers]),
        came.and_those(ordered),
        np.concatenate([at[came.rows], facts.columns.orders.ordered_at[ordered.rows]]),
        facts,
    )


def _days_since_order(test: AttributeTest, facts: Facts) -> Spans:
    """So many days ago or more means: no order on a later day."""
    pieces = facts.counting
    days = facts.columns.order_days[pieces.rows]
    everybody = facts.spans(facts.buyers, pieces)

    def at_least(number: int) -> Spans:
        ends = places_through(facts.moments.days - number + 1, days)
        later, left = pieces.within(np.zeros_like(ends), ends)
        return without(everybody, facts.spans(facts.buyers[left], later))

    found = everybody if test.operator is IS_NULL else _whole_number(test, at_least, everybody)
    turned = test.negated != (test.operator is IS_NULL)
    return without(facts.live, found) if turned else found


def _whole_number(test: AttributeTest, at_least: Callable[[int], Spans], everybody: Spans) -> Spans:
    """A comparison of a whole number, by whom it is at least so much for."""
    given = [Fraction(each) for each in test.operands if isinstance(each, int | Fraction)]
    if len(given) != len(test.operands):
        raise NotSpans

    def within(low: Fraction, high: Fraction) -> Spans:
        return without(at_least(ceil(low)), at_least(floor(high) + 1))

    operators: dict[Operator, Callable[[], Spans]] = {
        GREATER_OR_EQUAL: lambda: at_least(ceil(given[0])),
        GREATER: lambda: at_least(floor(given[0]) + 1),
        LESS: lambda: without(everybody, at_least(ceil(given[0]))),
        LESS_OR_EQUAL: lambda: without(everybody, at_least(floor(given[0]) + 1)),
        EQUALS: lambda: within(given[0], given[0]),
        BETWEEN: lambda: within(given[0], given[-1]),
        IN: lambda: union([within(each, each) for each in given]),
    }
    return operators[test.operator]()


# -- what is one of several words -------------------------------------------------------


def _by_word(
    test: AttributeTest, owners: Whole, pieces: Pieces, values: Coded, otherwise: int, facts: Facts
) -> Spans:
    """A test of pieces of each customer that do not overlap; outside of them the value is the
    word at the place `otherwise`, or missing where that is NONE."""
    given = facts.meanings.given(test)
    inside = holding(test, given, Coded(np.append(values.codes, otherwise), values.words))
    here, elsewhere = inside[:-1], bool(inside[-1])
    chosen = ~here if elsewhere else here
    found = facts.among_live(facts.spans(owners[chosen], pieces.taken(chosen)))
    return without(facts.live, found) if elsewhere else found


def _acts(channel: str, facts: Facts) -> tuple[Whole, Pieces]:
    """Who has the address of each act of consent on a channel, and how long it is the last;
    the rows of the pieces are those of acts."""
    acts, width = facts.columns.acts(channel), facts.moments.width
    begins = acts.addresses * width + facts.moments.since(acts.acted_at)
    later = np.append(np.minimum.accumulate(begins[::-1])[::-1][1:], np.iinfo(np.int64).max)
    ends = np.minimum(later[: len(begins)], acts.addresses * width + facts.moments.count)
    having = np.flatnonzero(acts.address_of != NONE)
    rows, of = spread(acts.addresses, acts.address_of[having])
    base = acts.addresses[rows] * width
    pieces = Pieces(rows, begins[rows] - base, ends[rows] - base)
    there = np.flatnonzero(pieces.begins < pieces.ends)
    return having[of[there]], pieces.taken(there)


def _consent(channel: str) -> Callable[[AttributeTest, Facts], Spans]:
    def by_state(test: AttributeTest, facts: Facts) -> Spans:
        owners, pieces = _acts(channel, facts)
        acts = facts.columns.acts(channel)
        values = Coded(acts.state[pieces.rows], acts.words)
        return _by_word(test, owners, pieces, values, UNKNOWN_PLACE, facts)

    return by_state


def _reachable(channel: str) -> Callable[[AttributeTest, Facts], Spans]:
    def by_truth(test: AttributeTest, facts: Facts) -> Spans:
        owners, pieces = _acts(channel, facts)
        subscribed = facts.columns.acts(channel).state[pieces.rows] == SUBSCRIBED_PLACE
        values = Coded(subscribed.astype(np.int64), Words((False, True)))
        return _by_word(test, owners, pieces, values, 0, facts)

    return by_truth


def _subscribed_since(channel: str) -> Callable[[AttributeTest, Facts], Spans]:
    def by_date(test: AttributeTest, facts: Facts) -> Spans:
        owners, pieces = _acts(channel, facts)
        acts = facts.columns.acts(channel)
        since = np.flatnonzero(acts.state[pieces.rows] == SUBSCRIBED_PLACE)
        pieces, owners = pieces.taken(since), owners[since]
        at = acts.subscribed_at[pieces.rows]
        found = when_holding(test, Dates(at, np.ones(len(at), np.bool_)), facts.moments)
        within, left = pieces.taken(found.rows).within(found.begins, found.ends)
        holds = facts.among_live(facts.spans(owners[found.rows][left], within))
        if test.negated == (test.operator is IS_NULL):
            return holds
        known = facts.among_live(facts.spans(owners, pieces))
        return union([holds, without(facts.live, known)])

    return by_date


def _source(*, last: bool) -> Callable[[AttributeTest, Facts], Spans]:
    """Where the first or last visit that tells so came from."""

    def by_source(test: AttributeTest, facts: Facts) -> Spans:
        source = facts.columns.kept("visits.source", sources, STOREFRONT)
        assert isinstance(source, Coded)
        visits = facts.columns.events.named(*STOREFRONT)
        rows = np.flatnonzero(source.known)
        owners = visits.owners[rows]
        begins = facts.moments.since(visits.at[rows])
        same = np.append(owners[1:] == owners[:-1], False)[: len(rows)]
        following = np.append(begins[1:], 0)[: len(rows)]
        if last:
            ends = np.where(same, following, facts.moments.count)
        else:
            first = np.append(False, same[:-1])[: len(rows)]
            ends = np.where(first, begins, facts.moments.count)
        there = np.flatnonzero(begins < ends)
        pieces = Pieces(rows[there], begins[there], ends[there])
        values = Coded(source.codes[pieces.rows], source.words)
        return _by_word(test, owners[there], pieces, values, NONE, facts)

    return by_source


_BY_NAME: dict[str, Callable[[AttributeTest, Facts], Spans]] = {
    "number_of_orders": _sum_of_orders(lambda facts: np.ones(len(facts.buyers), np.int64)),
    "amount_spent": _sum_of_orders(_spent),
    "gross_spent": _sum_of_orders(_paid),
    "product_revenue": _sum_of_orders(
        lambda facts: facts.columns.lines.revenue[facts.counting.rows]
    ),
    "average_order_value": _sum_of_orders(_spent, average=True),
    "discounted_order_share": _sum_of_orders(
        lambda facts: facts.columns.orders.discounted[facts.counting.rows].astype(np.int64),
        average=True,
    ),
    "refunded_amount": _refunded,
    "first_order_date": _first_order,
    "last_order_date": _last_order,
    "last_active_date": _last_active,
    "days_since_last_order": _days_since_order,
    "first_source": _source(last=False),
    "last_source": _source(last=True),
    "email_subscription_status": _consent("EMAIL"),
    "email_subscription_date": _subscribed_since("EMAIL"),
    "email_reachable": _reachable("EMAIL"),
    "sms_subscription_status": _consent("SMS"),
    "sms_subscription_date": _subscribed_since("SMS"),
    "sms_reachable": _reachable("SMS"),
}
"""Attributes with moments. Others are asked at each moment."""
