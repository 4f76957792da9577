"""Larger made-up stores: enough buyers for scores and for a rhythm of their own, and rows
in every table that an answer can come from."""

from __future__ import annotations

from random import Random

from . import words
from .stores import MadeUpStore, Records, Row, _Maker

_PRODUCTS = ("p1", "p2", "3", "4", "gone")
_SKUS = ("s1", "s2", "S1")
_KINDS = ("PRODUCT", "PRODUCT", "PRODUCT", "GIFT_CARD", "SHIPPING", "DISCOUNT")


def make_crowd(seed: int, size: int = 220) -> MadeUpStore:
    """The store of a seed, with so many customers."""
    maker = _CrowdMaker(Random(seed))
    records = maker.records(tuple(f"c{number}" for number in range(1, size + 1)))
    return MadeUpStore(maker.zone, "EUR", records, maker.asked({"orders": records["orders"]}))


class _CrowdMaker(_Maker):
    """Draws the rows of every table, orders mostly of people who order again."""

    def records(self, customers: tuple[str, ...]) -> Records:
        records = super().records(customers)
        orders = [self.crowd_order(str(n), customers) for n in range(5 * len(customers))]
        numbers = [row["order_id"] for row in orders]
        lines = self.crowd_lines(numbers)
        return records | {
            "customers": [self.crowd_customer(row) for row in records["customers"]],
            "orders": orders,
            "order_lines": lines,
            "order_tags": [row for n in numbers[::9] for row in self.tagged("order_id", [n])],
            "order_discounts": self.several(lambda: self.discount(numbers), len(numbers)),
            "refunds": self.several(lambda: self.crowd_refund(orders, lines, customers), 200),
            "products": [self.product(name) for name in _PRODUCTS[:-1]],
            "product_skus": [
                {"product_id": self.one(_PRODUCTS), "sku": sku} for sku in (*_SKUS, "s1")
            ],
            "collections": self.some_pairs("collection_id", ("1", "k"), "product_id", _PRODUCTS),
            "companies": self.some_pairs("company_id", words.IDS, "customer_id", customers),
            **self.checkouts(customers, numbers, 150),
            "events": self.events(customers, 400),
            "credits": [self.credit(str(n), customers) for n in range(40)],
            "subscriptions": [self.subscription(str(n), customers) for n in range(80)],
            "consents": records["consents"] + self.sms_acts(records["customers"]),
            "attributes": records["attributes"] + self.surveys(customers),
        }

    def some_pairs(self, a: str, one: tuple[str, ...], b: str, other: tuple[str, ...]) -> list[Row]:
        pairs = {(self.one(one), self.one(other)) for _ in range(2 * len(one))}
        return [{a: first, b: second} for first, second in sorted(pairs)]

    def crowd_customer(self, row: Row) -> Row:
        app = self.maybe(self.one(words.IDS))
        return row | {"created_by_app_id": app, "note": self.maybe(self.word())}

    def crowd_order(self, number: str, customers: tuple[str, ...]) -> Row:
        owner = self.one([*customers[: len(customers) * 2 // 3], None, *customers[:9]])
        guest = {"guest": True, "phone": "+4479461111", "email_key": None}
        return (
            self.order(number, owner)
            | {"app_id": self.maybe(self.one(words.IDS)), "total": self.amount()}
            | {"company_id": self.maybe(self.one(words.IDS)), "payment_method": self.word()}
            | (guest if owner is None and self.random.random() < 0.3 else {})
        )

    def crowd_lines(self, orders: list[str]) -> list[Row]:
        return [
            {
                "order_id": order,
                "line_number": self.random.choice([number, number, 1]),
                "kind": self.one(_KINDS),
                "product_id": self.maybe(self.one(_PRODUCTS)),
                "variant_id": self.maybe(self.one(words.IDS)),
                "sku": self.maybe(self.one(_SKUS)),
                "title": self.maybe(self.word()),
                "quantity": self.one([1, 1, 2, 3, 0, -1]),
                "unit_price": self.maybe(self.amount()),
                "amount": self.maybe(self.amount()),
            }
            for order in orders
            for number in range(1, self.random.randint(1, 5))
        ]

    def crowd_refund(self, orders: list[Row], lines: list[Row], customers: tuple[str, ...]) -> Row:
        """A refund of a line, of a product of an order, of money alone, or of no order."""
        order, line = self.one(orders), self.one(lines)
        of: list[Row] = [
            {"order_id": line["order_id"], "line_number": line["line_number"]},
            {"order_id": line["order_id"], "product_id": line["product_id"]},
            {name: line[name] for name in ("order_id", "line_number", "product_id")},
            {"order_id": order["order_id"], "customer_id": order["customer_id"]},
            {"order_id": None, "customer_id": self.one(customers)},
            {"order_id": "unknown", "customer_id": self.one(customers)},
        ]
        return {
            "refund_id": str(self.random.randrange(120)),
            "refunded_at": self.maybe(self.at()),
            "amount": self.amount(),
            "quantity": self.maybe(self.random.randint(0, 2)),
            **self.one(of),
        }

    def discount(self, orders: list[str]) -> Row:
        return {
            "order_id": self.one(orders),
            "code": self.maybe(self.word()),
            "amount": self.amount(),
        }

    def product(self, name: str) -> Row:
        return {
            "product_id": name,
            "vendor": self.maybe(self.word()),
            "category": self.maybe(self.word()),
            "type": self.maybe(self.word()),
        }

    def sms_acts(self, owners: list[Row]) -> list[Row]:
        acts = {
            (row["customer_id"], number, at): {
                "customer_id": row["customer_id"],
                "channel": "SMS",
                "address_key": number,
                "state": self.one(["SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED", "PENDING"]),
                "acted_at": at,
                "source": self.one(["form", "import", "import:file", None]),
            }
            for row in owners
            for number in (row["phone"], "+4479460000")
            if number
            for at in [self.at() for _ in range(self.random.randint(0, 4))]
        }
        return list(acts.values())

    def surveys(self, customers: tuple[str, ...]) -> list[Row]:
        values = ['["red", "Blue"]', '["red"]', "[]", '[""]', "null", "not json", '{"a": 1}']
        return [
            {
                "customer_id": name,
                "namespace": "profile",
                "key": key,
                "type": "list",
                "value": self.one(values),
            }
            for name in customers
            for key in ("interests", "values")
            if self.maybe(key)
        ]
