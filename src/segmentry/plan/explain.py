"""A plan, and a query part by part, for a person to read.

Words come from the language's sentences; counts from whoever can count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from segmentry.facts.operators import GREATER_OR_EQUAL, IN
from segmentry.plan.nodes import (
    EVERYBODY,
    NOBODY,
    Compared,
    Difference,
    Expression,
    Feature,
    Intersection,
    Leaf,
    Listed,
    Plan,
    Reached,
    Step,
    Total,
    Union,
)
from segmentry.query.ast import And, Node, Not, Or, Query
from segmentry.query.bound import (
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    FieldTest,
    RecordTest,
)
from segmentry.query.printer import print_node, print_value
from segmentry.query.sentence import describe, value_words
from segmentry.query.values import DateValue

Kind: TypeAlias = Literal["all", "any", "not", "condition"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One condition or group: its text, its words, how many it alone is true for."""

    kind: Kind
    text: str
    words: str
    count: int
    parts: tuple[Explained, ...]


def explain(bound: BoundQuery, currency: str, count: Callable[[BoundQuery], int]) -> Explained:
    """The query part by part, each part counted as a query of its own."""

    def part(node: Bound, written: Node) -> Explained:
        text = print_node(written)
        alone = BoundQuery(node, Query(written, text), (), bound.segments)
        parts = tuple(part(*inner) for inner in parts_of(node, written))
        return Explained(kind_of(node), text, describe(node, currency), count(alone), parts)

    return part(bound.root, bound.query.root)


def parts_of(node: Bound, written: Node) -> Iterator[tuple[Bound, Node]]:
    """The parts of a group, each beside the text it comes from."""
    match node, written:
        case (All(parts), And(operands)) | (Any(parts), Or(operands)):
            yield from zip(parts, operands, strict=True)
        case Complement(inner), Not(operand):
            yield inner, operand


def kind_of(node: Bound) -> Kind:
    """How its parts are joined, or that it is a single condition."""
    match node:
        case All():
            return "all"
        case Any():
            return "any"
        case Complement():
            return "not"
    return "condition"


# -- plans ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepText:
    """One step in words, and how it is answered.

    With a `feature`, that is kept for each customer and compared with the `cut`, which
    alone moves with time. A `window` looks at all records of the moment instead.
    """

    words: str
    feature: str | None = None
    cut: str | None = None
    window: bool = False

    def lines(self) -> Iterator[str]:
        """The step as lines of text."""
        yield self.words
        if self.feature:
            yield f"  feature: {self.feature}"
            yield f"  cut: {self.cut}"
        if self.window:
            yield "  window: records are looked at for the moment"


@dataclass(frozen=True, slots=True)
class PlanText:
    """A plan in words: its steps, numbered from 1 by their place, and how they combine.

    `segments` are the plans of segments that tests refer to, by name key.
    """

    tests: tuple[StepText, ...]
    members: str
    segments: tuple[tuple[str, PlanText], ...]

    def lines(self, indent: str = "") -> Iterator[str]:
        """The plan as lines of text."""
        for number, test in enumerate(self.tests, start=1):
            first, *more = test.lines()
            yield f"{indent}{number:>3}  {first}"
            yield from (f"{indent}     {line}" for line in more)
        yield f"{indent}members: {self.members}"
        for name, plan in self.segments:
            yield f"{indent}segment '{name}':"
            yield from plan.lines(indent + "  ")


def plan_text(plan: Plan, currency: str) -> PlanText:
    """The plan in words."""
    steps = plan.steps
    others = tuple((name, plan_text(other, currency)) for name, other in plan.segments)
    numbers = {step: number for number, step in enumerate(steps, start=1)}
    return PlanText(
        tuple(_step(step, currency) for step in steps), _expression(plan.root, numbers), others
    )


def _step(step: Step, currency: str) -> StepText:
    match step:
        case AttributeTest() | AnniversaryTest():
            return StepText(describe(step, currency))
        case RecordTest():
            return StepText(describe(step, currency), window=True)
        case Compared(feature, test):
            words = describe(_asked(feature, test), currency)
            return StepText(words, _feature(feature, currency), _cut(test, currency))
        case Listed(customers):
            return StepText(f"who are among {len(customers):,} listed by hand")
    assert_never(step)


def _asked(feature: Feature, test: FieldTest) -> RecordTest:
    """The test of records that a comparison of a feature answers."""
    filters = tuple(sorted(feature.rows.filters, key=lambda each: each.field.name))
    match feature:
        case Total():
            return RecordTest(feature.rows.function, filters, (test,), False)
        case Reached(_, aggregate, amount):
            enough = FieldTest(aggregate, GREATER_OR_EQUAL, False, (amount,))
            return RecordTest(feature.rows.function, (*filters, test), (enough,), False)
    assert_never(feature)


def _feature(feature: Feature, currency: str) -> str:
    one, many = feature.rows.function.noun
    label = feature.aggregate.label
    match feature:
        case Total():
            return f"{label} of {many}"
        case Reached(amount=1) if feature.aggregate.name == "count":
            return f"date of the {'first' if feature.forwards else 'latest'} {one}"
        case Reached(_, aggregate, amount, forwards):
            said = value_words(amount, aggregate, currency)
            end = "first" if forwards else "latest"
            return f"date at which the {label} of {many}, from the {end} on, reaches {said}"
    assert_never(feature)


def _cut(test: FieldTest, currency: str) -> str:
    """The comparison as a query writes it."""
    values = [
        print_value(operand)
        if isinstance(operand, DateValue)
        else value_words(operand, test.field, currency)
        for operand in test.operands
    ]
    listed = f"({', '.join(values)})" if test.operator is IN else " AND ".join(values)
    return f"{test.operator.written(test.negated)} {listed}".rstrip()


def _expression(node: Expression, numbers: dict[Step, int]) -> str:
    match node:
        case Leaf(step):
            return str(numbers[step])
        case Intersection(()):
            return "everybody"
        case Union(()):
            return "nobody"
        case Intersection(parts):
            return " and ".join(_grouped(part, numbers, Union) for part in parts)
        case Union(parts):
            return " or ".join(_grouped(part, numbers) for part in parts)
        case Difference(part):
            return f"not {_grouped(part, numbers, Intersection, Union)}"
    assert_never(node)


def _grouped(node: Expression, numbers: dict[Step, int], *loose: type) -> str:
    text = _expression(node, numbers)
    alone = node in (EVERYBODY, NOBODY) or not isinstance(node, loose)
    return text if alone else f"({text})"
