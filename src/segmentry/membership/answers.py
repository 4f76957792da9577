"""An engine's answers as sets of customers' numbers, as they are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Set
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Engine as AppDb
from sqlalchemy.orm import Session

from segmentry.engines.base import Engine
from segmentry.plan.nodes import Plan
from segmentry.storage.numbers import all_numbers, numbered


class Answers:
    """Who is in a plan, by number. The numbers that were seen once are remembered."""

    def __init__(self, app: AppDb, engine: Callable[[], Engine]) -> None:
        self._app = app
        self._engine = engine
        self._known: dict[str, int] | None = None
        self._in_view: tuple[NDArray[np.object_], NDArray[np.uint32]] | None = None

    def members(self, plan: Plan, at: datetime) -> BitMap:
        """All members at a moment."""
        view = self._engine().view(at)
        inside = np.unpackbits(view.members(plan), count=len(view.ids)).view(np.bool_)
        return BitMap(self._numbers_in(view.ids)[inside])

    def members_among(self, plan: Plan, at: datetime, customers: Set[str]) -> BitMap:
        """The members among some customers at a moment."""
        return self.numbers(self._engine().members(plan, at, customers))

    def due(self, plan: Plan, at: datetime) -> datetime | None:
        """A moment until which nobody joins or leaves by time alone; None for ever."""
        return self._engine().next_due(plan, at)

    def numbers(self, customers: Collection[str]) -> BitMap:
        """The numbers of customers; new ones get one."""
        known = self._numbers(customers)
        return BitMap(known[each] for each in customers)

    def forget(self) -> None:
        """Read the numbers anew when they are next asked for."""
        self._known = self._in_view = None

    def _numbers_in(self, ids: NDArray[np.object_]) -> NDArray[np.uint32]:
        """The numbers of the customers of a view, worked out once for all that has them."""
        if self._in_view is None or self._in_view[0] is not ids:
            known = self._numbers(everybody := ids.tolist())
            numbers = np.fromiter((known[each] for each in everybody), np.uint32, len(everybody))
            self._in_view = ids, numbers
        return self._in_view[1]

    def _numbers(self, customers: Collection[str]) -> dict[str, int]:
        if self._known is None:
            with Session(self._app) as session:
                self._known = all_numbers(session)
        known = self._known
        if missing := [each for each in customers if each not in known]:
            with Session(self._app) as session, session.begin():
                known.update(numbered(session, missing))
        return known
