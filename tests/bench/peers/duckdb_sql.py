"""Descriptions as SQL over `store.sql`: one query a segment, as a person would write it.

Windows, products, tags and countries are subqueries; totals of a customer are worked out
once a query, where it asks for them. Every date is a literal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import assert_never

from tests.bench.asking.descriptions import (
    Against,
    All,
    AnyOf,
    Dated,
    DatedBetween,
    Described,
    Filter,
    InSegment,
    Listed,
    Missing,
    Not,
    Number,
    Ranked,
    Records,
    Total,
    Window,
    Word,
)
from tests.bench.workload.store import AS_OF

from .duckdb_store import literal, start_of, today

_PARTS = {
    "totals": """totals AS (
    SELECT customer, count(*) AS orders, coalesce(sum(net), 0) AS spent,
           coalesce(sum(paid), 0) AS gross, count(*) FILTER (WHERE discounted) AS discounted,
           min(ordered_at) AS first_order, max(ordered_at) AS last_order, max(day) AS last_day
    FROM orders GROUP BY customer)""",
    "buyers": """buyers AS (
    SELECT customer, count(*) AS orders, coalesce(sum(net), 0) AS spent, max(day) AS last_day,
           min(day) AS first_day
    FROM orders_then JOIN customers USING (customer) WHERE NOT internal GROUP BY customer)""",
    "gap": """gap AS (
    SELECT sum(last_day - first_day) AS days, sum(gaps) AS number FROM (
        SELECT max(day) AS last_day, min(day) AS first_day, count(DISTINCT day) - 1 AS gaps
        FROM orders_then JOIN customers USING (customer) WHERE NOT internal GROUP BY customer))""",
    "active": "active AS (SELECT customer, max(moment) AS moment FROM activity GROUP BY customer)",
    "scores": """population AS (SELECT count(*) AS n FROM buyers),
recencies AS (
    SELECT v, sum(c) OVER (ORDER BY v) - c AS below, c
    FROM (SELECT last_day AS v, count(*) AS c FROM buyers GROUP BY v)),
frequencies AS (
    SELECT v, sum(c) OVER (ORDER BY v) - c AS below, c
    FROM (SELECT orders AS v, count(*) AS c FROM buyers GROUP BY v)),
monetary AS (
    SELECT v, sum(c) OVER (ORDER BY v) - c AS below, c
    FROM (SELECT spent AS v, count(*) AS c FROM buyers GROUP BY v)),
worse AS (
    SELECT customer,
        coalesce(CASE WHEN r.v = last_day THEN r.below ELSE r.below + r.c END, 0) AS wr,
        coalesce(CASE WHEN f.v = orders THEN f.below ELSE f.below + f.c END, 0) AS wf,
        coalesce(CASE WHEN m.v = spent THEN m.below ELSE m.below + m.c END, 0) AS wm
    FROM totals
    ASOF LEFT JOIN recencies r ON totals.last_day >= r.v
    ASOF LEFT JOIN frequencies f ON totals.orders >= f.v
    ASOF LEFT JOIN monetary m ON totals.spent >= m.v),
scores AS (
    SELECT customer, least(5, 1 + 5 * wr // n) AS r,
        (least(5, 1 + 5 * wf // n) + least(5, 1 + 5 * wm // n) + 1) // 2 AS fm
    FROM worse, population)""",
}
"""The common table expressions a query may need, those that others build on first."""

_BUILT_ON = {"scores": ("totals", "buyers")}

_NUMBERS = {
    "number_of_orders": ("coalesce(t.orders, 0)", "1"),
    "amount_spent": ("coalesce(t.spent, 0)", "1"),
    "gross_spent": ("coalesce(t.gross, 0)", "1"),
    "average_order_value": ("t.spent", "t.orders"),
    "discounted_order_share": ("t.discounted", "t.orders"),
    "customer_income": ("c.income", "1"),
    "rfm_recency": ("s.r", "1"),
}
"""Each number as a ratio, so that all are compared without dividing."""

_STATISTICS = {
    "number_of_orders": "orders",
    "amount_spent": "spent",
    "average_order_value": "spent / orders",
}
_WORDS = {
    "email_subscription_status": "c.email_status",
    "sms_subscription_status": "c.sms_status",
    "customer_language": "c.language",
    "customer_account_status": "c.account_status",
    "customer_gender": "c.gender",
}
_DATES = {
    "first_order_date": "t.first_order",
    "last_order_date": "t.last_order",
    "customer_added_date": "c.created_at",
    "email_subscription_date": "c.email_since",
    "last_active_date": "greatest(a.moment, t.last_order)",
}
_LISTS = {
    "customer_tags": ("customer_tags", "tag"),
    "customer_countries": ("addresses", "country"),
    "customer_interests": ("interests", "interest"),
    "companies": ("companies", "company_id"),
}
_FIELDS = {
    "orders_placed": ("orders", "ordered_at", "net"),
    "products_purchased": ("purchases", "ordered_at", "amount"),
    "refunds": ("refunds", "refunded_at", "amount"),
}
"""A function's table, its date and its money."""

_STAGE = """CASE
    WHEN t.orders IS NULL THEN CASE WHEN c.email_status = 'SUBSCRIBED'
        OR c.sms_status = 'SUBSCRIBED'
        OR c.customer IN (SELECT customer FROM checkouts WHERE moment <= $quiet)
        THEN 'POTENTIAL_BUYER' ELSE 'NONE' END
    WHEN t.orders = 1 THEN 'FIRST_TIME_BUYER'
    WHEN ($days) * g.number < g.days THEN 'ACTIVE_REPEAT'
    WHEN ($days) * g.number < 3 * g.days THEN 'AT_RISK_REPEAT'
    ELSE 'INACTIVE_REPEAT' END"""
_GROUP = """CASE
    WHEN t.orders IS NULL THEN 'PROSPECTS'
    WHEN s.r <= 2 THEN CASE WHEN s.fm = 5 THEN 'PREVIOUSLY_LOYAL'
        WHEN s.fm >= 3 THEN 'AT_RISK' ELSE 'DORMANT' END
    WHEN s.fm >= 4 THEN CASE WHEN s.r = 5 THEN 'CHAMPIONS' ELSE 'LOYAL' END
    WHEN s.r = 3 THEN CASE WHEN s.fm = 3 THEN 'NEEDS_ATTENTION' ELSE 'ALMOST_LOST' END
    WHEN s.fm >= 2 THEN 'ACTIVE'
    WHEN s.r = 5 THEN 'NEW' ELSE 'PROMISING' END"""


def sql_of(described: Described, segments: Sequence[Described], columns: str = "c.customer") -> str:
    """The query of a segment, which may refer to others."""
    query = _Query(segments)
    condition = query.condition(described)
    return f"{query.beginning(columns)}\nWHERE {condition}"


@dataclass(slots=True)
class _Query:
    """One query as it is written: which totals its conditions have needed so far."""

    segments: Sequence[Described]
    needs: set[str] = field(default_factory=set)

    def beginning(self, columns: str) -> str:
        """All that stands before WHERE."""
        needed = self.needs | {other for need in self.needs for other in _BUILT_ON.get(need, ())}
        parts = ",\n".join(text for name, text in _PARTS.items() if name in needed)
        joins = {
            "totals": "LEFT JOIN totals t USING (customer)",
            "scores": "LEFT JOIN scores s USING (customer)",
            "active": "LEFT JOIN active a USING (customer)",
            "gap": "CROSS JOIN gap g",
        }
        joined = " ".join(text for name, text in joins.items() if name in self.needs)
        return f"{'WITH ' + parts if parts else ''}\nSELECT {columns} FROM customers c {joined}"

    def condition(self, described: Described) -> str:
        """What must hold of customer c; never NULL, so that NOT is the complement."""
        match described:
            case Not(part):
                return f"NOT {self.condition(part)}"
            case All(parts):
                return f"({' AND '.join(map(self.condition, parts))})"
            case AnyOf(parts):
                return f"({' OR '.join(map(self.condition, parts))})"
            case InSegment(number):
                return f"c.customer IN ({sql_of(self.segments[number], self.segments)})"
            case Records():
                return _records(described)
            case Listed(name, words):
                table, column = _LISTS[name]
                among = f"SELECT customer FROM {table} WHERE {column} IN {_listed(words)}"
                return f"c.customer IN ({among})"
            case Missing(name):
                return f"c.customer NOT IN (SELECT customer FROM {_LISTS[name][0]})"
            case Word(name, words):
                return f"coalesce({self.word(name)} IN {_listed(words)}, false)"
            case Dated(name, comparison, days):
                return f"coalesce({self.date(name)} {comparison} {_begin(days)}, false)"
            case DatedBetween(name, first, last):
                at = self.date(name)
                return f"coalesce({at} >= {_begin(first)} AND {at} < {_begin(last - 1)}, false)"
            case Number(name, comparison, value):
                top, bottom = self.number(name)
                ratio = Fraction(value)
                sides = f"{top} * {ratio.denominator} {comparison} {bottom} * {ratio.numerator}"
                return f"coalesce({sides}, false)"
            case Ranked():
                return self.ranked(described)
            case Against():
                return self.against(described)
        assert_never(described)

    def date(self, name: str) -> str:
        self.needs |= {"totals"} if name != "last_active_date" else {"totals", "active"}
        return _DATES[name]

    def word(self, name: str) -> str:
        if name == "lifecycle_stage":
            self.needs |= {"totals", "gap"}
            quiet = literal(AS_OF - timedelta(minutes=60))
            return _STAGE.replace("$quiet", quiet).replace("$days", _days_since())
        if name == "rfm_group":
            self.needs |= {"totals", "scores"}
            return _GROUP
        return _WORDS[name]

    def number(self, name: str) -> tuple[str, str]:
        """A number as top and bottom of a ratio."""
        if name == "customer_age":
            return _age(today()), "1"
        self.needs |= {"totals"}
        if name == "order_gap_ratio":
            self.needs |= {"gap"}
            return f"{_days_since()} * g.number", "g.days"
        if name == "days_since_last_order":
            return _days_since(), "1"
        if name.startswith("rfm_"):
            self.needs |= {"scores"}
        return _NUMBERS[name]

    def ranked(self, ranked: Ranked) -> str:
        self.needs |= {"totals", "buyers"}
        top, bottom = _NUMBERS[ranked.name]
        value = _STATISTICS[ranked.name]
        count = f"least(count(*), {ranked.amount})"
        if ranked.percent:
            count = f"greatest(1, (count(*) * {ranked.amount} + 99) // 100)"
        way, last, comparison = (
            ("DESC", "min", ">=") if ranked.end == "TOP" else ("ASC", "max", "<=")
        )
        places = f"SELECT {value} AS v FROM buyers ORDER BY v {way}"
        threshold = f"SELECT {last}(v) FROM ({places} LIMIT (SELECT {count} FROM buyers))"
        own = f"{top} / {bottom}" if bottom != "1" else top
        within = f"coalesce({own} {comparison} ({threshold}), false)"
        return f"(NOT c.internal AND t.orders IS NOT NULL AND {within})"

    def against(self, against: Against) -> str:
        self.needs |= {"totals", "buyers"}
        top, bottom = _NUMBERS[against.name]
        value = _STATISTICS[against.name]
        factor = against.factor
        statistic = "median" if against.statistic == "STORE_MEDIAN" else "avg"
        store = f"(SELECT {statistic}({value}) FROM buyers) * {factor.numerator}"
        own = f"{top} * {factor.denominator}" + (f" / {bottom}" if bottom != "1" else "")
        return f"coalesce({own} {against.comparison} {store}, false)"


# -- records ----------------------------------------------------------------------------


def _records(records: Records) -> str:
    table, dated, money = _FIELDS[records.function]
    limits = [*_within(dated, records.window), *(_filter(each, money) for each in records.filters)]
    where = f" WHERE {' AND '.join(limits)}" if limits else ""
    rows = f"SELECT customer FROM {table}{where}"
    if records.total is None:
        return f"c.customer IN ({rows})"
    having = _total(records.total, records.function, money)
    if records.total.fits_none:
        return f"c.customer NOT IN ({rows} GROUP BY customer HAVING NOT ({having}))"
    return f"c.customer IN ({rows} GROUP BY customer HAVING {having})"


def _within(dated: str, window: Window | None) -> list[str]:
    if window is None:
        return []
    if window.hours is not None:
        return [f"{dated} >= {literal(AS_OF - timedelta(hours=window.hours))}"]
    end = [] if window.last is None else [f"{dated} < {_begin(window.last - 1)}"]
    return [f"{dated} >= {_begin(window.first)}", *end]


def _filter(each: Filter, money: str) -> str:
    if each.name == "tag":
        return f"product IN (SELECT product FROM product_tags WHERE tag IN {_listed(each.values)})"
    if each.name in ("category", "vendor"):
        among = f"SELECT product FROM products WHERE {each.name} IN {_listed(each.values)}"
        return f"product IN ({among})"
    if each.name == "discount_code":
        return f"number IN (SELECT number FROM order_codes WHERE code IN {_listed(each.values)})"
    name = {"amount": money, "id": "product"}.get(each.name, each.name)
    if len(each.values) > 1:
        return f"{name} IN {_listed(each.values)}"
    return f"{name} {each.comparison} {_value(each.values[0])}"


def _total(total: Total, function: str, money: str) -> str:
    compared = f"{total.comparison} {total.value}"
    match total.name:
        case "count":
            distinct = function == "products_purchased"
            return f"count({'DISTINCT number' if distinct else '*'}) {compared}"
        case "sum_quantity":
            return f"sum(quantity) {compared}"
        case "sum_amount":
            return f"coalesce(sum({money}), 0) {compared}"
    return f"sum({money}) {total.comparison} {total.value} * count({money})"


# -- values -----------------------------------------------------------------------------


def _begin(days: int) -> str:
    """The moment at which the day so many days ago began."""
    return literal(start_of(today() - timedelta(days=days)))


def _days_since() -> str:
    return f"(DATE '{today()}' - t.last_day)"


def _age(day: date) -> str:
    birthday = "month(c.birth_date) * 100 + day(c.birth_date)"
    turned = f"CASE WHEN {birthday} <= {day.month * 100 + day.day} THEN 0 ELSE 1 END"
    return f"({day.year} - year(c.birth_date) - {turned})"


def _value(value: str | int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


def _listed(values: Sequence[str | int]) -> str:
    return f"({', '.join(map(_value, values))})"
