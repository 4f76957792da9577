"""What is watched: every active segment with its plan and a mark of what it means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from segmentry.facts.metafields import PREFIX as METAFIELD
from segmentry.facts.store import Store
from segmentry.plan.bounds import needs_the_store
from segmentry.plan.nodes import Plan
from segmentry.plan.passing import tables
from segmentry.plan.planner import plan
from segmentry.query.bound import AttributeTest, BoundQuery
from segmentry.query.printer import print_query


@dataclass(frozen=True)
class Watched:
    """A segment to keep the members of. Two of one meaning have the same members, whatever
    the facts and the moment: the rules of the store, and the query with all it refers to."""

    id: int
    name: str
    plan: Plan
    meaning: str

    @cached_property
    def by_the_store(self) -> bool:
        """Whether customers are measured against others."""
        return any(needs_the_store(step, self.plan) for step in self.plan.steps)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The canonical tables that it asks about."""
        return tables(self.plan)


def watched(id: int, name: str, query: BoundQuery, store: Store) -> Watched:
    """A segment by its bound query, in a store."""
    rules = f"{store.order_rules.name} {store.zone.key}"
    return Watched(id, name, plan(query), f"{rules} {_mark(query)}")


def only_rules_differ(meaning: str, other: str) -> bool:
    """Whether two meanings are one query by other rules of the store."""
    return meaning.rpartition(" ")[2] == other.rpartition(" ")[2]


def _mark(query: BoundQuery) -> str:
    return hashlib.sha256("\0".join(_parts(query)).encode()).hexdigest()


def _parts(query: BoundQuery) -> Iterator[str]:
    """All that the meaning of a query follows from, beside the facts and the moment."""
    yield print_query(query.query)
    lists = query.lists
    yield f"{'fixed' if lists.fixed else ''} {sorted(lists.included)} {sorted(lists.excluded)}"
    for step in plan(query).steps:
        if isinstance(step, AttributeTest) and step.field.name.startswith(METAFIELD):
            yield f"{step.field.name} {step.field.type.name}"
    for key, other in query.segments:
        yield key
        yield from _parts(other)
