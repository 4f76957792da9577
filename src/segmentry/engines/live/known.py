"""What is known by a moment: of most customers as it was before, of some since found anew.

Only the customers of whom a fact has taken effect are asked again. All the others have the
answers that they had, which are compared with the present day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentry.engines.base import CustomerValue
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.arrow import to_arrow
from segmentry.engines.live.asked import AskedPlan
from segmentry.engines.live.bits import Bits, replaced, unpacked
from segmentry.engines.live.columns import NONE
from segmentry.engines.live.effects import later
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.part import Part
from segmentry.engines.live.snapshot import Share, Snapshot
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import TEXTS
from segmentry.facts.field import Attribute


class Base:
    """Answers about all customers, and the facts that take effect after them.

    Where these are many, as after a moment long past, `later` is None.
    """

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        now = answers.now
        self._most_changed = now.size // _CHANGED_SHARE + _CHANGED_AT_LEAST
        self.later = later(now.columns, now.until, _LATER_EACH * now.size + _LATER_AT_LEAST)

    def known_by(self, moment: int) -> Known | None:
        """What is known by a moment; None where too many customers have changed by then."""
        until = self.answers.now.until
        if moment == until and self.later is None:
            return Known(self.answers, until, until + 1)
        if moment < until or self.later is None:
            return None
        changed = self.later.by(moment)
        if len(changed) > self._most_changed:
            return None
        begins, ends = self.later.between(moment)
        if not len(changed):
            return Known(self.answers, until, ends)
        now = self.answers.now
        part = Answers(Snapshot(Part(now.columns, changed), moment, now.rules))
        return Known(self.answers, begins, ends, Changed(changed, part))


_CHANGED_SHARE = 256
_CHANGED_AT_LEAST = 16
"""How many customers can have changed before all are asked again: a share, and some."""
_LATER_EACH = 2
_LATER_AT_LEAST = 10_000
"""How many later facts are looked after: so many for each customer, and some."""


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Customers of whom a fact has taken effect since, and the answers about them."""

    ordinals: Whole
    answers: Answers


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The answers about all customers from a moment on, before another."""

    base: Answers
    begins: int
    ends: int
    changed: Changed | None = None

    def holds_at(self, moment: int) -> bool:
        """Whether the same facts are in effect at a moment."""
        return self.begins <= moment < self.ends

    @property
    def answers(self) -> tuple[Answers, ...]:
        """The answers about everybody, of which those changed since have others."""
        return (self.base, self.changed.answers) if self.changed else (self.base,)

    def shares(self) -> list[Share]:
        """The customers as they are known to be, each in one share."""
        same = np.ones(self.base.now.size, np.bool_)
        if self.changed is None:
            return [Share(self.base.now, same)]
        ordinals, now = self.changed.ordinals, self.changed.answers.now
        same[ordinals] = False
        return [Share(self.base.now, same), Share(now, np.ones(now.size, np.bool_), ordinals)]


class AtMoment:
    """All questions about one moment."""

    def __init__(self, known: Known, meanings: Meanings, day: StoreDay) -> None:
        self._known = known
        self._base = Evaluation(known.base, meanings, day)
        self._changed = None
        if known.changed is not None:
            answers = known.changed.answers
            self._changed = known.changed.ordinals, Evaluation(answers, meanings, day)

    def parts(self, places: Whole) -> list[tuple[Evaluation, Whole]]:
        """What answers for the customers, each with the places that those have for whom it
        does, and NONE for the others."""
        if self._changed is None:
            return [(self._base, places)]
        ordinals, changed = self._changed
        same = places.copy()
        same[ordinals] = NONE
        return [(self._base, same), (changed, places[ordinals])]

    @property
    def live(self) -> Bits:
        """The customers there are."""
        if self._changed is None:
            return self._base.live
        ordinals, changed = self._changed
        return replaced(self._base.live, ordinals, unpacked(changed.live, len(ordinals)))

    def members(self, plan: AskedPlan) -> Bits:
        """The customers for whom the plan holds."""
        found = self._base.members(plan)
        if self._changed is None:
            return found
        ordinals, changed = self._changed
        return replaced(found, ordinals, unpacked(changed.members(plan), len(ordinals)))

    def values(self, attribute: Attribute, customers: Whole) -> list[CustomerValue]:
        """An attribute's value for some customers, in order."""
        found = self._base.column(attribute).listed(customers)
        if self._changed is None:
            return found
        ordinals, changed = self._changed
        asked = np.flatnonzero(np.isin(ordinals, customers))
        places = np.searchsorted(customers, ordinals[asked])
        anew = changed.column(attribute).listed(asked)
        for place, value in zip(places.tolist(), anew, strict=True):
            found[place] = value
        return found

    def column(self, attribute: Attribute, customers: Whole) -> pa.Array:
        """The same as a column."""
        if attribute.name in TEXTS:
            texts = self._known.base.now.customers.texts(TEXTS[attribute.name])
            return texts if len(customers) == len(texts) else texts.take(pa.array(customers))
        zone = self._known.base.now.columns.zone
        found = to_arrow(self._base.column(attribute), attribute.type, zone)
        if self._changed is None:
            return found if len(customers) == len(found) else found.take(pa.array(customers))
        ordinals, changed = self._changed
        rows = np.arange(len(found))
        rows[ordinals] = len(found) + np.arange(len(ordinals))
        anew = to_arrow(changed.column(attribute), attribute.type, zone)
        return pa.concat_arrays([found, anew]).take(pa.array(rows[customers]))
