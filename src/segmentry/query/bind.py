"""Binds names to the catalogue and values to types.

Comes in: a syntax tree. Goes out: a bound query, or QueryError with every problem.
Does not know where facts are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from segmentry.base.errors import EnoughProblems, Problem, ProblemList, QueryError
from segmentry.base.quoting import tidy_name
from segmentry.facts.attributes.predictions import not_predicted
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTION_NAMES
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.metafields import PREFIX, TYPES
from segmentry.facts.operators import (
    CONTAINS,
    CONTAINS_ANY,
    EQUALS,
    IN,
    IS_NULL,
    LESS_OR_EQUAL,
    Type,
)
from segmentry.facts.properties import PREFIX as PROPERTY
from segmentry.facts.properties import SUM, Property, property_named
from segmentry.query import limits, suggest
from segmentry.query.anniversaries import bind_anniversary
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or
from segmentry.query.bound import (
    NO_LISTS,
    All,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    FieldTest,
    Lists,
    Operand,
    RecordTest,
    Written,
)
from segmentry.query.names import ANY, Names, SavedQuery
from segmentry.query.operands import bind_operands, fitting_type, undeclared
from segmentry.query.parser import read
from segmentry.query.references import Others, Path
from segmentry.query.values import Text


def bind(text: str, names: Names = ANY, path: Path = ()) -> BoundQuery:
    """The meaning of `text`. Raises QueryError with every problem of form and of meaning.

    `names` are those of the store; `path` the name keys of the segments that led here,
    that of the segment itself last, whose lists come along.
    """
    return _bind(text, path, Others(names, _bind))


def _bind(text: str, path: Path, others: Others) -> BoundQuery:
    faults = ProblemList(text, most=limits.PROBLEMS)
    query = read(text, faults)
    if query is None:
        raise QueryError(text, tuple(faults.items))
    saved = others.names.segments.get(path[-1]) if path else None
    if saved is not None and saved.fixed:
        return BoundQuery(Any(()), query, (), lists=_lists(saved, others.names))
    found = ProblemList(text, most=limits.PROBLEMS)
    notes = ProblemList(text, list(query.notes), severity="note")
    binder = _Binder(found, notes, others.names, path, others, {})
    try:
        root = binder.node(query.root)
    except EnoughProblems:
        root = None
    problems = (*faults.items, *_apart(binder.problems.items, faults.items))
    if problems or root is None:
        raise QueryError(text, problems)
    segments = tuple(sorted(binder.segments.items(), key=lambda item: item[0]))
    lists = NO_LISTS if saved is None else _lists(saved, others.names)
    return BoundQuery(root, query, tuple(binder.notes.items), segments, lists)


def _lists(saved: SavedQuery, names: Names) -> Lists:
    """Who is listed by hand, where that is asked."""
    lists = NO_LISTS if names.unlisted else saved.lists()
    return replace(lists, fixed=True) if saved.fixed else lists


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
    others: Others
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
            operands = self.refer(condition, operands)
        return AttributeTest(attribute, condition.operator, condition.negated, operands)

    def attribute(self, condition: Condition) -> Attribute | None:
        if attribute := ATTRIBUTES.get(condition.name):
            return self.predicted(attribute, condition)
        if condition.name.startswith(PREFIX):
            return self.metafield(condition)
        if condition.name in FUNCTION_NAMES:
            self.problems.add(
                "function_without_matches",
                f"{condition.name} looks at records; write {condition.name} MATCHES (…).",
                *condition.name_span,
                f"{condition.name} MATCHES",
            )
            return None
        name = condition.name
        self.unknown_filter(name, condition.name_span, suggest.name(name))
        return None

    def predicted(self, attribute: Attribute, condition: Condition) -> Attribute | None:
        """The attribute, unless it is a prediction and none has been made in the store."""
        if attribute.predicted and not (self.names.predictions or self.names.unchecked):
            self.problems.add("not_predicted", not_predicted(attribute), *condition.name_span)
            return None
        return attribute

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
        close = None
        if len(self.problems.items) < limits.SUGGESTIONS:
            close = suggest.closest(condition.name, self.names.metafields)
        self.problems.add(
            "unknown_metafield",
            f"'{condition.name}' is not declared. Declare it with "
            f"`segmentry attribute add {condition.name} --type …`.",
            *condition.name_span,
            close,
        )
        return None

    def refer(self, condition: Condition, keys: tuple[Operand, ...]) -> tuple[Operand, ...]:
        """The segments that are meant, by the keys of their names, with their present names."""
        if self.names.unchecked:
            self.notes.add(
                "not_checked",
                "Segments are not checked: there is no store to look them up in.",
                *condition.span,
            )
            return keys
        found = self.others.referred(condition, self.path, self.problems)
        self.segments.update(found)
        self.others.refuse_too_much(self.segments, condition.span, self.problems)
        return tuple(
            Written(key, self.names.segments[key].name) if key in found else key
            for key in map(str, keys)
        )

    def unknown_filter(self, name: str, span: tuple[int, int], fix: str | None) -> None:
        self.problems.add("unknown_filter", f"'{name}' filter cannot be found.", *span, fix)

    def operands(self, field: Field, condition: Condition) -> tuple[Operand, ...] | None:
        denied = field.given and condition.negated
        if denied or condition.operator not in field.operators:
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
        function = FUNCTION_NAMES.get(call.name)
        if function is None:
            if call.name in ATTRIBUTES:
                self.problems.add(
                    "attribute_with_matches",
                    f"{call.name} is a single value; compare it, as in "
                    f"{ATTRIBUTES[call.name].example}.",
                    *call.name_span,
                )
            else:
                self.unknown_filter(call.name, call.name_span, suggest.function(call.name))
            return None
        self.repeated_parameters(call)
        self.missing_parameters(function, call)
        tests = [self.parameter(function, parameter) for parameter in call.parameters]
        if any(test is None for test in tests):
            return None
        whole = [test for test in tests if test is not None]
        return RecordTest(
            function,
            tuple(test for test in whole if not _is_aggregate(test.field, function)),
            tuple(test for test in whole if _is_aggregate(test.field, function)),
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

    def missing_parameters(self, function: Function, call: Call) -> None:
        given = {parameter.name for parameter in call.parameters}
        missing = [" or ".join(group) for group in function.requires if not given & set(group)]
        if missing:
            self.problems.add(
                "missing_parameter",
                f"{function.name} needs {' and '.join(missing)}, as in {function.example}.",
                *call.name_span,
            )

    def parameter(self, function: Function, condition: Condition) -> FieldTest | None:
        condition = _empty_text_is_missing(condition, self.notes)
        fields = {field.name: field for field in (*function.parameters, *function.aggregates)}
        field = fields.get(condition.name) or _property(function, condition)
        if field is None:
            self.unknown_parameter(function, condition, list(fields))
            return None
        if field.given and condition.operator is EQUALS and field.type.numeric:
            condition = replace(condition, operator=LESS_OR_EQUAL)
        operands = self.operands(field, condition)
        if operands is None:
            return None
        return FieldTest(field, condition.operator, condition.negated, operands)

    def unknown_parameter(self, function: Function, condition: Condition, names: list[str]) -> None:
        fix = suggest.parameter(condition.name, names)
        if function.properties:
            names += [f"{PROPERTY}KEY", f"{SUM}KEY"]
            fix = fix or f"{PROPERTY}{condition.name}"
        self.problems.add(
            "unknown_parameter",
            f"{function.name} has no parameter '{condition.name}'. It takes {', '.join(names)}.",
            *condition.name_span,
            fix,
        )

    def anniversary(self, node: Anniversary) -> Bound | None:
        condition = replace(node.condition, name=tidy_name(node.condition.name))
        attribute = self.attribute(condition)
        if attribute is None:
            return None
        return bind_anniversary(attribute, condition, self.problems, self.notes)


def _property(function: Function, condition: Condition) -> Property | None:
    """The property that a parameter asks for, of the type that its values have."""
    if not function.properties:
        return None
    asks_for_none = condition.operator is IS_NULL
    return property_named(condition.name, None if asks_for_none else TYPES[fitting_type(condition)])


def _is_aggregate(field: Field, function: Function) -> bool:
    """Whether a field is of all records together, not of one."""
    return field in function.aggregates or (isinstance(field, Property) and field.added_up)


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
