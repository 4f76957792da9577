"""Whose facts arrivals changed, and in what way."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from segmentry.facts.tables import EVENTS


@dataclass(frozen=True, slots=True, eq=False)
class Touched:
    """Customers whose facts are others than before.

    Of `customers` anything may be. To others events were `added`, rows of the canonical
    table, and nothing else; none of these events is the first thing that is known of its
    customer.
    """

    customers: frozenset[str] = frozenset()
    added: pa.Table = field(default_factory=EVENTS.schema.empty_table)

    @property
    def by_events(self) -> frozenset[str]:
        """Those to whom events were added, and nothing else."""
        return frozenset(self.added.column("customer_id").unique().to_pylist())

    @property
    def everybody(self) -> frozenset[str]:
        """All of them."""
        return self.customers | self.by_events
