"""What is known of a store as its facts change: layers, each holding some customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from segmentry.engines.base import ChangingFacts, CustomerValue
from segmentry.engines.columns import ID
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.arrow import in_order
from segmentry.engines.live.asked import AskedPlan
from segmentry.engines.live.bits import Bits, unpacked
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.held import Held, add, read_again
from segmentry.engines.live.known import AtMoment
from segmentry.engines.live.layer import Layer, mask_of
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.ranks import Ranks
from segmentry.engines.live.snapshot import Share, Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.store_day import StoreDay
from segmentry.facts.field import Attribute
from segmentry.facts.store import Store
from segmentry.query.dates import last_midnight, local_day

_KEPT_MOMENTS = 4
_KEPT_AMONG = 2
"""Of some customers two moments are asked about by turns: now, and what was so long ago."""
_TICK = timedelta(microseconds=1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """All questions about one moment, to every layer for the customers that it holds."""

    layers: tuple[tuple[Held, AtMoment], ...]

    def live(self) -> list[Bits]:
        """The customers there are, a set for each layer."""
        return [at.live & held.bits for held, at in self.layers]

    def members(self, plan: AskedPlan) -> list[Bits]:
        """The customers for whom a plan holds, a set for each layer."""
        return [at.members(plan) & held.bits for held, at in self.layers]

    def ids(self, sets: Sequence[Bits]) -> frozenset[str]:
        """The ids of customers given a set for each layer."""
        found: set[str] = set()
        for (held, _), bits in zip(self.layers, sets, strict=True):
            found.update(held.layer.ids[unpacked(bits, held.layer.size)].tolist())
        return frozenset(found)

    def values(self, attribute: Attribute) -> dict[str, CustomerValue]:
        """An attribute's value for every customer there is."""
        found: dict[str, CustomerValue] = {}
        for (held, at), bits in zip(self.layers, self.live(), strict=True):
            live = np.flatnonzero(unpacked(bits, held.layer.size))
            values = at.values(attribute, live)
            found.update(zip(held.layer.ids[live].tolist(), values, strict=True))
        return found

    def columns(self, attributes: Sequence[Attribute]) -> pa.Table:
        """The values of attributes for every customer there is, in the order of their ids."""
        tables = []
        for (held, at), bits in zip(self.layers, self.live(), strict=True):
            live = np.flatnonzero(unpacked(bits, held.layer.size))
            columns = {ID: held.layer.columns.customers.keys.texts.take(pa.array(live))}
            columns |= {each.name: at.column(each, live) for each in attributes}
            tables.append(pa.table(columns))
        return in_order(tables)


class Generation:
    """The layers of one state of the facts, the one with all customers first.

    `days` are what customers are measured against, by the midnight it was found at.
    """

    def __init__(
        self,
        held: tuple[Held, ...],
        store: Store,
        days: Callable[[Generation], dict[datetime, Ranks]] = lambda _: {},
    ) -> None:
        self.held = held
        self.store = store
        self._moments: dict[datetime, Answered] = {}
        self._among: dict[tuple[datetime, frozenset[str]], tuple[Evaluation, ...]] = {}
        self._days = days(self)

    @classmethod
    def first(cls, layer: Layer, store: Store) -> Generation:
        """All customers in one layer."""
        return cls((Held.whole(layer),), store)

    def apart(self) -> Generation:
        """The same, to be asked about other moments: what is kept of this one stays."""
        return Generation(tuple(each.apart() for each in self.held), self.store)

    def after(
        self, facts: ChangingFacts, customers: Set[str], added: pa.Table | None = None
    ) -> Generation:
        """The same after the facts of some customers have changed, and events were `added` to
        others."""
        now = self._after(facts, customers) if customers else self
        if added is not None and added.num_rows:
            now = now._after_events(added)
        return now

    def _after(self, facts: ChangingFacts, customers: Set[str]) -> Generation:
        below, asked = read_again(self.held, customers)
        layer = Layer(StoreColumns(facts.of(asked), self.store.zone), self.store.order_rules)
        on_top = Held(layer, mask_of(layer.having(asked), layer.size))

        def days(now: Generation) -> dict[datetime, Ranks]:
            return {
                midnight: self._day_after(ranks, midnight, asked, now)
                for midnight, ranks in self._days.items()
            }

        return Generation((*below, on_top), self.store, days)

    def _day_after(
        self, ranks: Ranks, midnight: datetime, asked: Set[str], now: Generation
    ) -> Ranks:
        """What customers are measured against when some of them are known anew."""
        before = number_of(midnight - _TICK)
        left, came = self._picked(asked, before), [now.held[-1].picked(asked, before)]
        day = ranks.day.after(lambda: now.shares(before), left, came)
        return ranks.after(day, left, came)

    def _after_events(self, added: pa.Table) -> Generation:
        customers = frozenset(added.column("customer_id").unique().to_pylist())

        def days(now: Generation) -> dict[datetime, Ranks]:
            found = {}
            for midnight, ranks in self._days.items():
                before = number_of(midnight - _TICK)
                left, came = self._picked(customers, before), now._picked(customers, before)
                found[midnight] = ranks.after_events(partial(now.shares, before), left, came)
            return found

        return Generation(tuple(add(self.held, added)), self.store, days)

    def _picked(self, customers: Set[str], moment: int) -> list[Share]:
        """Some customers as they are known by a moment, those of each layer apart."""
        return [each.picked(customers, moment) for each in self.held]

    @property
    def changed(self) -> int:
        """Of how many customers the facts were read again since the first layer's were."""
        first = self.held[0].layer
        return sum(each.count for each in self.held if first not in (each.layer, each.over))

    @property
    def added(self) -> int:
        """How many events are kept beside the facts that were read."""
        return sum(each.added.num_rows for each in self.held if each.added is not None)

    @property
    def size(self) -> int:
        """How many customers are held, those included that are not known yet."""
        return sum(each.count for each in self.held)

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """The ids of all customers held, a layer after the other."""
        return np.concatenate([each.layer.ids[each.holds] for each in self.held])

    @cached_property
    def order(self) -> Whole:
        """The places of all customers held, a layer after the other, in the order of their
        ids."""
        return np.argsort(self.ids.astype(np.dtypes.StringDType()), kind="stable")

    def in_order(self, sets: Sequence[Bits]) -> Mask:
        """One truth a customer in the order of their ids, given a set for each layer."""
        masks = [
            unpacked(bits, held.layer.size) for held, bits in zip(self.held, sets, strict=True)
        ]
        if len(masks) == 1:
            return masks[0]  # the first layer alone holds all it has
        holding = [mask[held.holds] for held, mask in zip(self.held, masks, strict=True)]
        return np.concatenate(holding)[self.order]

    def ids_at(self, places: Whole) -> tuple[str, ...]:
        """The ids at some places in the order of ids."""
        if len(self.held) == 1:
            return tuple(self.held[0].layer.ids[places].tolist())
        ids = np.concatenate([each.layer.ids[each.holds] for each in self.held])
        return tuple(ids[self.order[places]].tolist())

    def at(self, as_of: datetime) -> Answered:
        """All questions about a moment; the last few moments asked about are kept."""
        return _kept(self._moments, as_of, self._at)

    def among(self, customers: frozenset[str], as_of: datetime) -> tuple[Evaluation, ...]:
        """All questions about some customers at a moment, in each layer that has some of them:
        of those asked about last, steps that plans share are made once."""
        key = as_of, customers
        if key not in self._among:
            while len(self._among) >= _KEPT_AMONG:
                self._among.pop(next(iter(self._among)))
            day, meanings = self.day(as_of).day, self.meanings(as_of)
            self._among[key] = tuple(
                Evaluation(Answers(part), meanings, day) for part in self.parts(customers, as_of)
            )
        return self._among[key]

    def parts(self, customers: Set[str], as_of: datetime) -> Iterator[Snapshot]:
        """Some customers as they are known by a moment, those of each layer apart."""
        for held in self.held:
            ordinals = held.ordinals(customers)
            if len(ordinals):
                yield held.layer.picked(ordinals, number_of(as_of))

    def meanings(self, as_of: datetime) -> Meanings:
        """What operands mean at a moment."""
        return Meanings(as_of, self.store.zone, self.day(as_of))

    def _at(self, as_of: datetime) -> Answered:
        ranks, meanings, until = self.day(as_of), self.meanings(as_of), number_of(as_of)
        return Answered(
            tuple(
                (held, AtMoment(held.layer.known_by(until), meanings, ranks.day))
                for held in self.held
            )
        )

    def day(self, as_of: datetime) -> Ranks:
        """What customers are measured against on the day of a moment."""
        return _kept(self._days, last_midnight(as_of, self.store.zone), self._ranks)

    def _ranks(self, midnight: datetime) -> Ranks:
        before = number_of(midnight - _TICK)
        date = local_day(midnight, self.store.zone)
        return Ranks(StoreDay(lambda: self.shares(before), date))

    def shares(self, moment: int) -> list[Share]:
        """The customers as they are known by a moment, each in one share."""
        return [share for held in self.held for share in held.shares(moment)]


def _kept(kept: dict[datetime, T], key: datetime, make: Callable[[datetime], T]) -> T:
    """What was made for a key, and made now if it was not; the last few are kept."""
    if key not in kept:
        while len(kept) >= _KEPT_MOMENTS:
            kept.pop(next(iter(kept)))
        kept[key] = make(key)
    return kept[key]
