"""What an engine is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import pyarrow as pa

from segmentry.engines.view import View
from segmentry.facts.field import Attribute
from segmentry.facts.store import Store
from segmentry.facts.tables import Table
from segmentry.facts.touched import Touched
from segmentry.plan.nodes import Plan
from segmentry.query.bound import RecordTest

CustomerValue: TypeAlias = str | int | Fraction | date | datetime | frozenset[str] | None
"""A customer's value: money in ten-thousandths, ratios exact, moments in UTC, None missing."""


RecordValues: TypeAlias = Mapping[str, CustomerValue]
"""What is known of one record: an order, a purchase, an event."""


class FactSource(Protocol):
    """Where an engine reads the canonical tables."""

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, in its declared schema."""
        ...


class FactsBeside(FactSource, Protocol):
    """Facts that another thread reads, standing still until they are told to go on."""

    @property
    def position(self) -> int:
        """The position of the last import that they have."""
        ...

    def go_on(self) -> None:
        """Read the facts as they are then from now on."""
        ...

    def interrupt(self) -> None:
        """End what another thread is reading, with an error there."""
        ...


@runtime_checkable
class ChangingFacts(FactSource, Protocol):
    """Facts of which some have changed since an engine read them."""

    def of(self, customers: Iterable[str]) -> FactSource:
        """What the answers about some customers are made from."""
        ...

    def beside(self) -> FactsBeside:
        """The facts as they are now, for another thread."""
        ...


@dataclass(frozen=True, slots=True)
class AverageGap:
    """The store's average days between orders, and whether it was measured or assumed."""

    days: Fraction
    measured: bool


@dataclass(frozen=True, slots=True)
class NextChange:
    """When a customer next joins or leaves, with the facts as they are known now.

    `inside` is whether the customer is in at the moment asked about, `at` the first moment
    after it at which that is no longer so. Without such a moment nothing changes before
    `unknown_from` or, where that is None too, ever, as far as time alone goes.
    """

    inside: bool
    at: datetime | None = None
    unknown_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """How many members there are at a moment, and some of the `customers` in a row."""

    count: int
    customers: tuple[str, ...]


class Engine(Protocol):
    """Answers questions about the customers of one store at any moment."""

    def live(self, as_of: datetime) -> frozenset[str]:
        """The customers there are at a moment."""
        ...

    def members(
        self, plan: Plan, as_of: datetime, among: Iterable[str] | None = None
    ) -> frozenset[str]:
        """The customers for whom the plan holds at a moment.

        With `among` these customers alone are asked, and the cost follows their number,
        thresholds of the store aside. Ids of nobody, and of those not there, give nothing.
        """
        ...

    def view(self, as_of: datetime) -> View:
        """All customers of a moment in one order, as arrays. It stays as it is when facts
        change, and is not to be kept for long."""
        ...

    def sizes(self, plan: Plan, moments: Sequence[datetime]) -> list[int]:
        """How many customers the plan holds for at each of these moments, in their order."""
        ...

    def next_change(self, plan: Plan, customer: str, as_of: datetime) -> NextChange:
        """When a customer next joins or leaves after a moment. Somebody unknown never does.

        Never a wrong moment: where it takes too long to find, or where it depends on what
        the store's other customers do until then, the answer says from when on it is unknown.
        """
        ...

    def next_changes(
        self, plan: Plan, customers: Iterable[str], as_of: datetime
    ) -> Mapping[str, NextChange]:
        """The same for each of some customers; of several the moments from which on nothing is
        known can be sooner."""
        ...

    def since(self, plan: Plan, customer: str, as_of: datetime) -> datetime | None:
        """The last moment up to one at which a customer joined or left, by the facts known now.

        Never a wrong moment: None where they never did, where it takes too long to find, or
        where it depends on the store's other customers on days before.
        """
        ...

    def page(self, plan: Plan, as_of: datetime, offset: int, limit: int) -> Page:
        """The members from one place on in the order of their ids, so many at most, and how
        many there are in all."""
        ...

    def next_due(self, plan: Plan, as_of: datetime) -> datetime | None:
        """A moment after another before which nobody joins or leaves by time alone, None where
        nobody ever does, with the facts as they are known now. It can be too early; nobody
        need have joined or left when it comes.
        """
        ...

    def values(
        self, attribute: Attribute, as_of: datetime, among: Iterable[str] | None = None
    ) -> Mapping[str, CustomerValue]:
        """An attribute's value for every live customer at a moment, or for those among some."""
        ...

    def columns(
        self, attributes: Sequence[Attribute], as_of: datetime, among: Iterable[str] | None = None
    ) -> pa.Table:
        """The same of several attributes, all by one state of the facts: one row a customer in
        the order of their ids, `customer_id` and a column for each attribute, in the types of
        `engines.columns`."""
        ...

    def records(self, test: RecordTest, customer: str, as_of: datetime) -> list[RecordValues]:
        """The records of one customer that the filters of a test leave at a moment, in no
        order: each by the names of the function's parameters. None of somebody not there."""
        ...

    def average_gap(self, as_of: datetime) -> AverageGap:
        """The store's average days between orders on the day of `as_of`."""
        ...

    def change(
        self, facts: ChangingFacts, customers: Set[str], added: pa.Table | None = None
    ) -> None:
        """Answer by the facts as they are now, of which those of these customers differ from
        what was read before. Customers can have come and gone.

        To others nothing was done but that events were `added`, rows of the canonical table,
        of which none is the first that is known of its customer.
        """
        ...

    def close(self, *, keep: bool = True) -> None:
        """End what is still being done beside; nothing can be asked afterwards. Without `keep`
        nothing that was made of the facts is saved."""
        ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where an engine may keep what it made of the facts of a workspace, and what these are.

    `version` names the facts; `position` is that of the last import applied to them;
    `touched_since` gives the customers whose facts were changed by imports after a
    position, None where it may be those of all.
    """

    path: Path
    version: str
    position: int
    touched_since: Callable[[int], Touched | None]


class EngineMaker(Protocol):
    """Makes an engine that answers about the facts of one store."""

    def __call__(
        self, facts: FactSource, store: Store, keeping: Keeping | None = None, /
    ) -> Engine:
        """An engine over the facts, which are `ChangingFacts` where it may keep something."""
        ...

    def __hash__(self) -> int:
        """Makers are told apart by what they are."""
        ...
