"""Checkouts and orders, made of all that was ever said of them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from .events import Event, facts, store, track

MUG = {"product_id": "mug", "variant_id": "blue", "sku": "M-1", "name": "Mug"} | {
    "price": "8.50",
    "quantity": 2,
}


def started(at: str, **more: Any) -> Event:
    """A checkout with two mugs."""
    return track("Checkout Started", at, checkout_id="c", value=17, products=[MUG], **more)


def ordered(event: str, at: str, **more: Any) -> Event:
    """What was said of order o."""
    return track(event, at, order_id="o", **more)


def test_a_checkout_is_the_last_that_was_said_of_it() -> None:
    """Its moment that of the last step, its cart that of the last list."""
    step = track("Checkout Step Viewed", "10:30", checkout_id="c", step=2)
    with store(step) as made:
        made.import_events([started("10:00", cart_id="k")])
        (row,) = facts(made, "checkouts")
        (line,) = facts(made, "checkout_lines")
        assert (row["customer_id"], row["cart_id"]) == ("shop:ann", "shop:k")
        assert (row["value"], row["last_active_at"].minute) == (170_000, 30)
        assert (line["product_id"], line["variant_id"]) == ("shop:mug", "shop:blue")
        assert (line["sku"], line["quantity"], line["amount"]) == ("M-1", 2, 170_000)
        assert made.query("checkouts_abandoned MATCHES (id = 'mug', value = 17)").ids == ("ann",)


def test_an_order_closes_its_checkout() -> None:
    """By the checkout's id, whoever comes first."""
    events = [started("10:00"), ordered("Order Completed", "10:05", checkout_id="c", total=17)]
    for first, second in permutations(events):
        with store(first) as made:
            made.import_events([second])
            assert [row["order_id"] for row in facts(made, "checkouts")] == ["shop:o"]
            assert made.query("abandoned_checkout_date IS NULL AND number_of_orders = 1").count == 1


def test_an_order_is_made_of_all_that_was_said_of_it() -> None:
    """Completed, updated, partly refunded: in every order of arrival the same."""
    said = [
        ordered("Order Completed", "10:00", total=20, shipping=3, products=[MUG], coupon="TEN"),
        ordered("Order Updated", "11:00", total=18.5, discount=1.5),
        ordered("Order Refunded", "12:00", total=8.5),
    ]
    outcomes = []
    for arriving in permutations(said):
        with store() as made:
            for each in arriving:
                made.import_events([each])
            tables = ("orders", "order_lines", "order_discounts", "refunds")
            outcomes.append([facts(made, table) for table in tables])
            assert made.spend() == {"ann": 100_000}
    assert all(each == outcomes[0] for each in outcomes)
    (order,), (line,), (discount,), (refund,) = outcomes[0]
    assert (order["paid"], order["shipping"], order["ordered_at"].hour) == (185_000, 30_000, 10)
    assert order["state"] == "PARTIALLY_REFUNDED"
    assert (line["title"], line["unit_price"], line["amount"]) == ("Mug", 85_000, 170_000)
    assert (discount["code"], discount["amount"]) == ("TEN", 15_000)
    assert (refund["amount"], refund["order_id"]) == (85_000, "shop:o")


def test_orders_that_are_cancelled_or_given_back_whole_do_not_count() -> None:
    """From their own moment on; a refund without an amount is of everything."""
    for event, state in (("Order Cancelled", "CANCELLED"), ("Order Refunded", "REFUNDED")):
        with store(ordered("Order Completed", "10:00", total=20), ordered(event, "12:00")) as made:
            assert [row["state"] for row in facts(made, "orders")] == [state]
            assert made.query("number_of_orders = 0").count == 1


def test_money_in_another_currency_is_not_taken_for_the_stores() -> None:
    """The order counts, its money is not known."""
    with store(ordered("Order Completed", "10:00", total=20, currency="usd")) as made:
        (row,) = facts(made, "orders")
        assert (row["paid"], row["currency"]) == (None, "usd")
        assert made.query("number_of_orders = 1").count == 1


def test_amounts_are_rounded_as_programs_send_them() -> None:
    """0.1 + 0.2 is 0.3; what is no amount is none."""
    for sent, kept in (
        (0.1 + 0.2, 3_000),
        ("12.5", 125_000),
        ("1e30", None),
        (True, None),
        (10**18, None),
        ("NaN", None),
        ({"a": 1}, None),
    ):
        with store(ordered("Order Completed", "10:00", total=sent)) as made:
            assert [row["paid"] for row in facts(made, "orders")] == [kept], sent


def test_an_order_without_a_user_is_a_guests() -> None:
    """Known by the address that is sent with it."""
    sold = ordered("Order Completed", "10:00", total=5, email="G@x.test")
    with store(sold | {"userId": None, "anonymousId": "d"}) as made:
        assert made.query("amount_spent = 5").count == 1
        assert [row["email_key"] for row in facts(made, "orders")] == ["g@x.test"]


def test_orders_of_another_import_stay_as_they_are() -> None:
    """It knows them better; that is remarked."""
    with store() as made:
        made.load(
            {"orders": [{"order_id": "o", "ordered_at": "2026-01-01T10:00:00Z", "paid": "99"}]},
            source="shop",
        )
        before = facts(made, "orders")
        done = made.import_events([ordered("Order Completed", "10:00", total=5)])
        assert facts(made, "orders") == before
        assert [note.count for note in done.report.notes] == [1]
