"""The kinds of condition the language has, each drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from segmentry.facts.lifecycle import STAGES
from segmentry.facts.rfm import GROUPS
from tests.bench.workload.people import COUNTRIES, INTERESTS, LANGUAGES, TAGS
from tests.bench.workload.sales import CATEGORIES, CHANNELS, CODES, PRODUCT_TAG_NAMES, VENDORS

from .descriptions import (
    Against,
    Comparison,
    Condition,
    Dated,
    DatedBetween,
    Filter,
    Listed,
    Missing,
    Number,
    Ranked,
    Records,
    Statistic,
    Total,
    Word,
)
from .draws import Draws


def any_condition(draws: Draws) -> Condition:
    """A condition of any kind."""
    return draws.one(tuple(_CONDITIONS), tuple(_CONDITIONS.values()))(draws)


_ABOVE: tuple[Comparison, ...] = (">=", ">", "<", "<=")


def _number_of_orders(draws: Draws) -> Condition:
    comparison: Comparison = draws.one((">=", ">", "=", "<"), (60, 15, 15, 10))
    return Number("number_of_orders", comparison, draws.count())


def _amount(draws: Draws) -> Condition:
    name = draws.one(("amount_spent", "average_order_value", "gross_spent"), (6, 3, 1))
    return Number(name, draws.one(_ABOVE, (60, 20, 10, 10)), draws.money())


def _dated(draws: Draws) -> Condition:
    name = draws.one(
        ("last_order_date", "first_order_date", "customer_added_date", "last_active_date"),
        (50, 15, 20, 15),
    )
    if draws.often(0.15):
        return DatedBetween(name, *draws.between())
    return Dated(name, draws.one((">=", "<"), (60, 40)), draws.days())


def _orders(draws: Draws) -> Condition:
    window = draws.window() if draws.often(0.85) else None
    filters = [_order_filter(draws)] if draws.often(0.35) else []
    return Records("orders_placed", window, tuple(filters), _order_total(draws))


def _order_filter(draws: Draws) -> Filter:
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


def _order_total(draws: Draws) -> Total | None:
    return draws.one(
        (
            Total("count", draws.one((">=", ">", "=", "<"), (60, 20, 10, 10)), draws.count()),
            Total("sum_amount", draws.one(_ABOVE, (60, 20, 10, 10)), draws.money()),
            Total("average_amount", draws.one(_ABOVE), draws.money()),
            None,
        ),
        (50, 20, 10, 20),
    )


def _products(draws: Draws) -> Condition:
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


def _refunds(draws: Draws) -> Condition:
    return Records("refunds", draws.window(), (), Total("count", ">=", draws.one((1, 1, 2))))


def _tags(draws: Draws) -> Condition:
    return Listed("customer_tags", (draws.popular(TAGS),))


def _places(draws: Draws) -> Condition:
    wanted = dict.fromkeys(draws.popular(COUNTRIES) for _ in range(draws.one((1, 1, 2, 3))))
    return Listed("customer_countries", tuple(wanted))


def _consent(draws: Draws) -> Condition:
    channel = draws.one(("email", "sms"), (80, 20))
    state = draws.one(("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED"), (75, 15, 10))
    return Word(f"{channel}_subscription_status", (state,))


def _subscribed(draws: Draws) -> Condition:
    return Dated("email_subscription_date", draws.one((">=", "<")), draws.days())


def _ranked(draws: Draws) -> Condition:
    name = draws.one(("amount_spent", "number_of_orders", "average_order_value"), (6, 2, 2))
    share = draws.one((1, 5, 10, 20, 25))
    if draws.population == "arbitrary":
        share = draws.random.randint(1, 50)
    if draws.often(0.1):
        return Ranked(name, "TOP", share * 10, percent=False)
    return Ranked(name, draws.one(("TOP", "BOTTOM"), (85, 15)), share, percent=True)


_STATISTICS: tuple[Statistic, ...] = ("STORE_AVERAGE", "STORE_MEDIAN")


def _against(draws: Draws) -> Condition:
    name = draws.one(("average_order_value", "amount_spent", "number_of_orders"))
    factor = draws.one((Fraction(1, 2), Fraction(3, 4), Fraction(1), Fraction(5, 4), Fraction(2)))
    statistic = draws.one(_STATISTICS, (80, 20))
    return Against(name, draws.one((">=", "<")), factor, statistic)


def _standing(draws: Draws) -> Condition:
    kinds: tuple[Condition, ...] = (
        Word("lifecycle_stage", (draws.one(tuple(STAGES)),)),
        Word("rfm_group", tuple(dict.fromkeys(draws.one(tuple(GROUPS)) for _ in range(2)))),
        Number("rfm_recency", ">=", draws.one((2, 3, 4, 5))),
        Number("order_gap_ratio", draws.one((">=", "<")), draws.one((1, 2, 3))),
        Number("days_since_last_order", draws.one((">", "<=")), draws.days()),
        Number("discounted_order_share", ">=", Fraction(draws.one((25, 50, 75)), 100)),
    )
    return draws.one(kinds)


def _profile(draws: Draws) -> Condition:
    kinds: tuple[Condition, ...] = (
        Word("customer_language", (draws.popular(LANGUAGES),)),
        Word("customer_account_status", ("ENABLED",)),
        Word("customer_gender", (draws.one(("female", "male")),)),
        Number("customer_age", draws.one((">=", "<")), draws.one((18, 25, 30, 40, 60))),
        Listed("customer_interests", (draws.one(INTERESTS),)),
        Missing("companies"),
    )
    return draws.one(kinds)


_CONDITIONS: dict[Callable[[Draws], Condition], int] = {
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
