"""`id NOT IN (1)` inside MATCHES asks for another record, not for none with that id."""

from __future__ import annotations

from segmentry.base.errors import ProblemList
from segmentry.facts.operators import EQUALITY, IN, Type
from segmentry.query.ast import Call
from segmentry.query.bound import RecordTest
from segmentry.query.lint.parts import Leaf, Part, leaves


def other_records(whole: Part, problems: ProblemList) -> None:
    """Say what a denied parameter means, which is easily taken for "never"."""
    for leaf in leaves(whole):
        if isinstance(leaf.test, RecordTest) and leaf.holds != leaf.test.negated:
            _look(leaf, leaf.test, problems)


def _look(leaf: Leaf, test: RecordTest, problems: ProblemList) -> None:
    assert isinstance(leaf.node, Call)
    denied = {
        each.field.name
        for each in test.filters
        if each.negated and each.operator in EQUALITY and each.field.type in (Type.ID, Type.TEXT)
    }
    for parameter in leaf.node.parameters:
        if parameter.name not in denied or test.aggregates:
            continue
        one, _ = test.function.noun
        values = problems.text[parameter.operands[0].span[0] : parameter.operands[-1].span[1]]
        same = f"IN ({values})" if parameter.operator is IN else f"= {values}"
        fix = f"{leaf.node.name} NOT MATCHES ({parameter.name} {same})"
        problems.add(
            "other_records",
            f"This asks for any other {one}, and also fits people who had this one as well. "
            f"For those who never had it, write {fix}.",
            *parameter.span,
            fix,
        )
