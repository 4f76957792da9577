"""The segments that data frames are asked about too: a few, of conditions they take easily."""

from __future__ import annotations

from collections.abc import Sequence

from .descriptions import (
    Condition,
    Dated,
    DatedBetween,
    Described,
    Listed,
    Missing,
    Number,
    Records,
    Word,
    conditions,
)

SAMPLE = 20
NUMBERS = {"number_of_orders": "count", "amount_spent": "sum"}
"""Numbers made of a customer's orders, and how."""
DATES = {"first_order_date": "min", "last_order_date": "max"}
WORDS = {
    "email_subscription_status": "email_status",
    "sms_subscription_status": "sms_status",
    "customer_language": "language",
    "customer_account_status": "account_status",
    "customer_gender": "gender",
}
_OWN_DATES = {"customer_added_date", "email_subscription_date"}
_FILTERS = {"amount", "channel", "shipping_country", "discounted", "id", "tag", "category"}


def sampled(segments: Sequence[Described]) -> tuple[int, ...]:
    """The places of the first segments of which every condition is an easy one."""
    easy = (n for n, each in enumerate(segments) if all(map(_is_easy, conditions(each))))
    return tuple(easy)[:SAMPLE]


def _is_easy(condition: Condition) -> bool:
    match condition:
        case Number(name):
            return name in NUMBERS
        case Dated(name) | DatedBetween(name):
            return name in DATES or name in _OWN_DATES
        case Word(name):
            return name in WORDS
        case Listed() | Missing():
            return True
        case Records(filters=filters, total=total):
            named = {each.name for each in filters} <= _FILTERS
            return named and (total is None or total.name in ("count", "sum_amount"))
    return False
