"""Values that nothing in the store carries: misspelt, or not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.base.errors import ProblemList
from segmentry.base.quoting import quote
from segmentry.facts.field import Field, Function
from segmentry.facts.operators import EQUALITY, MEMBERSHIP, Type
from segmentry.query import suggest
from segmentry.query.ast import Call, Condition, Literal
from segmentry.query.bound import AttributeTest, FieldTest, RecordTest
from segmentry.query.lint.parts import Leaf, Part, leaves
from segmentry.query.lint.store import StoreFacts
from segmentry.query.values import Number, Text

MOST_COMPARED = 5_000
"""Of more values none is looked for that is spelt like one: it takes too long."""

_OPERATORS = (*EQUALITY, *MEMBERSHIP)


def unknown_values(whole: Part, store: StoreFacts, problems: ProblemList) -> None:
    """Say which values nothing carries, with the one that is spelt most alike."""
    for leaf in leaves(whole):
        for function, test, condition in comparisons(leaf):
            if test.operator in _OPERATORS and test.field.type in (Type.TEXT, Type.LIST, Type.ID):
                _look_up(function, test, condition, store, problems)


def comparisons(
    leaf: Leaf,
) -> Iterator[tuple[Function | None, AttributeTest | FieldTest, Condition]]:
    """The single comparisons of a condition, as bound and as written, with their function."""
    match leaf.test, leaf.node:
        case AttributeTest() as test, Condition() as condition:
            yield None, test, condition
        case RecordTest(function, filters) as test, Call(parameters=parameters):
            by_name = {each.field.name: each for each in filters}
            for parameter in parameters:
                if parameter.name in by_name:
                    yield function, by_name[parameter.name], parameter


def _look_up(
    function: Function | None,
    test: AttributeTest | FieldTest,
    condition: Condition,
    store: StoreFacts,
    problems: ProblemList,
) -> None:
    carried = store.carried(function, test.field)
    if carried is None:
        return
    field = test.field
    known = {_key(field, test, value): value for value in carried}
    for literal, operand in zip(condition.operands, test.operands, strict=True):
        if str(operand) in known or _without_source(field, str(operand), known):
            continue
        close = suggest.closest(str(operand), known) if len(known) <= MOST_COMPARED else None
        problems.add(
            "unknown_to_store",
            f"{_nothing(function, field)} {_written(literal)}, as far as the data go.",
            *literal.span,
            quote(known[close]) if close else None,
        )


def _key(field: Field, test: AttributeTest | FieldTest, value: str) -> str:
    return value if _is_id(field) else field.key(value, test.operator)


def _is_id(field: Field) -> bool:
    return field.ids or field.type is Type.ID


def _without_source(field: Field, operand: str, known: dict[str, str]) -> bool:
    """Whether an id is there, written without the name of its source."""
    return _is_id(field) and any(value.partition(":")[2] == operand for value in known)


def _nothing(function: Function | None, field: Field) -> str:
    if function is None:
        return f"Nobody has, under {field.label},"
    return f"No {function.noun[0]} can have, under {field.label},"


def _written(literal: Literal) -> str:
    match literal.value:
        case Text(text):
            return quote(text)
        case Number(number):
            return f"{number:f}"
    return str(literal.value)
