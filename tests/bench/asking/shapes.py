"""The shapes of ready-made segments, with the days and amounts of each drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from segmentry.facts.lifecycle import STAGES
from segmentry.facts.rfm import GROUPS
from tests.bench.workload.people import COUNTRIES
from tests.bench.workload.sales import CATEGORIES

from .descriptions import (
    Against,
    All,
    AnyOf,
    Dated,
    DatedBetween,
    Described,
    Filter,
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
from .draws import Draws


def any_shape(draws: Draws) -> Described:
    """A ready-made segment of any shape."""
    return draws.one(_SHAPES)(draws)


def _frequent(draws: Draws) -> Described:
    return Records("orders_placed", Window(draws.days()), (), Total("count", ">", draws.count()))


def _new_buyers(draws: Draws) -> Described:
    return All((Number("number_of_orders", "=", 1), Dated("first_order_date", ">=", draws.days())))


def _one_and_done(draws: Draws) -> Described:
    return All((Number("number_of_orders", "=", 1), Dated("last_order_date", "<", draws.days())))


def _churn_risks(draws: Draws) -> Described:
    days = draws.days()
    quiet = Not(Dated("last_active_date", ">=", days))
    return All((Number("number_of_orders", ">=", 1), Dated("last_order_date", "<", days), quiet))


def _prospects(draws: Draws) -> Described:
    seen = Dated("last_active_date", ">=", draws.days())
    open_to = Word("email_subscription_status", ("SUBSCRIBED",))
    return All((Number("number_of_orders", "=", 0), AnyOf((open_to, seen))))


def _vip(draws: Draws) -> Described:
    return All(
        (
            Ranked("amount_spent", "TOP", draws.one((5, 10, 20)), percent=True),
            Number("number_of_orders", ">=", 3),
            Dated("last_order_date", ">=", draws.days()),
        )
    )


def _winback(draws: Draws) -> Described:
    days = draws.days()
    return All(
        (
            Number("number_of_orders", ">=", 1),
            Dated("last_order_date", "<", days),
            Dated("last_active_date", ">=", days),
        )
    )


def _at_risk(draws: Draws) -> Described:
    ratio = "order_gap_ratio"
    return All(
        (
            Number("number_of_orders", ">=", 2),
            Number(ratio, ">=", 1),
            Number(ratio, "<", draws.one((2, 3, 4))),
        )
    )


def _lifecycle(draws: Draws) -> Described:
    return Word("lifecycle_stage", (draws.one(tuple(STAGES)),))


def _rfm(draws: Draws) -> Described:
    return Word("rfm_group", (draws.one(tuple(GROUPS)),))


def _discount_hunters(draws: Draws) -> Described:
    share = Fraction(draws.one((50, 75)), 100)
    return All(
        (
            Number("discounted_order_share", ">=", share),
            Number("number_of_orders", ">=", draws.one((2, 3))),
        )
    )


def _order_value(draws: Draws) -> Described:
    low = Against("average_order_value", ">=", Fraction(3, 4), "STORE_AVERAGE")
    return All((low, Against("average_order_value", "<", Fraction(5, 4), "STORE_AVERAGE")))


def _bought(draws: Draws) -> Described:
    about = draws.one(
        (
            Filter("category", "=", (draws.popular(CATEGORIES),)),
            Filter("id", "=", (draws.product(),)),
        )
    )
    return Records("products_purchased", Window(draws.days()), (about,))


def _cross_sell(draws: Draws) -> Described:
    one, other = (Filter("id", "=", (draws.product(),)) for _ in range(2))
    window = Window(draws.days())
    return All(
        (
            Records("products_purchased", window, (one,)),
            Not(Records("products_purchased", window, (other,))),
        )
    )


def _abroad(draws: Draws) -> Described:
    home = Listed("customer_countries", (draws.popular(COUNTRIES),))
    return All((Not(home), Not(Missing("customer_countries"))))


def _subscribers(draws: Draws) -> Described:
    return Word("email_subscription_status", ("SUBSCRIBED",))


def _recent(draws: Draws) -> Described:
    return DatedBetween("last_order_date", *draws.between())


_SHAPES: tuple[Callable[[Draws], Described], ...] = (
    *(_frequent, _new_buyers, _one_and_done, _churn_risks, _prospects, _vip, _winback),
    *(_at_risk, _lifecycle, _rfm, _discount_hunters, _order_value, _bought, _cross_sell),
    *(_abroad, _subscribers, _recent),
)
