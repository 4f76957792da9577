"""Six queries as people type them, each in any number of variants that differ in a day."""

from __future__ import annotations

from .descriptions import (
    All,
    Dated,
    Described,
    Filter,
    Listed,
    Not,
    Number,
    Ranked,
    Records,
    Total,
    Window,
    Word,
)


def previews(variant: int) -> tuple[Described, ...]:
    """The six, with days that are `variant` more."""
    days = 30 + variant
    sale, new = (Filter("tag", "=", (tag,)) for tag in ("sale", "new"))
    return (
        All((Number("number_of_orders", ">=", 3), Dated("last_order_date", "<", days + 60))),
        Records("orders_placed", Window(days), (), Total("count", ">=", 2)),
        All(
            (
                Records("products_purchased", Window(days + 60), (sale,)),
                Not(Records("products_purchased", Window(days + 60), (new,))),
            )
        ),
        All(
            (
                Listed("customer_countries", ("DE",)),
                Word("email_subscription_status", ("SUBSCRIBED",)),
                Dated("customer_added_date", ">=", days),
            )
        ),
        All((Ranked("amount_spent", "TOP", 10, True), Dated("last_order_date", ">=", days + 90))),
        All(
            (
                Word("lifecycle_stage", ("AT_RISK_REPEAT",)),
                Records("orders_placed", Window(days, hours=None), (), Total("count", "<", 1)),
            )
        ),
    )
