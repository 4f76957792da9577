"""Draws segments: as many as wanted, the same for the same seed, the first of many the
same as those of few.

Two populations. *Standard* segments take their windows, amounts and counts from the few
that people choose, so that many conditions are the same; *arbitrary* ones take any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Literal, TypeAlias, TypeVar

from segmentry.facts.lifecycle import STAGES
from segmentry.facts.rfm import GROUPS
from tests.bench.workload.people import COUNTRIES, INTERESTS, LANGUAGES, TAGS
from tests.bench.workload.sales import (
    CATEGORIES,
    CHANNELS,
    CODES,
    FIRST_PRODUCT,
    PRODUCT_TAG_NAMES,
    VENDORS,
    products_of,
)

from .descriptions import (
    Against,
    All,
    AnyOf,
    Comparison,
    Condition,
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
    Statistic,
    Total,
    Window,
    Word,
)

Population: TypeAlias = Literal["standard", "arbitrary"]
POPULATIONS: tuple[Population, ...] = ("standard", "arbitrary")
WINDOWS = (1, 7, 14, 30, 60, 90, 120, 180, 365)
_WINDOW_WEIGHTS = (2, 6, 6, 20, 10, 20, 6, 15, 15)
_AMOUNTS = (20, 50, 100, 200, 250, 500, 1_000)
_LONGEST = 400
_UNIT = 10_000
_PRESETS = 0.4
"""Share of segments that begin as a ready-made one."""
_REFERENCES = 0.05
"""Share of segments that refer to an earlier one."""
_SIZES = (2, 3, 4, 5, 6)
_SIZE_WEIGHTS = (20, 35, 25, 12, 8)
T = TypeVar("T")


def draw_segments(
    population: Population, count: int, customers: int, seed: int = 1
) -> tuple[Described, ...]:
    """So many segments about a store of so many customers."""
    draws = _Draws(Random(f"{population} {seed}"), population, products_of(customers))
    return tuple(_segment(draws, number) for number in range(count))


def _segment(draws: _Draws, number: int) -> Described:
    """A preset with a condition or two more, or conditions all of its own."""
    if draws.often(_PRESETS):
        preset = draws.one(_SHAPES)(draws)
        extra = [_maybe_not(draws) for _ in range(draws.one((0, 1, 1, 2)))]
        return All((*_parts(preset), *extra)) if extra else preset
    parts: list[Described] = [_maybe_not(draws) for _ in range(draws.one(_SIZES, _SIZE_WEIGHTS))]
    if number and draws.often(_REFERENCES):
        parts[0] = InSegment(draws.random.randrange(number // 2 + 1))
    if len(parts) >= 3 and draws.often(0.4):
        return All((*parts[:-2], AnyOf(tuple(parts[-2:]))))
    return AnyOf(tuple(parts)) if draws.often(0.08) else All(tuple(parts))


def _parts(described: Described) -> tuple[Described, ...]:
    return described.parts if isinstance(described, All) else (described,)


def _maybe_not(draws: _Draws) -> Described:
    condition = draws.one(tuple(_CONDITIONS), tuple(_CONDITIONS.values()))(draws)
    return Not(condition) if draws.often(0.1) else condition


@dataclass(frozen=True, slots=True)
class _Draws:
    """What people put into conditions."""

    random: Random
    population: Population
    products: int

    def one(self, among: Sequence[T], weights: Sequence[int] | None = None) -> T:
        return self.random.choices(among, weights)[0]

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def popular(self, among: Sequence[T]) -> T:
        """The first are drawn most often."""
        bend = 4 if self.population == "standard" else 2.5
        return among[int(len(among) * self.random.random() ** bend)]

    def days(self) -> int:
        if self.population == "standard":
            return self.one(WINDOWS, _WINDOW_WEIGHTS)
        return self.random.randint(1, _LONGEST)

    def between(self) -> tuple[int, int]:
        """Two different days, the earlier first."""
        days = self.days()
        other = self.days()
        if days == other:
            other = 2 * days
        return max(days, other), min(days, other)

    def money(self) -> int:
        if self.population == "standard":
            return self.one(_AMOUNTS) * _UNIT
        return self.random.randint(100, 200_000) * 100

    def count(self) -> int:
        return self.one((1, 2, 3, 4, 5, 10), (20, 30, 25, 10, 10, 5))

    def window(self) -> Window:
        if self.often(0.05):
            return Window(hours=self.one((24, 48, 72)))
        if self.often(0.2):
            return Window(*self.between())
        return Window(self.days())

    def product(self) -> int:
        return FIRST_PRODUCT + self.popular(range(min(self.products, 500)))


# -- conditions -------------------------------------------------------------------------

_ABOVE: tuple[Comparison, ...] = (">=", ">", "<", "<=")


def _number_of_orders(draws: _Draws) -> Condition:
    comparison: Comparison = draws.one((">=", ">", "=", "<"), (60, 15, 15, 10))
    return Number("number_of_orders", comparison, draws.count())


def _amount(draws: _Draws) -> Condition:
    name = draws.one(("amount_spent", "average_order_value", "gross_spent"), (6, 3, 1))
    return Number(name, draws.one(_ABOVE, (60, 20, 10, 10)), draws.money())


def _dated(draws: _Draws) -> Condition:
    name = draws.one(
        ("last_order_date", "first_order_date", "customer_added_date", "last_active_date"),
        (50, 15, 20, 15),
    )
    if draws.often(0.15):
        return DatedBetween(name, *draws.between())
    return Dated(name, draws.one((">=", "<"), (60, 40)), draws.days())


def _orders(draws: _Draws) -> Condition:
    window = draws.window() if draws.often(0.85) else None
    filters = [_order_filter(draws)] if draws.often(0.35) else []
    return Records("orders_placed", window, tuple(filters), _order_total(draws))


def _order_filter(draws: _Draws) -> Filter:
    comparison: Comparison = draws.one((">=", "<"), (80, 20))
    return draws.one(
        (
            Filter("amount", comparison, (draws.money(),)),
            Filter("channel", "=", (draws.popular(CHANNELS),)),
            Filter("shipping_country", "=", (draws.popular(COUNTRIES),)),
            Filter("discounted", "=", (True,)),
            Filter("discount_code", "=", (draws.popular(CODES),)),
        ),
        (40, 20, 15, 15, 10),
    )


def _order_total(draws: _Draws) -> Total | None:
    return draws.one(
        (
            Total("count", draws.one((">=", ">", "=", "<"), (60, 20, 10, 10)), draws.count()),
            Total("sum_amount", draws.one(_ABOVE, (60, 20, 10, 10)), draws.money()),
            Total("average_amount", draws.one(_ABOVE), draws.money()),
            None,
        ),
        (50, 20, 10, 20),
    )


def _products(draws: _Draws) -> Condition:
    about = draws.one(
        (
            Filter("tag", "=", (draws.popular(PRODUCT_TAG_NAMES),)),
            Filter("id", "=", (draws.product(),)),
            Filter("category", "=", (draws.popular(CATEGORIES),)),
            Filter("vendor", "=", (draws.popular(VENDORS),)),
            Filter("id", "=", tuple(sorted({draws.product() for _ in range(3)}))),
        ),
        (35, 25, 20, 15, 5),
    )
    total = draws.one(
        (
            None,
            Total("count", ">=", draws.count()),
            Total("sum_quantity", ">=", draws.count() + 1),
            Total("sum_amount", ">=", draws.money()),
        ),
        (70, 15, 10, 5),
    )
    window = draws.window() if draws.often(0.8) else None
    return Records("products_purchased", window, (about,), total)


def _refunds(draws: _Draws) -> Condition:
    return Records("refunds", draws.window(), (), Total("count", ">=", draws.one((1, 1, 2))))


def _tags(draws: _Draws) -> Condition:
    return Listed("customer_tags", (draws.popular(TAGS),))


def _places(draws: _Draws) -> Condition:
    wanted = dict.fromkeys(draws.popular(COUNTRIES) for _ in range(draws.one((1, 1, 2, 3))))
    return Listed("customer_countries", tuple(wanted))


def _consent(draws: _Draws) -> Condition:
    channel = draws.one(("email", "sms"), (80, 20))
    state = draws.one(("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED"), (75, 15, 10))
    return Word(f"{channel}_subscription_status", (state,))


def _subscribed(draws: _Draws) -> Condition:
    return Dated("email_subscription_date", draws.one((">=", "<")), draws.days())


def _ranked(draws: _Draws) -> Condition:
    name = draws.one(("amount_spent", "number_of_orders", "average_order_value"), (6, 2, 2))
    share = draws.one((1, 5, 10, 20, 25))
    if draws.population == "arbitrary":
        share = draws.random.randint(1, 50)
    if draws.often(0.1):
        return Ranked(name, "TOP", share * 10, percent=False)
    return Ranked(name, draws.one(("TOP", "BOTTOM"), (85, 15)), share, percent=True)


_STATISTICS: tuple[Statistic, ...] = ("STORE_AVERAGE", "STORE_MEDIAN")


def _against(draws: _Draws) -> Condition:
    name = draws.one(("average_order_value", "amount_spent", "number_of_orders"))
    factor = draws.one((Fraction(1, 2), Fraction(3, 4), Fraction(1), Fraction(5, 4), Fraction(2)))
    statistic = draws.one(_STATISTICS, (80, 20))
    return Against(name, draws.one((">=", "<")), factor, statistic)


def _standing(draws: _Draws) -> Condition:
    kinds: tuple[Condition, ...] = (
        Word("lifecycle_stage", (draws.one(tuple(STAGES)),)),
        Word("rfm_group", tuple(dict.fromkeys(draws.one(tuple(GROUPS)) for _ in range(2)))),
        Number("rfm_recency", ">=", draws.one((2, 3, 4, 5))),
        Number("order_gap_ratio", draws.one((">=", "<")), draws.one((1, 2, 3))),
        Number("days_since_last_order", draws.one((">", "<=")), draws.days()),
        Number("discounted_order_share", ">=", Fraction(draws.one((25, 50, 75)), 100)),
    )
    return draws.one(kinds)


def _profile(draws: _Draws) -> Condition:
    kinds: tuple[Condition, ...] = (
        Word("customer_language", (draws.popular(LANGUAGES),)),
        Word("customer_account_status", ("ENABLED",)),
        Word("customer_gender", (draws.one(("female", "male")),)),
        Number("customer_age", draws.one((">=", "<")), draws.one((18, 25, 30, 40, 60))),
        Listed("customer_interests", (draws.one(INTERESTS),)),
        Missing("companies"),
    )
    return draws.one(kinds)


_CONDITIONS: dict[Callable[[_Draws], Condition], int] = {
    _number_of_orders: 12,
    _amount: 9,
    _dated: 14,
    _orders: 18,
    _products: 12,
    _refunds: 1,
    _tags: 8,
    _places: 6,
    _consent: 8,
    _subscribed: 2,
    _ranked: 3,
    _against: 2,
    _standing: 5,
    _profile: 5,
}
"""The kinds of condition, and how often each is drawn."""

# -- the shapes of presets --------------------------------------------------------------


def _frequent(draws: _Draws) -> Described:
    return Records("orders_placed", Window(draws.days()), (), Total("count", ">", draws.count()))


def _new_buyers(draws: _Draws) -> Described:
    return All((Number("number_of_orders", "=", 1), Dated("first_order_date", ">=", draws.days())))


def _one_and_done(draws: _Draws) -> Described:
    return All((Number("number_of_orders", "=", 1), Dated("last_order_date", "<", draws.days())))


def _churn_risks(draws: _Draws) -> Described:
    days = draws.days()
    quiet = Not(Dated("last_active_date", ">=", days))
    return All((Number("number_of_orders", ">=", 1), Dated("last_order_date", "<", days), quiet))


def _prospects(draws: _Draws) -> Described:
    seen = Dated("last_active_date", ">=", draws.days())
    open_to = Word("email_subscription_status", ("SUBSCRIBED",))
    return All((Number("number_of_orders", "=", 0), AnyOf((open_to, seen))))


def _vip(draws: _Draws) -> Described:
    return All(
        (
            Ranked("amount_spent", "TOP", draws.one((5, 10, 20)), percent=True),
            Number("number_of_orders", ">=", 3),
            Dated("last_order_date", ">=", draws.days()),
        )
    )


def _winback(draws: _Draws) -> Described:
    days = draws.days()
    return All(
        (
            Number("number_of_orders", ">=", 1),
            Dated("last_order_date", "<", days),
            Dated("last_active_date", ">=", days),
        )
    )


def _at_risk(draws: _Draws) -> Described:
    ratio = "order_gap_ratio"
    return All(
        (
            Number("number_of_orders", ">=", 2),
            Number(ratio, ">=", 1),
            Number(ratio, "<", draws.one((2, 3, 4))),
        )
    )


def _lifecycle(draws: _Draws) -> Described:
    return Word("lifecycle_stage", (draws.one(tuple(STAGES)),))


def _rfm(draws: _Draws) -> Described:
    return Word("rfm_group", (draws.one(tuple(GROUPS)),))


def _discount_hunters(draws: _Draws) -> Described:
    share = Fraction(draws.one((50, 75)), 100)
    return All(
        (
            Number("discounted_order_share", ">=", share),
            Number("number_of_orders", ">=", draws.one((2, 3))),
        )
    )


def _order_value(draws: _Draws) -> Described:
    low = Against("average_order_value", ">=", Fraction(3, 4), "STORE_AVERAGE")
    return All((low, Against("average_order_value", "<", Fraction(5, 4), "STORE_AVERAGE")))


def _bought(draws: _Draws) -> Described:
    about = draws.one(
        (
            Filter("category", "=", (draws.popular(CATEGORIES),)),
            Filter("id", "=", (draws.product(),)),
        )
    )
    return Records("products_purchased", Window(draws.days()), (about,))


def _cross_sell(draws: _Draws) -> Described:
    one, other = (Filter("id", "=", (draws.product(),)) for _ in range(2))
    window = Window(draws.days())
    return All(
        (
            Records("products_purchased", window, (one,)),
            Not(Records("products_purchased", window, (other,))),
        )
    )


def _abroad(draws: _Draws) -> Described:
    home = Listed("customer_countries", (draws.popular(COUNTRIES),))
    return All((Not(home), Not(Missing("customer_countries"))))


def _subscribers(draws: _Draws) -> Described:
    return Word("email_subscription_status", ("SUBSCRIBED",))


def _recent(draws: _Draws) -> Described:
    return DatedBetween("last_order_date", *draws.between())


_SHAPES: tuple[Callable[[_Draws], Described], ...] = (
    *(_frequent, _new_buyers, _one_and_done, _churn_risks, _prospects, _vip, _winback),
    *(_at_risk, _lifecycle, _rfm, _discount_hunters, _order_value, _bought, _cross_sell),
    *(_abroad, _subscribers, _recent),
)
