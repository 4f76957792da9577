"""What the sample store's segments must contain, worked out a second time by other means.

Comes in: one Parquet file with the raw lines of Online Retail II (both yearly sheets) and
a moment. Goes out: JSON with totals and the size of every segment, and on request one JSON
line a customer. Nothing of the product is imported: whoever doubts a number of the product
compares it with this file, which is meant to be read from top to bottom, not to be fast.

    python tests/oracles/online_retail.py online_retail_ii.parquet --as-of 2011-01-15T12:00:00Z
"""

from __future__ import annotations

import argparse
import json
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

Value = TypeVar("Value", date, int, Decimal)

LONDON = ZoneInfo("Europe/London")
END_OF_DATA = datetime(2011, 12, 9, 23, 59, 59, tzinfo=LONDON)
COLUMNS = ["sheet", "Invoice", "StockCode", "Quantity", "InvoiceDate", "Price", "Customer ID"]

ADJUSTMENT_CODES = {"B", "S", "CRUK", "AMAZONFEE", "BANK CHARGES"}
ADJUSTMENT_STARTS = ("ADJUST", "TEST")

FEWEST_BUYERS_FOR_SCORES = 50
FEWEST_REPEAT_BUYERS_FOR_GAP = 100
GAP_OF_A_SMALL_STORE = Fraction(60)

# Rows: recency score; columns: the mean of frequency and monetary score, 1 to 5.
GROUPS = {
    5: ("NEW", "ACTIVE", "ACTIVE", "CHAMPIONS", "CHAMPIONS"),
    4: ("PROMISING", "ACTIVE", "ACTIVE", "LOYAL", "LOYAL"),
    3: ("ALMOST_LOST", "ALMOST_LOST", "NEEDS_ATTENTION", "LOYAL", "LOYAL"),
    2: ("DORMANT", "DORMANT", "AT_RISK", "AT_RISK", "PREVIOUSLY_LOYAL"),
    1: ("DORMANT", "DORMANT", "AT_RISK", "AT_RISK", "PREVIOUSLY_LOYAL"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice, as the file has it; `at` has no zone yet."""

    invoice: str
    code: str
    quantity: int
    at: datetime
    price: Decimal
    customer: int | None

    @property
    def is_refund(self) -> bool:
        return self.invoice.startswith("C")


def read_lines(path: Path) -> list[Line]:
    """All lines in file order. An invoice that is on both sheets is taken from the first."""
    lines: list[Line] = []
    sheet_of: dict[str, int] = {}
    for batch in pq.ParquetFile(path).iter_batches(columns=COLUMNS):
        columns = [batch.column(name).to_pylist() for name in COLUMNS]
        for sheet, invoice, code, quantity, at, price, customer in zip(*columns, strict=True):
            if sheet_of.setdefault(invoice, sheet) == sheet:
                code = code.strip().upper()
                lines.append(Line(invoice, code, quantity, at, price, customer))
    return lines


def is_adjustment(line: Line) -> bool:
    """Bookkeeping rather than trade: fees, bad debt, samples, stock corrections, tests."""
    return (
        line.price < 0
        or line.code in ADJUSTMENT_CODES
        or line.code.startswith(ADJUSTMENT_STARTS)
        or (line.quantity > 0) == line.is_refund
    )


def in_utc(local: datetime) -> datetime:
    return local.replace(tzinfo=LONDON).astimezone(UTC)


@dataclass(slots=True)
class OrderLine:
    """Units of one product at one price; `left` of them are still with the customer."""

    order: Order
    number: int
    code: str
    price: Decimal
    units: int
    left: int


@dataclass(frozen=True, slots=True)
class Return:
    """Some units that came back, and the money given for them."""

    at: datetime
    units: int
    amount: Decimal


@dataclass(slots=True)
class Order:
    """An invoice, with every return that the whole file holds for it."""

    invoice: str
    customer: int | None
    at: datetime
    lines: list[OrderLine] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((line.units * line.price for line in self.lines), Decimal(0))

    @property
    def all_returned_at(self) -> datetime | None:
        """The moment the last unit came back, or nothing while one is still out."""
        if any(line.left for line in self.lines):
            return None
        return max(back.at for back in self.returns)


def orders_of(lines: Iterable[Line]) -> list[Order]:
    """Every invoice that is not a refund, dated by its earliest line."""
    of_invoice: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if not line.is_refund:
            of_invoice[line.invoice].append(line)
    orders = []
    for invoice, its_lines in of_invoice.items():
        first = min(line.at for line in its_lines)
        order = Order(invoice, its_lines[0].customer, in_utc(first))
        for number, bought in enumerate(its_lines, start=1):
            units = bought.quantity
            order.lines.append(OrderLine(order, number, bought.code, bought.price, units, units))
        orders.append(order)
    return orders


def link_refunds(lines: Iterable[Line], orders: list[Order]) -> Iterator[tuple[Line, int]]:
    """Set every refund line against what the customer bought before.

    Writes to the orders; yields each refund line with the units that fitted nothing.
    """
    bought: dict[tuple[int, str], list[OrderLine]] = defaultdict(list)
    for order in orders:
        if order.customer is not None:
            for line in order.lines:
                bought[order.customer, line.code].append(line)
    for candidates in bought.values():
        candidates.sort(key=lambda c: (c.order.at, int(c.order.invoice), c.number), reverse=True)
    refunds = [line for line in lines if line.is_refund]
    # The sort is stable: within an invoice the file's order stays.
    for refund in sorted(refunds, key=lambda line: (line.at, line.invoice)):
        candidates = []
        if refund.customer is not None:
            candidates = bought.get((refund.customer, refund.code), [])
        yield refund, take_back(refund, candidates)


def take_back(refund: Line, candidates: list[OrderLine]) -> int:
    """Use up units of the candidates, latest first; return how many were not found."""
    at = in_utc(refund.at)
    wanted = -refund.quantity
    same_price = [line for line in candidates if line.price == refund.price]
    for line in same_price + candidates:
        units = min(wanted, line.left)
        if units and line.order.at < at:
            line.left -= units
            wanted -= units
            line.order.returns.append(Return(at, units, units * refund.price))
    return wanted


@dataclass(frozen=True, slots=True)
class Store:
    """Everything the file says, whenever it happened."""

    first_seen: dict[int, datetime]
    orders: list[Order]
    unlinked: list[tuple[Line, int]]
    lines_read: int


def read_store(path: Path) -> Store:
    """Read the file once; every moment can then be asked about."""
    lines = read_lines(path)
    first_seen: dict[int, datetime] = {}
    for line in lines:
        if line.customer is not None:
            first_seen[line.customer] = min(line.at, first_seen.get(line.customer, line.at))
    kept = [line for line in lines if not is_adjustment(line)]
    orders = orders_of(kept)
    unlinked = [(line, units) for line, units in link_refunds(kept, orders) if units]
    seen_in_utc = {customer: in_utc(at) for customer, at in first_seen.items()}
    return Store(seen_in_utc, orders, unlinked, len(lines))


@dataclass(slots=True)
class Purchases:
    """The counting orders of one customer at a moment."""

    days: list[date] = field(default_factory=list)
    spent: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)

    @property
    def count(self) -> int:
        return len(self.days)

    @property
    def gaps(self) -> list[int]:
        """Days between one order and the next, orders of one day being one visit."""
        visits = sorted(set(self.days))
        return [(after - before).days for before, after in pairwise(visits)]


Happened = Callable[[datetime], bool]


def purchases(store: Store, happened: Happened) -> dict[int, Purchases]:
    """By customer, the orders that count when exactly the facts that `happened` exist."""
    found = {customer: Purchases() for customer, at in store.first_seen.items() if happened(at)}
    for order in store.orders:
        if order.customer is None or not happened(order.at):
            continue
        gone = order.all_returned_at
        if gone is not None and happened(gone):
            continue
        back = sum((r.amount for r in order.returns if happened(r.at)), Decimal(0))
        mine = found[order.customer]
        mine.days.append(order.at.astimezone(LONDON).date())
        mine.gross += order.total
        mine.spent += max(Decimal(0), order.total - back)
    return found


@dataclass(frozen=True, slots=True)
class Measures:
    """Average gap, the line of the top tenth, and the buyers' values, each list worst first."""

    average_gap: Fraction
    top_tenth: Decimal | None
    last_days: list[date]
    counts: list[int]
    amounts: list[Decimal]


def measure(before_midnight: dict[int, Purchases]) -> Measures:
    buyers = [p for p in before_midnight.values() if p.count]
    return Measures(
        average_gap(buyers),
        threshold_of_top_tenth([p.spent for p in buyers]),
        sorted(max(p.days) for p in buyers),
        sorted(p.count for p in buyers),
        sorted(p.spent for p in buyers),
    )


def average_gap(buyers: list[Purchases]) -> Fraction:
    if sum(p.count >= 2 for p in buyers) < FEWEST_REPEAT_BUYERS_FOR_GAP:
        return GAP_OF_A_SMALL_STORE
    gaps = [gap for p in buyers for gap in p.gaps]
    return Fraction(sum(gaps), len(gaps))


def threshold_of_top_tenth(amounts: list[Decimal]) -> Decimal | None:
    """The k-th largest amount, k being a tenth of the buyers, rounded up, at least one."""
    if not amounts:
        return None
    k = max(1, -(-len(amounts) // 10))
    return sorted(amounts, reverse=True)[k - 1]


def score(mine: Value, everybody: list[Value]) -> int:
    """1 to 5, by how many of the store's buyers do worse; equals are not worse.

    Who beats the whole of midnight's population is still a 5.
    """
    worse = bisect_left(everybody, mine)
    return min(5, 1 + 5 * worse // len(everybody))


@dataclass(frozen=True, slots=True)
class Profile:
    """All the values that the sample store's segments ask about."""

    customer: int
    number_of_orders: int
    amount_spent: Decimal
    gross_spent: Decimal
    first_order_date: date | None
    last_order_date: date | None
    average_order_value: Fraction | None
    days_since_last_order: int | None
    average_days_between_orders: Fraction | None
    order_gap_ratio: Fraction | None
    own_gap_ratio: Fraction | None
    orders_in_90_days: int
    lifecycle_stage: str
    rfm_recency: int | None
    rfm_frequency: int | None
    rfm_monetary: int | None
    rfm_group: str | None
    in_top_tenth: bool


def profile(customer: int, mine: Purchases, store: Measures, today: date) -> Profile:
    n = mine.count
    last = max(mine.days, default=None)
    since = (today - last).days if last else None
    own_gap = Fraction(sum(mine.gaps), len(mine.gaps)) if mine.gaps else None
    ratio = Fraction(since) / store.average_gap if since is not None else None
    r, f, m = scores(mine, store)
    return Profile(
        customer=customer,
        number_of_orders=n,
        amount_spent=mine.spent,
        gross_spent=mine.gross,
        first_order_date=min(mine.days, default=None),
        last_order_date=last,
        average_order_value=Fraction(mine.spent) / n if n else None,
        days_since_last_order=since,
        average_days_between_orders=own_gap,
        order_gap_ratio=ratio,
        own_gap_ratio=since / own_gap if since is not None and own_gap else None,
        orders_in_90_days=sum(day >= today - timedelta(days=90) for day in mine.days),
        lifecycle_stage=lifecycle_stage(n, ratio),
        rfm_recency=r,
        rfm_frequency=f,
        rfm_monetary=m,
        rfm_group=rfm_group(n, r, f, m),
        in_top_tenth=bool(n and store.top_tenth is not None and mine.spent >= store.top_tenth),
    )


def scores(mine: Purchases, store: Measures) -> tuple[int | None, int | None, int | None]:
    """Recency, frequency, monetary; nothing without orders or in a store with few buyers."""
    if not mine.count or len(store.counts) < FEWEST_BUYERS_FOR_SCORES:
        return None, None, None
    return (
        score(max(mine.days), store.last_days),
        score(mine.count, store.counts),
        score(mine.spent, store.amounts),
    )


def rfm_group(n: int, r: int | None, f: int | None, m: int | None) -> str | None:
    if n == 0:
        return "PROSPECTS"
    if r is None or f is None or m is None:
        return None
    middle = (f + m + 1) // 2
    return GROUPS[r][middle - 1]


def lifecycle_stage(n: int, ratio: Fraction | None) -> str:
    """The data has neither consents nor checkouts, so nobody is a potential buyer."""
    if n == 0 or ratio is None:
        return "NONE"
    if n == 1:
        return "FIRST_TIME_BUYER"
    if ratio < 1:
        return "ACTIVE_REPEAT"
    return "AT_RISK_REPEAT" if ratio < 3 else "INACTIVE_REPEAT"


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole store at one moment."""

    as_of: datetime
    today: date
    measures: Measures
    profiles: list[Profile]


def answer(store: Store, as_of: datetime) -> Answer:
    """Own values from all facts up to the moment, comparisons from facts before midnight."""
    today = as_of.astimezone(LONDON).date()
    midnight = in_utc(datetime(today.year, today.month, today.day))
    measures = measure(purchases(store, lambda at: at < midnight))
    now = purchases(store, lambda at: at <= as_of)
    profiles = [profile(customer, now[customer], measures, today) for customer in sorted(now)]
    return Answer(as_of, today, measures, profiles)


def segments(given: Answer) -> dict[str, set[int]]:
    """Members by segment; the name is the query in the segment language."""
    long_ago = given.today - timedelta(days=180)
    recently = given.today - timedelta(days=30)
    members: dict[str, set[int]] = defaultdict(set)
    for p in given.profiles:
        n, first, last = p.number_of_orders, p.first_order_date, p.last_order_date
        belongs = {
            "number_of_orders = 0": n == 0,
            "number_of_orders >= 1": n >= 1,
            "number_of_orders >= 2": n >= 2,
            "number_of_orders >= 3": n >= 3,
            "orders_placed MATCHES (date >= -90d, count > 3)": p.orders_in_90_days > 3,
            "number_of_orders >= 1 AND last_order_date < -180d": bool(last and last < long_ago),
            "number_of_orders = 1 AND first_order_date >= -30d": bool(
                n == 1 and first and first >= recently
            ),
            "amount_spent IN TOP 10%": p.in_top_tenth,
        }
        for query, yes in belongs.items():
            members[query] |= {p.customer} if yes else set()
    return dict(members)


def report(store: Store, given: Answer) -> dict[str, object]:
    """The answer as JSON-ready values; money as text, so that no digit is lost."""
    measures = given.measures
    profiles = given.profiles
    placed = [o for o in store.orders if o.at <= given.as_of]
    return {
        "as_of": given.as_of.astimezone(UTC).isoformat(),
        "lines_read": store.lines_read,
        "orders_placed": len(placed),
        "orders_placed_without_customer": sum(o.customer is None for o in placed),
        "customers": len(profiles),
        "counting_orders": sum(p.number_of_orders for p in profiles),
        "amount_spent": text(sum((p.amount_spent for p in profiles), Decimal(0))),
        "gross_spent": text(sum((p.gross_spent for p in profiles), Decimal(0))),
        "refund_lines_not_fully_linked": sum(
            line.customer is not None and in_utc(line.at) <= given.as_of
            for line, _ in store.unlinked
        ),
        "average_gap": text(measures.average_gap),
        "average_gap_rounded": round(float(measures.average_gap), 6),
        "top_tenth_threshold": text(measures.top_tenth),
        "rfm_group": dict(sorted(Counter(str(p.rfm_group) for p in profiles).items())),
        "lifecycle_stage": dict(sorted(Counter(p.lifecycle_stage for p in profiles).items())),
        "segments": {query: len(members) for query, members in segments(given).items()},
    }


def text(value: object) -> object:
    """Amounts with four decimals, fractions as p/q, days as in a query; the rest as it is."""
    if isinstance(value, Decimal):
        return f"{value:.4f}"
    return str(value) if isinstance(value, Fraction | date) else value


def moment(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=LONDON)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lines", type=Path, help="Parquet file with the raw lines")
    parser.add_argument("--as-of", type=moment, default=END_OF_DATA, help="a bare time is London's")
    parser.add_argument("--customers", type=Path, help="write one JSON line a customer here")
    arguments = parser.parse_args()
    store = read_store(arguments.lines)
    given = answer(store, arguments.as_of)
    json.dump(report(store, given), sys.stdout, indent=2)
    print()
    if arguments.customers:
        with arguments.customers.open("w") as file:
            for p in given.profiles:
                file.write(json.dumps({n: text(getattr(p, n)) for n in Profile.__slots__}) + "\n")


if __name__ == "__main__":
    main()
