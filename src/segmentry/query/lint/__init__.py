"""Warns of queries that run and yet hardly say what was meant.

Comes in: a bound query. Goes out: warnings and notes with their places. Claims about who
can be a member are proofs: they hold for any data, at every moment and in every zone.
"""

from __future__ import annotations

from segmentry.base.errors import Problem, ProblemList
from segmentry.query.bound import BoundQuery
from segmentry.query.lint.parts import parts_of
from segmentry.query.lint.rules.certain import certain
from segmentry.query.lint.rules.implied import implied
from segmentry.query.lint.rules.left_out import left_out
from segmentry.query.lint.rules.other_records import other_records
from segmentry.query.lint.rules.unknown_values import unknown_values
from segmentry.query.lint.store import StoreFacts


def lint(query: BoundQuery, store: StoreFacts | None = None) -> tuple[Problem, ...]:
    """What is worth saying about a query, in the order of its text; with the facts of a store
    also what only they can tell."""
    whole, text = parts_of(query), query.query.text
    warnings = ProblemList(text, severity="warning")
    notes = ProblemList(text, severity="note")
    certain(whole, warnings)
    implied(whole, warnings)
    other_records(whole, notes)
    if store is not None:
        unknown_values(whole, store, warnings)
        left_out(whole, store, notes)
    every = (*warnings.items, *notes.items)
    return tuple(sorted(every, key=lambda problem: (problem.start, problem.end)))
