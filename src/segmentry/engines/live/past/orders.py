"""Orders in pieces: as long as each stands as it does.

Most orders stand as they began. Those that were cancelled, or of which something was given
back, are looked at once for each moment at which that took effect.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.groups import spread
from segmentry.engines.live.past.moments import Moments
from segmentry.engines.live.past.pieces import Pieces
from segmentry.engines.live.standing import REFUNDED, standing
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.orders import OrderRules


class OrderPieces:
    """The orders that were made by the last moment, in pieces, by order and time."""

    def __init__(self, columns: StoreColumns, moments: Moments, rules: OrderRules) -> None:
        orders = columns.orders
        self._begins = moments.since(orders.ordered_at)
        self._made = self._begins < moments.count
        self.changing: Mask = (
            orders.cancelled_at.known | (orders.state == REFUNDED) | orders.has_refunds
        )
        several, edges = self._edges(columns, moments)
        self._at_last = standing(orders, int(moments.at[-1]), rules)
        self._before = standing(orders.taken(several), moments.at[edges], rules)
        plain = np.flatnonzero(~self.changing & self._made)
        rows, begins = plain, self._begins[plain]
        self._stands = plain
        if len(several):
            rows, begins = np.concatenate([plain, several]), np.concatenate([begins, edges])
            order = np.argsort(rows * moments.width + begins, kind="stable")
            rows, begins = rows[order], begins[order]
            stands = np.concatenate([plain, orders.size + np.arange(len(several))])
            self._stands = stands[order]
        ends = np.full_like(begins, moments.count)
        again = np.flatnonzero(rows[1:] == rows[:-1])
        ends[again] = begins[again + 1]
        self.pieces = Pieces(rows, begins, ends)

    def _edges(self, columns: StoreColumns, moments: Moments) -> tuple[Whole, Whole]:
        """The orders that change, and the places at which something about them takes effect,
        by both."""
        orders, begins = columns.orders, self._begins
        rows = np.flatnonzero(self.changing & self._made)
        refunds, of = spread(orders.refunds.orders[: len(orders.refunds.linked)], rows)
        given = moments.since(orders.refunds.effective_at[refunds])
        cancelled = rows[orders.cancelled_at.known[rows]]
        refunded = rows[orders.state[rows] == REFUNDED]
        owners = np.concatenate([rows, cancelled, refunded, rows[of]])
        effects = (
            moments.since(orders.cancelled_at.at[cancelled]),
            moments.since(orders.refunded_from[refunded]),
            given,
        )
        places = np.maximum(np.concatenate([begins[rows], *effects]), begins[owners])
        both = np.sort((owners * moments.width + places)[places < moments.count])
        both = both[np.append(True, both[1:] != both[:-1])[: len(both)]]
        return both // moments.width, both % moments.width

    def _column(self, at_last: Whole, before: Whole) -> Whole:
        return np.concatenate([at_last, before])[self._stands]

    @cached_property
    def placed(self) -> Mask:
        """Which were placed, as it stands in each piece; the same of all below."""
        return self._column(self._at_last.placed, self._before.placed)

    @cached_property
    def counts(self) -> Mask:
        """Which count."""
        return self._column(self._at_last.counts, self._before.counts)

    @cached_property
    def state(self) -> Whole:
        """Their states."""
        return self._column(self._at_last.state, self._before.state)

    @cached_property
    def money(self) -> Numbers:
        """What they bring."""
        one, other = self._at_last.money, self._before.money
        return Numbers(self._column(one.top, other.top), self._column(one.known, other.known))

    @cached_property
    def refunded(self) -> Whole:
        """What was given back."""
        return self._column(self._at_last.refunded, self._before.refunded)
