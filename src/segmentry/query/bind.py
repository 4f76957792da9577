"""Binds names to the catalogue and values to types.

Comes in: a syntax tree. Goes out: a bound query, or QueryError with every problem.
Does not know where facts are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from segmentry.base.errors import EnoughProblems, Problem, ProblemList, QueryError
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.metafields import PREFIX
from segmentry.facts.operators import CONTAINS, CONTAINS_ANY, EQUALS, IN, IS_NULL, Type
from segmentry.query import limits, suggest
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or
from segmentry.query.bound import (
    All,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    FieldTest,
    Operand,
    RecordTest,
)
from segmentry.query.names import ANY, Names
from segmentry.query.operands import bind_operands, undeclared
from segmentry.query.parser import read
from segmentry.query.references import Path, referred
from segmentry.query.values import Text


def bind(text: str, names: Names = ANY, path: Path = ()) -> BoundQuery:
    """The meaning of `text`. Raises QueryError with every problem of form and of meaning.

    `names` are those of the store; `path` the name keys of the segments that led here,
    that of the segment itself last.
    """
    faults = ProblemList(text, most=limits.PROBLEMS)
    query = read(text, faults)
    if query is None:
        raise QueryError(text, tuple(faults.items))
    found = ProblemList(text, most=limits.PROBLEMS)
    binder = _Binder(found, ProblemList(text, list(query.notes)), names, path, {})
    try:
        root = binder.node(query.root)
    except EnoughProblems:
        root = None
    problems = (*faults.items, *_apart(binder.problems.items, faults.items))
    if problems or root is None:
        raise QueryError(text, problems)
    segments = tuple(sorted(binder.segments.items(), key=lambda item: item[0]))
    return BoundQuery(root, query, tuple(binder.notes.items), segments)


def _apart(problems: list[Problem], known: list[Problem]) -> list[Problem]:
    """Those that are not about the same place as a known one, and so about a stand-in."""
    return [
        problem
        for problem in problems
        if not any(problem.start < k.end and k.start < problem.end for k in known)
    ]


@dataclass(frozen=True, slots=True)
class _Binder:
    problems: ProblemList
    notes: ProblemList
    names: Names
    path: Path
    segments: dict[str, BoundQuery]

    def node(self, node: Node) -> Bound | None:
        match node:
            case And(operands):
                parts = self.parts(operands)
                return None if parts is None else All(parts)
            case Or(operands):
                parts = self.parts(operands)
                return None if parts is None else Any(parts)
            case Not(operand):
                part = self.node(operand)
                return None if part is None else Complement(part)
            case Condition():
                return self.condition(node)
            case Call():
                return self.call(node)
            case Anniversary():
                return self.anniversary(node)
        assert_never(node)

    def parts(self, nodes: tuple[Node, ...]) -> tuple[Bound, ...] | None:
        bound = [self.node(node) for node in nodes]
        whole = tuple(part for part in bound if part is not None)
        return whole if len(whole) == len(bound) else None

    # -- attributes -----------------------------------------------------------------

    def condition(self, condition: Condition) -> Bound | None:
        attribute = self.attribute(condition)
        if attribute is None:
            return None
        condition = _as_membership(attribute, _empty_text_is_missing(condition, self.notes))
        operands = self.operands(attribute, condition)
        if operands is None:
            return None
        if attribute.name == "segments":
            self.refer(condition)
        return AttributeTest(attribute, condition.operator, condition.negated, operands)

    def attribute(self, condition: Condition) -> Attribute | None:
        if attribute := ATTRIBUTES.get(condition.name):
            return attribute
        if condition.name.startswith(PREFIX):
            return self.metafield(condition)
        if condition.name in FUNCTIONS:
            self.problems.add(
                "function_without_matches",
                f"{condition.name} looks at records; write {condition.name} MATCHES (…).",
                *condition.name_span,
                f"{condition.name} MATCHES",
            )
            return None
        self.unknown_filter(condition.name, condition.name_span)
        return None

    def metafield(self, condition: Condition) -> Attribute | None:
        if attribute := self.names.metafields.get(condition.name):
            return attribute
        if self.names.unchecked:
            self.notes.add(
                "not_checked",
                f"{condition.name} is not checked: there is no store to look it up in.",
                *condition.name_span,
            )
            return undeclared(condition)
        self.problems.add(
            "unknown_metafield",
            f"'{condition.name}' is not declared. Declare it with "
            f"`segmentry attribute add {condition.name} --type …`.",
            *condition.name_span,
            suggest.closest(condition.name, self.names.metafields),
        )
        return None

    def refer(self, condition: Condition) -> None:
        if self.names.unchecked:
            self.notes.add(
                "not_checked",
                "Segments are not checked: there is no store to look them up in.",
                *condition.span,
            )
            return
        found = referred(condition, self.names, self.path, self.problems, bind)
        self.segments.update(found)

    def unknown_filter(self, name: str, span: tuple[int, int]) -> None:
        self.problems.add(
            "unknown_filter", f"'{name}' filter cannot be found.", *span, suggest.name(name)
        )

    def operands(self, field: Field, condition: Condition) -> tuple[Operand, ...] | None:
        if condition.operator not in field.operators:
            self.wrong_operator(field, condition)
            return None
        return bind_operands(field, condition, self.problems, self.notes)

    def wrong_operator(self, field: Field, condition: Condition) -> None:
        allowed = ", ".join(operator.symbol for operator in field.operators)
        is_list = field.type is Type.LIST and condition.operator in (EQUALS, IN)
        self.problems.add(
            "wrong_operator",
            f"{condition.name} does not support operator "
            f"'{condition.operator.written(condition.negated)}'. It takes {allowed}.",
            *condition.operator_span,
            CONTAINS.written(condition.negated) if is_list else None,
        )

    # -- functions ------------------------------------------------------------------

    def call(self, call: Call) -> Bound | None:
        function = FUNCTIONS.get(call.name)
        if function is None:
            if call.name in ATTRIBUTES:
                self.problems.add(
                    "attribute_with_matches",
                    f"{call.name} is a single value; compare it, as in "
                    f"{ATTRIBUTES[call.name].example}.",
                    *call.name_span,
                )
            else:
                self.unknown_filter(call.name, call.name_span)
            return None
        self.repeated_parameters(call)
        tests = [self.parameter(function, parameter) for parameter in call.parameters]
        if any(test is None for test in tests):
            return None
        whole = [test for test in tests if test is not None]
        return RecordTest(
            function,
            tuple(test for test in whole if test.field in function.parameters),
            tuple(test for test in whole if test.field in function.aggregates),
            call.negated,
        )

    def repeated_parameters(self, call: Call) -> None:
        seen: set[str] = set()
        for parameter in call.parameters:
            if parameter.name in seen:
                self.problems.add(
                    "repeated_parameter",
                    f"{parameter.name} is given twice; each parameter once. "
                    "For a range write BETWEEN.",
                    *parameter.name_span,
                )
            seen.add(parameter.name)

    def parameter(self, function: Function, condition: Condition) -> FieldTest | None:
        fields = {field.name: field for field in (*function.parameters, *function.aggregates)}
        field = fields.get(condition.name)
        if field is None:
            self.problems.add(
                "unknown_parameter",
                f"{function.name} has no parameter '{condition.name}'. "
                f"It takes {', '.join(fields)}.",
                *condition.name_span,
                suggest.closest(condition.name, fields),
            )
            return None
        condition = _empty_text_is_missing(condition, self.notes)
        operands = self.operands(field, condition)
        if operands is None:
            return None
        return FieldTest(field, condition.operator, condition.negated, operands)

    def anniversary(self, node: Anniversary) -> Bound | None:
        self.unknown_filter("anniversary", node.span)
        return None


def _as_membership(attribute: Attribute, condition: Condition) -> Condition:
    """A list of ids compared with = or IN is asked for its elements."""
    meant = {EQUALS: CONTAINS, IN: CONTAINS_ANY}.get(condition.operator)
    if meant is None or not attribute.ids:
        return condition
    return replace(condition, operator=meant)


def _empty_text_is_missing(condition: Condition, notes: ProblemList) -> Condition:
    """`= ''` asks for the missing value: an empty text is never kept."""
    empty = condition.operator is EQUALS and condition.operands[0].value == Text("")
    if not empty:
        return condition
    meant = replace(condition, operator=IS_NULL, operands=())
    written = IS_NULL.written(condition.negated)
    notes.add("empty_text", f"Compared with '' it means {written}.", *condition.span, written)
    return meant
