"""Everything customers did, and what of it counts."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from segmentry.engines.base import FactSource
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.events import Events, read_events
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.messages import (
    NEVER,
    bounced_at,
    clicked_by_machine,
    opened_by_machine,
)
from segmentry.facts.events import ACTIVE


class EventLog:
    """The events of the customers; those of some names are put aside when first asked for."""

    def __init__(self, facts: FactSource, customers: Customers) -> None:
        self._facts = facts
        self._customers = customers
        self._named: dict[tuple[str, ...], Events] = {}
        self._machines: dict[str, Mask] = {}
        self._ends: dict[str, Whole] = {}

    @cached_property
    def every(self) -> Events:
        """All of them."""
        return read_events(self._facts, self._customers)

    @cached_property
    def active(self) -> tuple[Whole, Whole]:
        """Who was there, and when: visits, opens and clicks, not those of machines."""
        own = [(self.named(name), ~self.by_machine(name)) for name in sorted(ACTIVE)]
        owners = np.concatenate([events.owners[rows] for events, rows in own])
        return owners, np.concatenate([events.at[rows] for events, rows in own])

    def named(self, *names: str) -> Events:
        """The events of some names."""
        if names not in self._named:
            self._named[names] = self._put_aside(names)
        return self._named[names]

    def by_machine(self, name: str) -> Mask:
        """Which events of a name were not done by a person."""
        if name not in self._machines:
            self._machines[name] = self._by_machine(name)
        return self._machines[name]

    def ends(self, name: str) -> Whole:
        """The moment from which each event of a name no longer holds: a delivery until its
        message bounced."""
        if name not in self._ends:
            self._ends[name] = self._ended_at(name)
        return self._ends[name]

    def _put_aside(self, names: tuple[str, ...]) -> Events:
        return self.every.named(names)

    def _by_machine(self, name: str) -> Mask:
        events = self.named(name)
        match name:
            case "email.opened":
                return opened_by_machine(events)
            case "email.clicked":
                return clicked_by_machine(events, self.named("email.delivered"))
            case "sms.clicked":
                return clicked_by_machine(events, self.named("sms.delivered"))
        return np.zeros(events.size, np.bool_)

    def _ended_at(self, name: str) -> Whole:
        events = self.named(name)
        if name == "email.delivered":
            return bounced_at(events, self.named("email.bounced"))
        return np.full(events.size, NEVER)
