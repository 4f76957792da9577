"""Two years of the sample store lived through day by day, with every preset it can serve.

    python -m tests.oracles.replay [--days N] [--late] [--every N]

Each day its orders, refunds, visits and messages arrive, and memberships are refreshed; then
stored members are compared with a fresh evaluation, every `--every` days with one that reads
all facts anew. With `--late` a tenth of the records comes up to forty days late and so out of
order. Orders are real, visits and messages made up (see the sample store).
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import segmentry as sg

FIRST = datetime(2009, 12, 1, 23, tzinfo=UTC)
DAYS = 739
"""From the first order of the store to its last."""

_MOMENT = {
    "customers": "created_at",
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "checkouts": "last_active_at",
    "events": "occurred_at",
    "consents": "acted_at",
}
_PART = {"order_lines": "orders", "checkout_lines": "checkouts", "addresses": "customers"}
_LATE_SHARE, _LATEST = 0.1, 40
_SEED = 20091201


@dataclass(frozen=True, eq=False)
class Arriving:
    """The records of a table, and the day that each arrives on, from 0."""

    rows: pa.Table
    days: np.ndarray

    def on(self, day: int) -> pa.Table:
        """Those of one day."""
        return self.rows.filter(pa.array(self.days == day))


class History:
    """What happened in a store, by the day it is told of."""

    def __init__(self, store: sg.Workspace, *, late: bool) -> None:
        self._draw = np.random.default_rng(_SEED)
        self._late = late
        names = (*_MOMENT, *_PART, "products")
        tables = {name: store.facts(name) for name in names}
        self._arriving = dict(self._all(tables))

    def _all(self, tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, list[Arriving]]]:
        days = {name: self._days(tables[name], column) for name, column in _MOMENT.items()}
        for name in _MOMENT:
            yield name, [Arriving(tables[name], days[name])]
        for name, owner in _PART.items():
            key = f"{owner[:-1]}_id"
            at = dict(zip(tables[owner][key].to_pylist(), days[owner].tolist(), strict=True))
            of = np.array([at[each] for each in tables[name][key].to_pylist()], np.int64)
            yield name, [Arriving(tables[name], of)]
        yield "products", [Arriving(tables["products"], np.zeros(len(tables["products"]), int))]

    def _days(self, table: pa.Table, column: str) -> np.ndarray:
        """The days of moments, some of them late; what has no moment was there at first."""
        moments = table[column].cast(pa.int64()).fill_null(0).to_numpy()
        begin = int((FIRST - timedelta(hours=23)).timestamp()) * 1_000_000
        days = np.maximum((moments - begin) // 86_400_000_000, 0)
        if self._late and column != "created_at":
            some = self._draw.random(len(days)) < _LATE_SHARE
            days = days + some * self._draw.integers(1, _LATEST, len(days))
        return np.asarray(days)

    def on(self, day: int) -> dict[str, pa.Table]:
        """The records of one day, orders as they were before they were given back."""
        found = {name: each.on(day) for name, (each,) in self._arriving.items()}
        (orders,) = self._arriving["orders"]
        given_back = self._given_back_on(day, orders)
        found["orders"] = pa.concat_tables([_fresh(found["orders"], day), given_back])
        (lines,) = self._arriving["order_lines"]
        again = pc.is_in(lines.rows["order_id"], given_back["order_id"].combine_chunks())
        found["order_lines"] = pa.concat_tables([found["order_lines"], lines.rows.filter(again)])
        return {name: rows for name, rows in found.items() if rows.num_rows}

    @staticmethod
    def _given_back_on(day: int, orders: Arriving) -> pa.Table:
        """Orders that came earlier and were cancelled or given back on a day, as they are."""
        end = _end(orders.rows)
        return orders.rows.filter(pa.array((end == day) & (orders.days < day)))


def _end(orders: pa.Table) -> np.ndarray:
    """The day that an order was cancelled or given back on; -1 for others."""
    at = pc.coalesce(orders["cancelled_at"], orders["refunded_at"])
    begin = int((FIRST - timedelta(hours=23)).timestamp()) * 1_000_000
    moments = at.cast(pa.int64()).fill_null(begin - 1).to_numpy()
    return np.asarray((moments - begin) // 86_400_000_000)


def _fresh(orders: pa.Table, day: int) -> pa.Table:
    """Orders as they are told of on a day: what becomes of them later is not known yet."""
    later = pa.array(_end(orders) > day)
    state = pc.if_else(later, "PAID", orders["state"])
    fresh = orders.set_column(orders.schema.get_field_index("state"), "state", state)
    for name in ("cancelled_at", "refunded_at"):
        column = pc.if_else(later, pa.scalar(None, orders[name].type), orders[name])
        fresh = fresh.set_column(orders.schema.get_field_index(name), name, column)
    return fresh.cast(orders.schema)


@dataclass
class Tally:
    """What a replay did."""

    days: int = 0
    segments: int = 0
    joined: int = 0
    left: int = 0
    read_anew: int = 0


def replay(whole: sg.Workspace, days: int, *, late: bool, every: int) -> Tally:
    """Live through so many days of a store. Raises AssertionError on the first day on which the
    stored members of a segment are not those of a fresh evaluation."""
    tally = Tally()
    now = [FIRST]
    history = History(whole, late=late)
    queries = {each.preset.name: each.query for each in whole.presets() if each.query}
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: now[0]
    ) as store:
        for name, query in queries.items():
            store.segments.add(name, query)
        tally.segments = len(queries)
        for day in range(days):
            now[0] = FIRST + timedelta(days=day)
            if arrived := history.on(day):
                store.load(arrived, source="replay", live=True)
            store.refresh()
            drift = store.memberships.drift(now[0], store._engine)
            assert not drift, f"{now[0]:%Y-%m-%d}: {drift}"
            if day % every == every - 1:
                tally.read_anew += 1
                assert not (drift := store.drift()), f"{now[0]:%Y-%m-%d}, read anew: {drift}"
            tally.days += 1
            if day % 30 == 0:
                print(f"{now[0]:%Y-%m-%d}: {store.live_count():,} customers", file=sys.stderr)
        for name in queries:
            for turn in store.turns(name):
                tally.joined, tally.left = tally.joined + turn.joined, tally.left + turn.left
    return tally


def main() -> None:
    """Replay, and say what was compared."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--every", type=int, default=50)
    asked = parser.parse_args()
    began = time.monotonic()
    with sg.sample_store(None, synthetic=True) as whole:
        done = replay(whole, asked.days, late=asked.late, every=asked.every)
    print(
        f"{done.days} days, {done.segments} segments, "
        f"{'a tenth of the records late, ' if asked.late else ''}"
        f"{done.joined:,} joined, {done.left:,} left: stored members were those of a fresh "
        f"evaluation on every day, {done.read_anew} times by all facts read anew. "
        f"{time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
