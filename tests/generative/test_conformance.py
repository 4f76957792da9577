"""Both engines keep every law of the suite that other engines are held to, on random stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from segmentry.engines.base import CustomerValue, EngineMaker, FactSource, Keeping, NextChange
from segmentry.engines.conformance import LAWS, BrokenLaw, Case, Law
from segmentry.engines.live import LiveEngine
from segmentry.engines.reference import ReferenceEngine
from segmentry.engines.reference.view import ReferenceView
from segmentry.facts.field import Attribute
from segmentry.facts.store import Store
from segmentry.plan.nodes import Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.dates import last_midnight

from . import queries
from .stores import MadeUpStore, make_up, stores
from .taken import taken
from .test_engines_agree import OFFER, TakenFacts
from .test_next_change import several_moving

few = settings(max_examples=max(3, settings().max_examples // 8))
_TICK = timedelta(microseconds=1)


def case(store: MadeUpStore, texts: list[str], make: EngineMaker) -> Case:
    """Some queries about a store at its moment and around midnight."""
    given = taken(store)
    midnight = last_midnight(store.as_of, given.store.zone)
    moments = (midnight - _TICK, midnight, store.as_of)
    plans = {text: plan(bind(text, given.names())) for text in texts}
    return Case(make, TakenFacts(given), given.store, plans, moments)


@pytest.mark.parametrize("make", [LiveEngine, ReferenceEngine])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@few
@given(
    stores(),
    st.lists(queries.valid(OFFER, most=3), min_size=1, max_size=3),
    st.lists(several_moving(), min_size=1, max_size=2),
)
def test_our_engines_keep_the_laws(
    make: EngineMaker, law: Law, store: MadeUpStore, some: list[str], moving: list[str]
) -> None:
    """The live engine and the reference keep a law, whatever is asked."""
    if make is ReferenceEngine and law.__name__.startswith(("the_next_change", "nobody_joins")):
        moving = moving[:1]  # it steps through two years for each answer
        some = []
    law(case(store, [*some, *moving], make))


# -- engines that break them ------------------------------------------------------------


class _Forgetful(ReferenceEngine):
    """Loses a customer wherever anybody is a member."""

    def members(self, plan: Plan, as_of: datetime, among: object = None) -> frozenset[str]:
        """All members but one."""
        return frozenset(sorted(super().members(plan, as_of))[1:])


class _Generous(ReferenceEngine):
    """Counts one more than there are."""

    def sizes(self, plan: Plan, moments: Sequence[datetime]) -> list[int]:
        """Too many at every moment."""
        return [size + 1 for size in super().sizes(plan, moments)]


class _Hasty(ReferenceEngine):
    """Tells every change a microsecond too soon."""

    def next_change(self, plan: Plan, customer: str, as_of: datetime) -> NextChange:
        """A moment at which nothing changes."""
        return NextChange(bool(self.members(plan, as_of, [customer])), as_of + _TICK)


class _Late(ReferenceEngine):
    """Is never in a hurry."""

    def next_due(self, plan: Plan, as_of: datetime) -> datetime | None:
        """Never."""
        return None


class _Vague(ReferenceEngine):
    """Knows no values."""

    def values(
        self, attribute: Attribute, as_of: datetime, among: object = None
    ) -> dict[str, CustomerValue]:
        """Nothing of anybody."""
        return dict.fromkeys(self.live(as_of))


class _Shuffled(ReferenceEngine):
    """Gives columns in another order than that of ids."""

    def columns(
        self, attributes: Sequence[Attribute], as_of: datetime, among: object = None
    ) -> pa.Table:
        """The last customer first."""
        found = super().columns(attributes, as_of)
        return found.take(list(range(found.num_rows))[::-1])


class _Stubborn(ReferenceEngine):
    """Goes on with the facts that it was made with."""

    def change(self, facts: FactSource, customers: object, added: object = None) -> None:
        """Nothing new is taken in."""


class _Moody(ReferenceEngine):
    """Answers otherwise when it is asked again."""

    def __init__(self, facts: FactSource, store: Store, keeping: Keeping | None = None) -> None:
        super().__init__(facts, store, keeping)
        self._asked = 0

    def members(self, plan: Plan, as_of: datetime, among: object = None) -> frozenset[str]:
        """Everybody, then nobody, in turn."""
        self._asked += 1
        return self.live(as_of) if self._asked % 2 else frozenset()


class _OutOfOrder(ReferenceView):
    """Names everybody by somebody else's id."""

    @property
    def ids(self) -> NDArray[np.object_]:
        """The ids, each one place further on."""
        return np.roll(super().ids, 1)


class _Confused(ReferenceEngine):
    """Has views of which the order is not that of the ids."""

    def view(self, as_of: datetime) -> ReferenceView:
        """All customers, in no order."""
        return _OutOfOrder(self.at(as_of))


BROKEN: dict[str, EngineMaker] = {
    "a_query_and_its_complement_split_the_customers": _Forgetful,
    "everybody_is_there": _Forgetful,
    "some_are_the_members_among_them": _Forgetful,
    "moments_do_not_disturb_each_other": _Moody,
    "sizes_are_those_of_the_members": _Generous,
    "members_are_those_of_the_reference": _Forgetful,
    "values_are_those_of_the_reference": _Vague,
    "columns_are_the_values": _Shuffled,
    "the_next_change_is_the_first_that_is_seen": _Hasty,
    "a_view_has_the_same_members": _Forgetful,
    "a_view_has_the_same_values": _Confused,
    "nobody_joins_or_leaves_before_it_is_due": _Late,
    "a_stranger_changes_nobody_else": _Stubborn,
}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law_can_be_broken(law: Law) -> None:
    """Each law finds an engine that does not keep it, and says what was asked."""
    asked = "number_of_orders >= 0 AND last_active_date != -3d"
    broken = case(make_up(4, 1), [asked], BROKEN[law.__name__])
    with pytest.raises(BrokenLaw, match=r"as of 20"):
        law(broken)
