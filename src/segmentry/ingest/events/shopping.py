"""What messages tell of checkouts and orders, each made of all that was ever said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from segmentry.base.money import LARGEST
from segmentry.base.text import email_key
from segmentry.ingest.events import values
from segmentry.ingest.events.message import Message
from segmentry.ingest.events.people import Row, Rows, Told
from segmentry.ingest.events.vocabulary import CHECKOUT_EVENTS, ORDER_EVENTS

Owner: TypeAlias = Callable[[Message], str | None]
Tables: TypeAlias = dict[str, Rows]

_TOTAL = ("total", "value", "revenue")


KEYS = ("checkout_id", "cart_id", "order_id")
"""The properties by which messages tell which checkout or order they are of; the first that
there is names the checkout."""


def keys(message: Message) -> list[str]:
    """Every checkout, cart and order that a message names."""
    if message.name not in CHECKOUT_EVENTS | ORDER_EVENTS:
        return []
    found = (values.text(message.properties.get(name)) for name in KEYS)
    return [each for each in found if each is not None]


def _checkout_key(message: Message) -> str | None:
    return values.first_text(message.properties, *KEYS)


def order_key(message: Message) -> str | None:
    """The id of the order that a message tells of."""
    return values.first_text(message.properties, "order_id")


def _touched(
    told: Told, names: Iterable[str], key: Callable[[Message], str | None], moved: frozenset[str]
) -> dict[str, list[Message]]:
    """By key, everything said, where something of it is new or has a new owner."""
    found: dict[str, list[Message]] = defaultdict(list)
    for each in told.named(*names):
        if name := key(each):
            found[name].append(each)
    return {
        name: said
        for name, said in sorted(found.items())
        if any(told.is_new(each) or each.id in moved for each in said)
    }


def _last(said: Iterable[Message], read: Callable[[Message], Any]) -> Any:
    """The latest value that there is."""
    found = [value for each in said if (value := read(each)) is not None]
    return found[-1] if found else None


# -- checkouts --------------------------------------------------------------------------


def checkouts(told: Told, owner: Owner, moved: frozenset[str]) -> Tables:
    """Carts that reached the checkout, and the orders that they became."""
    tables: Tables = {"checkouts": [], "checkout_lines": []}
    names = CHECKOUT_EVENTS | {"order_completed"}
    for key, said in _touched(told, names, _checkout_key, moved).items():
        steps = [each for each in said if each.name in CHECKOUT_EVENTS]
        if steps:
            order = _last((each for each in said if each not in steps), order_key)
            tables["checkouts"].append(_checkout(told, key, steps, owner, order))
            tables["checkout_lines"] += _checkout_lines(told, key, steps)
    return tables


def _checkout(told: Told, key: str, steps: list[Message], owner: Owner, order: str | None) -> Row:
    customer = _last(steps, owner)
    cart = _last(steps, lambda each: values.first_text(each.properties, "cart_id"))
    return {
        "checkout_id": told.id(key),
        "customer_id": told.id(customer) if customer else None,
        "cart_id": told.id(cart) if cart else None,
        "last_active_at": steps[-1].at,
        "value": _last(steps, lambda each: _money(told, each, *_TOTAL)),
        "order_id": told.id(order) if order else None,
    }


def _checkout_lines(told: Told, key: str, steps: list[Message]) -> Rows:
    listed = _last(steps, lambda each: values.products(each.properties) or None) or []
    return [
        {
            "checkout_id": told.id(key),
            "line_number": number,
            **_ids(told, product),
            "quantity": values.units(product.get("quantity")),
            "amount": _line_amount(product),
        }
        for number, product in enumerate(listed, start=1)
    ]


def _ids(told: Told, product: Any) -> Row:
    named = {
        "product_id": values.first_text(product, "product_id"),
        "variant_id": values.first_text(product, "variant_id"),
    }
    ids = {name: told.id(each) if each else None for name, each in named.items()}
    return ids | {"sku": values.first_text(product, "sku")}


def _line_amount(product: Any) -> int | None:
    price = values.money(product.get("price"))
    amount = None if price is None else price * values.units(product.get("quantity"))
    return amount if amount is not None and abs(amount) <= LARGEST else None


def _money(told: Told, message: Message, *names: str) -> int | None:
    """An amount in the store's own currency; one in another is none: it is not converted."""
    currency = values.text(message.properties.get("currency")) or told.currency
    if currency.upper() != told.currency:
        return None
    return values.first_money(message.properties, *names)


def _amount(told: Told, name: str, message: Message) -> int | None:
    return _money(told, message, name)


# -- orders -----------------------------------------------------------------------------


def orders(told: Told, owner: Owner, moved: frozenset[str], elsewhere: frozenset[str]) -> Tables:
    """Orders with their lines, discounts and refunds. `elsewhere` are those that another
    import brought: it knows them better, so they are left alone."""
    tables: Tables = {"orders": [], "order_lines": [], "order_discounts": [], "refunds": []}
    for key, said in _touched(told, ORDER_EVENTS, order_key, moved).items():
        bought = [each for each in said if each.name in ("order_completed", "order_updated")]
        if not bought or told.id(key) in elsewhere:
            continue
        order = _order(told, key, said, bought, owner)
        refunds = _refunds(told, order, said)
        tables["orders"].append(order | _state(order, said, refunds))
        tables["order_lines"] += _order_lines(told, key, bought)
        tables["order_discounts"] += _discounts(told, key, bought)
        tables["refunds"] += refunds
    return tables


def _order(told: Told, key: str, said: list[Message], bought: list[Message], owner: Owner) -> Row:
    customer = _last(bought, owner)
    email = _last(bought, lambda each: email_key(each.about.get("email", "")))
    completed = [each for each in bought if each.name == "order_completed"] or bought
    total = _last(bought, lambda each: _money(told, each, *_TOTAL))
    parts = {
        name: _last(bought, partial(_amount, told, name))
        for name in ("shipping", "tax", "discount")
    }
    return {
        "order_id": told.id(key),
        "customer_id": told.id(customer) if customer else None,
        "guest": customer is None and email is not None,
        "email_key": email,
        "ordered_at": completed[0].at,
        "placed": True,
        "paid": total,
        "total": total,
        **parts,
        "currency": _last(bought, lambda each: values.text(each.properties.get("currency")))
        or told.currency,
    }


def _state(order: Row, said: list[Message], refunds: Rows) -> Row:
    cancelled = [each.at for each in said if each.name == "order_cancelled"]
    back = sum(each["amount"] for each in refunds)
    if cancelled:
        return {"state": "CANCELLED", "cancelled_at": cancelled[0]}
    if refunds and order["paid"] is not None and back >= order["paid"]:
        return {"state": "REFUNDED", "refunded_at": refunds[-1]["refunded_at"]}
    return {"state": "PARTIALLY_REFUNDED" if refunds else "PAID"}


def _refunds(told: Told, order: Row, said: list[Message]) -> Rows:
    """Money given back: what the message says, all that was paid where it says nothing."""
    found = []
    for each in said:
        if each.name == "order_refunded":
            amount = _money(told, each, "refund", *_TOTAL)
            amount = order["paid"] if amount is None else amount
            if amount is not None:
                found.append(
                    {
                        "refund_id": told.id(each.id),
                        "order_id": order["order_id"],
                        "customer_id": order["customer_id"],
                        "refunded_at": each.at,
                        "amount": abs(amount),
                    }
                )
    return found


def _order_lines(told: Told, key: str, bought: list[Message]) -> Rows:
    listed = _last(bought, lambda each: values.products(each.properties) or None) or []
    return [
        {
            "order_id": told.id(key),
            "line_number": number,
            "kind": "PRODUCT",
            **_ids(told, product),
            "title": values.first_text(product, "name"),
            "quantity": values.units(product.get("quantity")),
            "unit_price": values.money(product.get("price")),
            "amount": _line_amount(product),
        }
        for number, product in enumerate(listed, start=1)
    ]


def _discounts(told: Told, key: str, bought: list[Message]) -> Rows:
    code = _last(bought, lambda each: values.first_text(each.properties, "coupon"))
    amount = _last(bought, lambda each: _money(told, each, "discount"))
    if code is None and not amount:
        return []
    return [{"order_id": told.id(key), "code": code, "amount": amount}]
