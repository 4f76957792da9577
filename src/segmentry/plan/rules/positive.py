"""A negated test of records is the complement of the positive one."""

from __future__ import annotations

from dataclasses import replace

from segmentry.plan.nodes import Difference, Expression, Leaf
from segmentry.query.bound import RecordTest, Test


def positive(test: Test) -> Expression:
    """`NOT MATCHES` as everybody but those of `MATCHES`, so that both share one test."""
    match test:
        case RecordTest(negated=True):
            return Difference(Leaf(replace(test, negated=False)))
    return Leaf(test)
