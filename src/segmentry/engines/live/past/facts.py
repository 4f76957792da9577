"""What is known of some customers at all the moments asked about, each part made once."""

from __future__ import annotations

from functools import cached_property
from typing import NoReturn

import numpy as np

from segmentry.engines.live.exact import Whole
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.past.moments import Moments, Unmeasured
from segmentry.engines.live.past.orders import OrderPieces
from segmentry.engines.live.past.pieces import Pieces
from segmentry.engines.live.past.spans import Spans, joined
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.store_day import StoreDay
from segmentry.facts.orders import OrderRules


def _nobody() -> NoReturn:
    raise AssertionError("what is measured against the store is not asked")


class Facts:
    """The facts of `columns` at some moments. `now` is what is known by the last of them:
    what does not depend on a moment can be read from it."""

    def __init__(self, columns: StoreColumns, moments: Moments, rules: OrderRules) -> None:
        self.columns = columns
        self.moments = moments
        self.now = Snapshot(columns, int(moments.at[-1]), rules)
        self.meanings = Meanings(moments.when[-1], moments.zone, Unmeasured())
        self.day = StoreDay(_nobody, moments.when[-1].date())
        self._rules = rules

    @property
    def size(self) -> int:
        """How many customers there are."""
        return self.columns.customers.size

    @cached_property
    def live_from(self) -> Whole:
        """The place of the first moment at which each customer is there."""
        known = self.columns.first_known
        return np.where(known.known, self.moments.since(known.at), 0)

    @cached_property
    def live(self) -> Spans:
        """The customers there are."""
        there = np.flatnonzero(self.live_from < self.moments.count)
        base = there * self.moments.width
        return Spans(base + self.live_from[there], base + self.moments.count)

    def among_live(self, spans: Spans) -> Spans:
        """Those of a set who are there."""
        owners = spans.starts // self.moments.width
        starts = np.maximum(spans.starts, owners * self.moments.width + self.live_from[owners])
        there = starts < spans.ends
        return Spans(starts[there], spans.ends[there])

    @cached_property
    def orders(self) -> OrderPieces:
        """The orders that were made."""
        return OrderPieces(self.columns, self.moments, self._rules)

    @cached_property
    def which_count(self) -> Whole:
        """The pieces of those in which they count."""
        return np.flatnonzero(self.orders.counts)

    @cached_property
    def counting(self) -> Pieces:
        """The orders that count, while they do."""
        return self.orders.pieces.taken(self.which_count)

    @cached_property
    def buyers(self) -> Whole:
        """Whose each piece of those is."""
        return self.columns.orders.owners[self.counting.rows]

    def spans(self, owners: Whole, pieces: Pieces) -> Spans:
        """Where at least one piece of an owner holds."""
        base = owners * self.moments.width
        return joined(base + pieces.begins, base + pieces.ends)

    def always(self, rows: Whole) -> Pieces:
        """Rows that are there at every moment."""
        return Pieces(rows, np.zeros_like(rows), np.full_like(rows, self.moments.count))

    def since(self, effective: Whole) -> Pieces:
        """All rows, each from when it has taken effect."""
        begins = self.moments.since(effective)
        rows = np.flatnonzero(begins < self.moments.count)
        return Pieces(rows, begins[rows], np.full_like(rows, self.moments.count))
