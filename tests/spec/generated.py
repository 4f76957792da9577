"""Spec cases whose stores are too large to write by hand: scores, the adaptive gap, limits.

The stores are made by arithmetic simple enough to know every expected answer from the
rule alone; the expectations are written out beside it, not computed with the same code.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from .casefile import KNOWN_SINCE, Case, Check, Facts, Row, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TODAY = date(2026, 6, 15)
NOON = datetime(2026, 6, 15, 11, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)


def generated_cases() -> Iterator[Case]:
    """Every generated case, in a fixed order."""
    yield rfm_cells()
    yield rfm_too_few()
    yield rfm_frozen()
    yield rfm_ties()
    yield percentages()
    yield lifecycle_adaptive()
    yield lifecycle_fallback()
    yield limits()


def _names(prefix: str, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(f"{prefix}{number:03}" for number in numbers)


def _facts(customers: Iterable[str], orders: Iterable[tuple[str, int, str]]) -> Facts:
    """A store from (customer, days ago, paid); every order is placed at 10:00."""
    people: list[Row] = [{"customer_id": name, "created_at": KNOWN_SINCE} for name in customers]
    rows: list[Row] = [
        {"order_id": str(number), "customer_id": name, "ordered_at": _at(ago), "paid": paid}
        for number, (name, ago, paid) in enumerate(orders, start=1)
    ]
    return {"customers": people, "orders": rows}


def _at(days_ago: int) -> str:
    return f"{TODAY - timedelta(days=days_ago)}T10:00:00"


def _case(rule: str, name: str, facts: Facts, *checks: Check) -> Case:
    return Case("generated", rule, name, (Stage(facts, checks),))


# Fifty buyers in five blocks of ten. Buyer 10g + j + 1 (block g = 0..4, place j = 0..9)
# ordered last 10g + j + 1 days ago, so block g has R = 5 - g: with n = 50 and w buyers
# longer ago, 1 + floor(5w / 50) is 5 for w = 49..40, the ten of block 0, and so on.
ORDERS = (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)
"""Orders of the buyer at place j: ten buyers of each count, so F is the count."""
LEVEL = (1, 2, 2, 3, 3, 4, 4, 5, 5, 1)
"""Hundreds spent by the buyer at place j: ten of each, equal ones share the score, M."""
# FM = (F + M) / 2, halves up:  1  2  2  3  3  4  4  5  5  3


def _buyer_orders(number: int) -> Iterator[tuple[str, int, str]]:
    (name,) = _names("b", [number])
    place = (number - 1) % 10
    yield name, number, f"{100 * LEVEL[place]}.00"
    for extra in range(1, ORDERS[place]):
        yield name, number + 100 * extra, "0.00"


def _buyers(count: int) -> list[tuple[str, int, str]]:
    return [order for number in range(1, count + 1) for order in _buyer_orders(number)]


def _places(blocks: Iterable[int], places: Iterable[int]) -> tuple[str, ...]:
    chosen = tuple(places)
    return _names("b", (10 * block + place + 1 for block in blocks for place in chosen))


def rfm_cells() -> Case:
    """Every cell of R and FM is filled, so every group is."""
    everybody = (*_names("b", range(1, 51)), "never")
    groups = {
        "CHAMPIONS": _places([0], [5, 6, 7, 8]),
        "LOYAL": _places([1, 2], [5, 6, 7, 8]),
        "ACTIVE": _places([0, 1], [1, 2, 3, 4, 9]),
        "NEW": _places([0], [0]),
        "PROMISING": _places([1], [0]),
        "NEEDS_ATTENTION": _places([2], [3, 4, 9]),
        "ALMOST_LOST": _places([2], [0, 1, 2]),
        "PREVIOUSLY_LOYAL": _places([3, 4], [7, 8]),
        "AT_RISK": _places([3, 4], [3, 4, 5, 6, 9]),
        "DORMANT": _places([3, 4], [0, 1, 2]),
        "PROSPECTS": ("never",),
    }
    scores = [
        *((f"rfm_recency = {5 - block}", _places([block], range(10))) for block in range(5)),
        ("rfm_frequency = 1", _places(range(5), [0, 1])),
        ("rfm_frequency = 3", _places(range(5), [4, 5])),
        ("rfm_frequency = 5", _places(range(5), [8, 9])),
        ("rfm_monetary = 1", _places(range(5), [0, 9])),
        ("rfm_monetary = 4", _places(range(5), [5, 6])),
        ("rfm_monetary >= 5", _places(range(5), [7, 8])),
        ("rfm_recency IS NULL", ("never",)),
        ("rfm_group IS NULL", ()),
        ("rfm_recency >= 5 AND rfm_frequency = 5 AND rfm_monetary = 5", _places([0], [8])),
    ]
    return _case(
        "A-05",
        "Each of the 25 cells of recency and frequency-money is in one group",
        _facts(everybody, _buyers(50)),
        *(Check(f"rfm_group = '{name}'", NOON, who) for name, who in groups.items()),
        *(Check(query, NOON, who) for query, who in scores),
    )


def rfm_too_few() -> Case:
    """The fiftieth buyer's first order makes the scores, from the next midnight on."""
    buyers = _names("b", range(1, 50))
    everybody = (*buyers, "fifty", "never")
    return _case(
        "A-05-fifty",
        "With 49 buyers there are no scores, with the fiftieth there are from midnight on",
        _facts(everybody, [*_buyers(49), ("fifty", 0, "1.00")]),
        Check("rfm_group IS NULL", NOON, (*buyers, "fifty")),
        Check("rfm_recency IS NULL", NOON, everybody),
        Check("rfm_group = 'PROSPECTS'", NOON, ("never",)),
        Check("rfm_recency IS NULL", TOMORROW, ("never",)),
        # Tomorrow: one order, the least spent, the latest of all: R 5, F 1, M 1.
        Check("rfm_group = 'NEW' AND rfm_monetary = 1", TOMORROW, (*_places([0], [0]), "fifty")),
    )


def rfm_frozen() -> Case:
    """Orders of today are measured against the buyers of midnight and change nobody else."""
    everybody = (*_names("b", range(1, 51)), "new", "never")
    today = [("b050", 0, "1000.00"), ("new", 0, "150.00")]
    return _case(
        "A-06-rfm",
        "Scores are measured against midnight, with everybody's own present values",
        _facts(everybody, [*_buyers(50), *today]),
        # More recent than all 50 of midnight, and still no more than 5: new as well as b050,
        # who was at R 1. Nobody else's score moves.
        Check("rfm_recency = 5", NOON, (*_places([0], range(10)), "b050", "new")),
        Check("rfm_recency = 1", NOON, _places([4], range(9))),
        # new: one order, w = 0; 150 is above the ten of level 1: 1 + floor(5 * 10 / 50) = 2;
        # FM = 1.5, so 2: ACTIVE.
        Check("rfm_group = 'ACTIVE' AND number_of_orders = 1", NOON, ("b002", "b012", "new")),
        # b050 has 6 orders, more than the 50 of midnight, 1100 spent, more than all of them.
        Check(
            "rfm_frequency = 5 AND rfm_monetary = 5",
            NOON,
            (*_places(range(5), [8]), "b050"),
        ),
        Check("rfm_group = 'CHAMPIONS'", NOON, (*_places([0], [5, 6, 7, 8]), "b050")),
    )


def rfm_ties() -> Case:
    """Sixty equal buyers are all at the lowest score, and buyers who spent nothing are scored."""
    buyers = _names("b", range(1, 61))
    orders = [(name, 10, "0.00") for name in buyers]
    return _case(
        "A-05-ties",
        "Equal values get the same score, the lower one, also when nothing was spent",
        _facts((*buyers, "never"), orders),
        Check("rfm_recency = 1 AND rfm_frequency = 1 AND rfm_monetary = 1", NOON, buyers),
        Check("rfm_group = 'DORMANT'", NOON, buyers),
        Check("rfm_group = 'PROSPECTS'", NOON, ("never",)),
    )


def percentages() -> Case:
    """Buyer number i of 100 spent i, so the top p percent are the last p."""
    buyers = _names("b", range(1, 101))
    orders = [(name, 10, f"{number}.00") for number, name in enumerate(buyers, start=1)]
    # 7, 14, 28, 29, 55, 57 and 58 percent of 100 are no whole number in binary fractions.
    shares = (1, 7, 14, 28, 29, 55, 57, 58, 99)
    return _case(
        "A-01-exact",
        "A percentage of the population is exact",
        _facts((*buyers, "never"), orders),
        *(Check(f"amount_spent IN TOP {p}%", NOON, buyers[-p:]) for p in shares),
        *(Check(f"amount_spent IN BOTTOM {p}%", NOON, buyers[:p]) for p in shares),
        # ceil(0.1) = 1, ceil(2.5) = 3, ceil(7.01) = 8
        Check("amount_spent IN TOP 0.1%", NOON, buyers[-1:]),
        Check("amount_spent IN TOP 2.5%", NOON, buyers[-3:]),
        Check("amount_spent IN TOP 7.01%", NOON, buyers[-8:]),
        # 5050 / 100 = 50.5, and so is the median
        Check("amount_spent > STORE_AVERAGE", NOON, buyers[50:]),
        Check("amount_spent < STORE_MEDIAN", NOON, (*buyers[:50], "never")),
    )


def _repeat_buyer(name: str, last: int, gaps: Iterable[int]) -> Iterator[tuple[str, int, str]]:
    """Orders of somebody whose last one was `last` days ago, with `gaps` going back from it."""
    ago = last
    yield name, ago, "10.00"
    for gap in gaps:
        ago += gap
        yield name, ago, "10.00"


def _repeat_store(count: int) -> list[tuple[str, int, str]]:
    """Buyer i ordered last i days ago: 50 with a gap of 20 days, the others of 40,
    number 99 with 50 more gaps of 15."""
    orders: list[tuple[str, int, str]] = []
    for number, name in enumerate(_names("c", range(1, count + 1)), start=1):
        gaps = [20] if number <= 50 else [40] + ([15] * 50 if number == 99 else [])
        orders += _repeat_buyer(name, number, gaps)
    return orders


def lifecycle_adaptive() -> Case:
    """A is the mean over gaps, not over customers: (50*20 + 50*40 + 50*15) / 150 = 25."""
    everybody = (*_names("c", range(1, 101)), "same_day", "once", "none")
    # Two orders on one day are no gap, but two orders.
    extra = [("same_day", 25, "10.00"), ("same_day", 25, "10.00"), ("once", 90, "10.00")]
    return _case(
        "lifecycle-adaptive",
        "From 100 customers with two orders on the store's own average gap decides",
        _facts(everybody, [*_repeat_store(100), *extra]),
        Check("lifecycle_stage = 'ACTIVE_REPEAT'", NOON, _names("c", range(1, 25))),
        Check(
            "lifecycle_stage = 'AT_RISK_REPEAT'",
            NOON,
            (*_names("c", range(25, 75)), "same_day"),
        ),
        Check("lifecycle_stage = 'INACTIVE_REPEAT'", NOON, _names("c", range(75, 101))),
        Check("lifecycle_stage = 'FIRST_TIME_BUYER'", NOON, ("once",)),
        Check("lifecycle_stage = 'NONE'", NOON, ("none",)),
        Check("order_gap_ratio = 1", NOON, ("c025", "same_day")),
        Check("order_gap_ratio = 2", NOON, ("c050",)),
        # 90 / 25, for buyers of one order as well
        Check("order_gap_ratio = 3.6", NOON, ("c090", "once")),
        Check("number_of_orders >= 2 AND order_gap_ratio >= 3", NOON, _names("c", range(75, 101))),
    )


def lifecycle_fallback() -> Case:
    """The hundredth repeat customer appears today: 60 days hold until midnight."""
    everybody = (*_names("c", range(1, 101)), "none")
    orders = [*_repeat_store(99), ("c100", 40, "10.00"), ("c100", 0, "10.00")]
    # Tomorrow all are a day older and c100 brings its gap of 40: A = 25 as before.
    return _case(
        "lifecycle-fallback",
        "Below 100 customers with two orders at midnight the gap is 60 days",
        _facts(everybody, orders),
        Check(
            "lifecycle_stage = 'ACTIVE_REPEAT'",
            NOON,
            (*_names("c", range(1, 60)), "c100"),
        ),
        Check("lifecycle_stage = 'AT_RISK_REPEAT'", NOON, _names("c", range(60, 100))),
        Check("order_gap_ratio = 1", NOON, ("c060",)),
        Check(
            "lifecycle_stage = 'ACTIVE_REPEAT'",
            TOMORROW,
            (*_names("c", range(1, 24)), "c100"),
        ),
        Check("lifecycle_stage = 'AT_RISK_REPEAT'", TOMORROW, _names("c", range(24, 74))),
        Check("lifecycle_stage = 'INACTIVE_REPEAT'", TOMORROW, _names("c", range(74, 100))),
    )


def limits() -> Case:
    """Each limit is reached by one text and exceeded by the next."""
    condition = "number_of_orders = 1"
    name = "ann"
    return _case(
        "G-08",
        "A text up to the limits runs and one beyond them is refused",
        _facts([name], [(name, 10, "10.00")]),
        Check(" AND ".join([condition] * 200), NOON, (name,)),
        _beyond(" AND ".join([condition] * 201), "200"),
        Check("(" * 20 + condition + ")" * 20, NOON, (name,)),
        _beyond("(" * 33 + condition + ")" * 33, "32"),
        Check(f"number_of_orders IN ({', '.join(map(str, range(1, 3001)))})", NOON, (name,)),
        _beyond(f"number_of_orders IN ({', '.join(['1'] * 5001)})", "5000"),
        _beyond(condition + " " * 20_000, "20000"),
    )


def _beyond(text: str, limit: str) -> Check:
    """A text over a limit; the refusal must state it."""
    return Check(text, NOON, refused=(limit,))
