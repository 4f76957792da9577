"""Binds `anniversary('attribute')`: a date attribute whose month and day are compared."""

from __future__ import annotations

from segmentry.base.errors import ProblemList
from segmentry.facts.anniversaries import OPERATORS, WIDEST
from segmentry.facts.field import Attribute, Field
from segmentry.facts.operators import BETWEEN, Type
from segmentry.query.ast import Condition
from segmentry.query.bound import AnniversaryTest
from segmentry.query.operands import bind_operands, days_apart


def bind_anniversary(
    attribute: Attribute, condition: Condition, problems: ProblemList, notes: ProblemList
) -> AnniversaryTest | None:
    """The test on the anniversary of an attribute, or None where a problem was noted.

    Refuses what is no date, operators and points in time that no anniversary has, and
    spans so wide that every date has its anniversary in them.
    """
    if not attribute.type.dated:
        problems.add(
            "not_a_date",
            f"{attribute.name} is no date and has no anniversary.",
            *condition.name_span,
        )
        return None
    if condition.operator not in OPERATORS:
        _wrong_operator(condition, problems)
        return None
    day = Field(name=f"The anniversary of {attribute.name}", type=Type.DAY, label=attribute.label)
    operands = bind_operands(day, condition, problems, notes)
    if operands is None:
        return None
    test = AnniversaryTest(attribute, condition.operator, condition.negated, operands)
    if _too_wide(test):
        problems.add(
            "anniversary_too_wide",
            f"An anniversary is looked for in at most {WIDEST} days: every date has one in a year.",
            condition.operands[0].span[0],
            condition.operands[1].span[1],
        )
        return None
    return test


def _wrong_operator(condition: Condition, problems: ProblemList) -> None:
    allowed = ", ".join(operator.symbol for operator in OPERATORS)
    problems.add(
        "wrong_operator",
        f"An anniversary does not support operator "
        f"'{condition.operator.written(condition.negated)}'. It takes {allowed}.",
        *condition.operator_span,
    )


def _too_wide(test: AnniversaryTest) -> bool:
    if test.operator is not BETWEEN:
        return False
    apart = days_apart(*test.operands)
    return apart is not None and apart > WIDEST
