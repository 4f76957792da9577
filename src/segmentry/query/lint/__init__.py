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


def lint(query: BoundQuery) -> tuple[Problem, ...]:
    """What is worth saying about a query, in the order of its text."""
    whole = parts_of(query)
    problems = ProblemList(query.query.text, severity="warning")
    certain(whole, problems)
    implied(whole, problems)
    return tuple(sorted(problems.items, key=lambda problem: (problem.start, problem.end)))
