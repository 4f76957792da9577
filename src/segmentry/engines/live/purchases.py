"""What was bought: one product in one order, its lines added.

Lines, refunds and products are joined once; what is left of a purchase at a moment follows
from the refunds that are effective by then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded, Lists, Numbers, Words, listed_by
from segmentry.engines.live.exact import Whole, count_by, times, total_by
from segmentry.engines.live.groups import grouped, matched, spread
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.orders import Refunds


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """One product in one order, in the order of orders, before anything was given back.

    `back` pairs each purchase with the rows of `refunds` that were given for it, in the
    order of purchases.
    """

    orders: Whole
    product: Coded
    quantity: Whole
    amount: Whole
    price: Numbers
    variants: Lists
    skus: Lists
    titles: Lists
    refunds: Refunds
    back: tuple[Whole, Whole]

    def of(self, orders: Whole, refunds: Refunds, refund_rows: Whole) -> tuple[Purchases, Whole]:
        """Those of some orders, in order, whose refunds are some of the rows; and their rows."""
        rows, which = spread(self.orders, orders)
        pairs, purchases = spread(self.back[0], rows)
        return Purchases(
            orders=which,
            product=self.product.taken(rows),
            quantity=self.quantity[rows],
            amount=self.amount[rows],
            price=self.price.taken(rows),
            variants=self.variants.taken(rows),
            skus=self.skus.taken(rows),
            titles=self.titles.taken(rows),
            refunds=refunds,
            back=(purchases, np.searchsorted(refund_rows, self.back[1][pairs])),
        ), rows

    def kept(self, until: int) -> tuple[Whole, Whole]:
        """Units and money of each as of a moment, less what was given back for it."""
        purchases, rows = self.back
        effective = self.refunds.effective_at[rows] <= until
        purchases, rows = purchases[effective], rows[effective]
        quantity = total_by(purchases, self.refunds.quantity[rows], len(self.orders))
        amount = total_by(purchases, self.refunds.amount[rows], len(self.orders))
        return self.quantity - quantity, np.maximum(0, self.amount - amount)

    def kept_of(self, rows: Whole, until: Whole) -> tuple[Whole, Whole]:
        """The same of some purchases, in order, each as of a moment of its own."""
        pairs, which = spread(self.back[0], rows)
        back = self.back[1][pairs]
        effective = self.refunds.effective_at[back] <= until[which]
        back, which = back[effective], which[effective]
        quantity = total_by(which, self.refunds.quantity[back], len(rows))
        amount = total_by(which, self.refunds.amount[back], len(rows))
        return self.quantity[rows] - quantity, np.maximum(0, self.amount[rows] - amount)


def add_up(table: pa.Table, orders: Whole, skus: pa.Table, refunds: Refunds) -> Purchases:
    """The purchases that lines of goods add up to; `orders` says whose row each line is."""
    product, otherwise = _bought(table, skus)
    first, which = grouped(orders, product.codes, otherwise.codes)
    bought = Coded(product.codes[first], product.words)
    amount = reading.numbers(table.column("amount"))
    quantity = reading.numbers(table.column("quantity")).top
    units = total_by(which, quantity, len(first))
    return Purchases(
        orders=orders[first],
        product=bought,
        quantity=units,
        amount=total_by(which, np.where(amount.known, amount.top, 0), len(first)),
        price=_price(table, which, units, quantity, amount),
        variants=_lists(table, which, "variant_id", len(first)),
        skus=_lists(table, which, "sku", len(first)),
        titles=_lists(table, which, "title", len(first)),
        refunds=refunds,
        back=_back(table, which, orders[first], bought, refunds),
    )


def _bought(table: pa.Table, skus: pa.Table) -> tuple[Coded, Coded]:
    """What lines are added by: the product, or else the stock unit or title as written."""
    sku = texts(table, "sku")
    product = product_of(texts(table, "product_id"), sku, skus)
    written = _either(sku, texts(table, "title"))
    otherwise = np.where(product.known, NONE, written.codes)
    return product, Coded(otherwise, written.words)


def product_of(named: Coded, sku: Coded, skus: pa.Table) -> Coded:
    """The product of each line: of one that names none that which its stock unit belongs to,
    of several the last by id."""
    pairs = zip(skus.column("sku").to_pylist(), skus.column("product_id").to_pylist(), strict=True)
    of_sku = dict(sorted(pairs))
    return _either(named, sku.replaced(of_sku.get(each) for each in sku.words.values))


def texts(table: pa.Table, column: str) -> Coded:
    """A column of texts, of which an empty one is missing."""
    return reading.coded(table.column(column)).without("")


def _either(first: Coded, other: Coded) -> Coded:
    """The values of one column and, where they are missing, those of the other."""
    words = list(first.words.values)
    places = {word: place for place, word in enumerate(words)}
    for word in other.words.values:
        if word not in places:
            places[word] = len(words)
            words.append(word)
    codes = np.array([*(places[word] for word in other.words.values), NONE])[other.codes]
    return Coded(np.where(first.known, first.codes, codes), Words(words))


def _price(
    table: pa.Table, which: Whole, units: Whole, quantity: Whole, amount: Numbers
) -> Numbers:
    """What a unit cost after discounts, on average; missing where a line does not say.

    A line's units cost what their price says, or else what the line's money says.
    """
    stated = reading.numbers(table.column("unit_price"))
    cost = np.where(stated.known, times(stated.top, quantity), amount.top)
    unknown = count_by(which[~(stated.known | amount.known)], len(units)) > 0
    sign = np.where(units < 0, -1, 1)
    total = total_by(which, cost, len(units)) * sign
    return Numbers(total, ~unknown & (units != 0), np.maximum(1, units * sign))


def _lists(table: pa.Table, which: Whole, column: str, size: int) -> Lists:
    return listed_by(which, texts(table, column), size)


def _back(
    table: pa.Table, which: Whole, orders: Whole, product: Coded, refunds: Refunds
) -> tuple[Whole, Whole]:
    """Purchases and the refunds for them: of one of their lines or, where a refund names
    no line, of their product."""
    numbers = reading.numbers(table.column("line_number")).top
    by_line = refunds.linked[refunds.line_number.known[refunds.linked]]
    line, of_line = matched(
        (orders[which], numbers), (refunds.orders[by_line], refunds.line_number.top[by_line])
    )
    once, _ = grouped(which[line], by_line[of_line])  # two lines can share a number
    given = Keys(pa.array(product.words.values, pa.string())).rows_of(refunds.product)
    named = (refunds.orders != NONE) & ~refunds.line_number.known & (given != NONE)
    by_product = np.flatnonzero(named)
    known = np.flatnonzero(product.known)
    purchase, of_product = matched(
        (orders[known], product.codes[known]), (refunds.orders[by_product], given[by_product])
    )
    purchases = np.concatenate([which[line[once]], known[purchase]])
    rows = np.concatenate([by_line[of_line[once]], by_product[of_product]])
    order = np.argsort(purchases, kind="stable")
    return purchases[order], rows[order]
