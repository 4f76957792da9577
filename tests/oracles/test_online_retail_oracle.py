"""The sample store through the product against the independent script beside this file.

Every segment is compared member by member, and the exact values behind the segments are
pinned customer by customer, at three moments: the end of the data, a quiet day in between
and the middle of a busy day, when values have moved on from what midnight measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import pytest

import segmentry as sg
from segmentry.ingest.connectors import online_retail
from tests.oracles import online_retail as oracle

MOMENTS = [
    pytest.param(oracle.END_OF_DATA, id="end-of-data"),
    pytest.param(datetime(2011, 1, 15, 12, tzinfo=UTC), id="mid-history"),
    pytest.param(datetime(2011, 11, 17, 12, tzinfo=UTC), id="busy-noon"),
]
GROUPS = {name for row in oracle.GROUPS.values() for name in row} | {"PROSPECTS"}
STAGES = (
    "NONE",
    "POTENTIAL_BUYER",
    "FIRST_TIME_BUYER",
    "ACTIVE_REPEAT",
    "AT_RISK_REPEAT",
    "INACTIVE_REPEAT",
)
MONEY = ("amount_spent", "gross_spent", "average_order_value")
VALUES = (
    *MONEY,
    "number_of_orders",
    "first_order_date",
    "last_order_date",
    "days_since_last_order",
    "average_days_between_orders",
    "order_gap_ratio",
    "own_gap_ratio",
    "lifecycle_stage",
    "rfm_recency",
    "rfm_frequency",
    "rfm_monetary",
    "rfm_group",
)
VALUES_IN_ONE_QUERY = 1000
TEN_THOUSANDTH = Decimal("0.0001")

Expected = Iterator[tuple[str, set[int]]]


@cache
def raw_store() -> oracle.Store:
    """The shipped raw lines as the script understands them."""
    shipped = files("segmentry.ingest.connectors.online_retail") / "online_retail_ii.parquet"
    with as_file(shipped) as path:
        return oracle.read_store(path)


@cache
def expected_at(as_of: datetime) -> oracle.Answer:
    return oracle.answer(raw_store(), as_of)


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample loaded into the product: what the connector made, and the workspace."""

    mapped: online_retail.Mapped
    workspace: sg.Workspace


@pytest.fixture(scope="module")
def sample() -> Sample:
    mapped = online_retail.map_lines(online_retail.read())
    workspace = sg.Workspace.create(None, timezone="Europe/London", currency="GBP")
    workspace.load(mapped.tables, source="online_retail")
    return Sample(mapped, workspace)


def members(workspace: sg.Workspace, query: str, as_of: datetime) -> set[int]:
    """Customer numbers of the members; the count must agree with them."""
    result = workspace.query(query, as_of=as_of)
    ids = result.members().column("customer_id").to_pylist()
    assert len(ids) == len(set(ids)) == result.count
    return {int(written.rpartition(":")[2]) for written in ids}


def disagreements(sample: Sample, as_of: datetime, expected: Expected) -> list[str]:
    """One line a query whose members differ, with a few of the customers."""
    found = []
    for query, wanted in expected:
        got = members(sample.workspace, query, as_of)
        if got != wanted:
            found.append(
                f"{query[:120]}: {len(got)} members, not {len(wanted)};"
                f" too many {sorted(got - wanted)[:5]}, missing {sorted(wanted - got)[:5]}"
            )
    return found


def who(given: oracle.Answer, rule: Callable[[oracle.Profile], bool]) -> set[int]:
    return {p.customer for p in given.profiles if rule(p)}


def having(given: oracle.Answer, name: str, values: Collection[object]) -> set[int]:
    """Customers whose value is one of these."""
    return who(given, lambda p: getattr(p, name) in values)


def each(given: oracle.Answer, name: str, values: Collection[str]) -> Expected:
    """One query a text value of an attribute."""
    for value in values:
        yield f"{name} = '{value}'", having(given, name, {value})


def pinned(given: oracle.Answer, name: str) -> Expected:
    """Queries that only one assignment of values to customers can satisfy.

    The distinct values are numbered from 1 and asked for by the binary digits of their
    numbers, so two values never belong to the same queries.
    """
    distinct = sorted({getattr(p, name) for p in given.profiles} - {None})
    for digit in range(len(distinct).bit_length()):
        chosen = [v for number, v in enumerate(distinct, start=1) if number >> digit & 1]
        for start in range(0, len(chosen), VALUES_IN_ONE_QUERY):
            some = set(chosen[start : start + VALUES_IN_ONE_QUERY])
            listed = ", ".join(str(oracle.text(v)) for v in sorted(some))
            yield f"{name} IN ({listed})", having(given, name, some)


def thresholds(given: oracle.Answer, name: str, limits: list[Decimal]) -> Expected:
    """At each limit: at least, and strictly more. No value means neither."""
    values = {p.customer: getattr(p, name) for p in given.profiles}
    known = {customer: v for customer, v in values.items() if v is not None}
    for limit in limits:
        exact = Fraction(limit)
        yield f"{name} >= {limit}", {c for c, v in known.items() if v >= exact}
        yield f"{name} > {limit}", {c for c, v in known.items() if v > exact}
    yield f"{name} IS NULL", values.keys() - known.keys()


def limits_of(given: oracle.Answer, name: str) -> list[Decimal]:
    """A dozen or so of the values that occur, cut to what a query can write."""
    distinct = sorted({getattr(p, name) for p in given.profiles} - {None})
    some = distinct[:: max(1, len(distinct) // 12)]
    return [
        (Decimal(v.numerator) / v.denominator).quantize(TEN_THOUSANDTH, ROUND_FLOOR) for v in some
    ]


def month_starts(given: oracle.Answer, name: str) -> Expected:
    """Before and from each first of a month of the data."""
    days = {p.customer: getattr(p, name) for p in given.profiles if getattr(p, name)}
    for month in range(12 * 2009 + 11, 12 * 2011 + 12):
        first = date(month // 12, month % 12 + 1, 1)
        yield f"{name} >= {first}", {c for c, day in days.items() if day >= first}
        yield f"{name} < {first}", {c for c, day in days.items() if day < first}


def as_the_script_says(name: str, value: Any) -> Any:
    """A value of the product in the script's terms: money in pounds, moments as London days."""
    if isinstance(value, datetime):
        return value.astimezone(oracle.LONDON).date()
    if value is None or name not in MONEY:
        return value
    return Decimal(value) / 10_000 if isinstance(value, int) else value / 10_000


at_every_moment = pytest.mark.parametrize("as_of", MOMENTS)


@at_every_moment
def test_segments_have_the_members_of_the_script(sample: Sample, as_of: datetime) -> None:
    """The ready-made segments hold exactly the customers that the raw lines say."""
    wanted = oracle.segments(expected_at(as_of))
    assert not disagreements(sample, as_of, iter(wanted.items()))


@at_every_moment
def test_everybody_seen_so_far_is_a_customer(sample: Sample, as_of: datetime) -> None:
    """A customer exists from the first line that names them, an adjustment included."""
    everybody = who(expected_at(as_of), lambda _: True)
    assert members(sample.workspace, "number_of_orders >= 0", as_of) == everybody


@at_every_moment
def test_rfm_groups_and_scores(sample: Sample, as_of: datetime) -> None:
    """Groups and scores use midnight's population and the customer's present values."""
    given = expected_at(as_of)
    assert not disagreements(sample, as_of, each(given, "rfm_group", sorted(GROUPS)))
    for name in ("rfm_recency", "rfm_frequency", "rfm_monetary"):
        assert not disagreements(sample, as_of, pinned(given, name))


@at_every_moment
def test_lifecycle_stages(sample: Sample, as_of: datetime) -> None:
    """Stages are cut at one and three times the store's average gap."""
    stages = each(expected_at(as_of), "lifecycle_stage", STAGES)
    assert not disagreements(sample, as_of, stages)


@at_every_moment
@pytest.mark.parametrize("name", ["number_of_orders", "amount_spent"])
def test_queries_tell_every_value_apart(sample: Sample, as_of: datetime, name: str) -> None:
    """Each customer is found by exactly the script's value and by no other."""
    assert not disagreements(sample, as_of, pinned(expected_at(as_of), name))


@at_every_moment
@pytest.mark.parametrize("name", VALUES)
def test_values_of_every_customer(sample: Sample, as_of: datetime, name: str) -> None:
    """Each customer has exactly the script's value, so totals agree as well."""
    found = sample.workspace.values(name, as_of=as_of)
    got = {int(customer): as_the_script_says(name, value) for customer, value in found.items()}
    wanted = {p.customer: getattr(p, name) for p in expected_at(as_of).profiles}
    assert got.keys() == wanted.keys()
    assert not {c: (got[c], v) for c, v in wanted.items() if got[c] != v}


@at_every_moment
def test_totals(sample: Sample, as_of: datetime) -> None:
    """The store's money and orders add up to what the script reports."""
    given = expected_at(as_of)
    for name in ("number_of_orders", "amount_spent", "gross_spent"):
        found = sample.workspace.values(name, as_of=as_of)
        total = sum(as_the_script_says(name, value) for value in found.values())
        assert total == sum(getattr(p, name) for p in given.profiles)


@at_every_moment
@pytest.mark.parametrize(
    "name",
    ["average_order_value", "average_days_between_orders", "order_gap_ratio", "own_gap_ratio"],
)
def test_fractions_are_compared_exactly(sample: Sample, as_of: datetime, name: str) -> None:
    """Averages and ratios fall on the right side of limits that they touch."""
    given = expected_at(as_of)
    assert not disagreements(sample, as_of, thresholds(given, name, limits_of(given, name)))


@at_every_moment
@pytest.mark.parametrize("name", ["first_order_date", "last_order_date"])
def test_order_dates(sample: Sample, as_of: datetime, name: str) -> None:
    """First and last counting order fall into the right month of London's calendar."""
    assert not disagreements(sample, as_of, month_starts(expected_at(as_of), name))


def ten_thousandths(amount: Decimal) -> int:
    return int(amount * 10_000)


def bare(key: str) -> str:
    """A key without the source before it."""
    return key.rpartition(":")[2]


def test_connector_maps_the_same_orders(sample: Sample) -> None:
    """Same invoices, moments and money, and the same orders gone because all came back."""
    orders = raw_store().orders
    placed = sample.mapped.tables["orders"].to_pylist()

    assert {bare(o["order_id"]): (o["ordered_at"], o["paid"]) for o in placed} == {
        o.invoice: (o.at, ten_thousandths(o.total)) for o in orders
    }
    gone = {bare(o["order_id"]): o["refunded_at"] for o in placed if o["state"] == "REFUNDED"}
    assert gone == {o.invoice: o.all_returned_at for o in orders if o.all_returned_at}


def test_connector_sets_refunds_against_the_same_orders(sample: Sample) -> None:
    """Money given back lowers the script's orders, and what fits none lowers nobody."""
    store = raw_store()
    refunds = [r for r in sample.mapped.tables["refunds"].to_pylist() if r["customer_id"]]
    linked = Counter[tuple[str, datetime]]()
    for refund in refunds:
        if refund["order_id"]:
            linked[bare(refund["order_id"]), refund["refunded_at"]] += refund["amount"]
    wanted = Counter[tuple[str, datetime]]()
    for order in store.orders:
        for back in order.returns:
            wanted[order.invoice, back.at] += ten_thousandths(back.amount)
    unlinked = sum(ten_thousandths(n * line.price) for line, n in store.unlinked if line.customer)

    keys = linked.keys() | wanted.keys()
    assert not {k: (linked[k], wanted[k]) for k in keys if linked[k] != wanted[k]}
    assert sum(r["amount"] for r in refunds if not r["order_id"]) == unlinked
