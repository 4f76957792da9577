"""A query's tree as JSON and back, without loss: what the builder on a screen edits.

A group is {"all": […]} or {"any": […]}, a negation {"not": …}, a condition names its
"filter", "operator" and "values", a function its "function" and "parameters". Every
value is an object with one key that says what it is.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias, assert_never

from segmentry.base.errors import UserError
from segmentry.facts.operators import OPERATORS, Operator
from segmentry.query import limits
from segmentry.query.ast import And, Anniversary, Call, Condition, Literal, Node, Not, Or, Query
from segmentry.query.printer import print_node, print_number, print_value
from segmentry.query.values import (
    Boolean,
    Day,
    DayOffset,
    Instant,
    NamedDay,
    Number,
    Rank,
    StoreStatistic,
    Text,
    TimeOffset,
    Value,
    Word,
)

Json: TypeAlias = dict[str, Any]

_WRITTEN: dict[str, tuple[Operator, bool]] = {
    operator.written(negated): (operator, negated)
    for operator in OPERATORS
    for negated in (False, True)
    if not negated or operator.negated_symbol
}
_NOWHERE = (0, 0)


class TreeError(UserError):
    """The tree is not that of a query."""


def to_json(query: Query) -> Json:
    """The tree of a query."""
    tree = _node(query.root)
    comments = list(query.trailing_comments)
    return tree | {"trailing_comments": comments} if comments else tree


def from_json(tree: Any) -> Query:
    """The query of a tree. Refuses what is no tree, saying where."""
    root = _Reader().node(tree, "tree", 0)
    comments = _comments(tree, "trailing_comments", "tree")
    return Query(root, print_node(root), trailing_comments=comments)


# -- to JSON ----------------------------------------------------------------------------


def _node(node: Node) -> Json:
    match node:
        case And(operands):
            return {"all": [_node(operand) for operand in operands]}
        case Or(operands):
            return {"any": [_node(operand) for operand in operands]}
        case Not(operand):
            return {"not": _node(operand)}
        case Condition():
            return _commented(node, _condition(node, "filter"))
        case Call(name, negated, parameters):
            listed = [_condition(parameter, "parameter") for parameter in parameters]
            return _commented(node, {"function": name, "negated": negated, "parameters": listed})
        case Anniversary(condition):
            return _commented(node, _condition(condition, "anniversary"))
    assert_never(node)


def _commented(node: Condition | Call | Anniversary, tree: Json) -> Json:
    return tree | {"comments": list(node.comments)} if node.comments else tree


def _condition(condition: Condition, named: str) -> Json:
    return {
        named: condition.name,
        "operator": condition.operator.written(condition.negated),
        "values": [_value(literal.value) for literal in condition.operands],
    }


def _value(value: Value) -> Json:
    match value:
        case Text(text):
            return {"text": text}
        case Number(number):
            return {"number": print_number(number)}
        case Boolean(truth):
            return {"boolean": truth}
        case Day(day):
            return {"day": day.isoformat()}
        case NamedDay(name):
            return {"day": name}
        case Instant(moment):
            return {"instant": moment.isoformat(timespec="seconds")}
        case DayOffset(amount, unit) | TimeOffset(amount, unit):
            return {"offset": {"amount": amount, "unit": unit}}
        case Rank():
            return {"rank": print_value(value)}
        case StoreStatistic(statistic, factor):
            return {"statistic": statistic, "factor": print_number(factor)}
        case Word(word):
            return {"word": word}
    assert_never(value)


# -- from JSON --------------------------------------------------------------------------


class _Reader:
    """Reads a tree; `where` is the way from its root, for messages."""

    def __init__(self) -> None:
        self.conditions = 0

    def node(self, tree: Any, where: str, depth: int) -> Node:
        if depth > limits.NESTING or not isinstance(tree, dict):
            raise TreeError(f"{where}: a group or condition is an object, at most 32 deep.")
        if "all" in tree or "any" in tree:
            key = "all" if "all" in tree else "any"
            parts = self.nodes(tree[key], f"{where}.{key}", depth)
            return parts[0] if len(parts) == 1 else (And if key == "all" else Or)(parts)
        if "not" in tree:
            return Not(self.node(tree["not"], f"{where}.not", depth + 1))
        self.conditions += 1
        if self.conditions > limits.CONDITIONS:
            raise TreeError(f"The tree has more than {limits.CONDITIONS} conditions.")
        return self.leaf(tree, where)

    def nodes(self, trees: Any, where: str, depth: int) -> tuple[Node, ...]:
        if not isinstance(trees, list) or not trees:
            raise TreeError(f"{where}: a group has at least one condition.")
        return tuple(
            self.node(tree, f"{where}[{number}]", depth + 1) for number, tree in enumerate(trees)
        )

    def leaf(self, tree: Json, where: str) -> Node:
        comments = _comments(tree, "comments", where)
        if "function" in tree:
            listed = _list(tree, "parameters", where)
            parameters = tuple(
                self.condition(each, "parameter", f"{where}.parameters[{number}]")
                for number, each in enumerate(listed)
            )
            name, negated = str(tree["function"]), bool(tree.get("negated", False))
            return Call(name, negated, parameters, _NOWHERE, _NOWHERE, comments)
        if "anniversary" in tree:
            condition = self.condition(tree, "anniversary", where)
            return Anniversary(condition, _NOWHERE, comments)
        return self.condition(tree, "filter", where, comments)

    def condition(
        self, tree: Any, named: str, where: str, comments: tuple[str, ...] = ()
    ) -> Condition:
        if not isinstance(tree, dict) or not isinstance(tree.get(named), str):
            raise TreeError(f"{where}: a condition names its {named}.")
        written = tree.get("operator")
        if not isinstance(written, str) or written not in _WRITTEN:
            raise TreeError(f"{where}: '{written}' is no operator. They are {', '.join(_WRITTEN)}.")
        operator, negated = _WRITTEN[written]
        values = tuple(
            Literal(_read_value(value, f"{where}.values[{number}]"), _NOWHERE)
            for number, value in enumerate(_list(tree, "values", where))
        )
        return Condition(
            tree[named], operator, negated, values, _NOWHERE, _NOWHERE, _NOWHERE, comments
        )


def _list(tree: Json, key: str, where: str) -> list[Any]:
    """The list under a key; one that is not there is empty."""
    found = tree.get(key, [])
    if not isinstance(found, list):
        raise TreeError(f"{where}.{key}: this is a list.")
    return found


def _comments(tree: Json, key: str, where: str) -> tuple[str, ...]:
    comments = _list(tree, key, where)
    if not all(isinstance(line, str) and "\n" not in line for line in comments):
        raise TreeError(f"{where}.{key}: a comment is one line of text.")
    return tuple(comments)


def _read_value(tree: Any, where: str) -> Value:
    try:
        value = _known_value(tree)
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise TreeError(f"{where}: this is no value of a query.") from error
    if value is None:
        raise TreeError(f"{where}: a value is an object such as {{'text': 'GB'}}.")
    return value


def _known_value(tree: Any) -> Value | None:
    match tree:
        case {"text": str(text)}:
            return Text(text)
        case {"number": str(number)}:
            return Number(Decimal(number))
        case {"boolean": bool(truth)}:
            return Boolean(truth)
        case {"day": "today" | "yesterday" as name}:
            return NamedDay(name)
        case {"day": str(day)}:
            return Day(date.fromisoformat(day))
        case {"instant": str(moment)}:
            return Instant(datetime.fromisoformat(moment))
        case {"offset": {"amount": int(amount), "unit": "d" | "w" | "m" | "y" as unit}}:
            return DayOffset(amount, unit)
        case {"offset": {"amount": int(amount), "unit": "h" | "min" as unit}}:
            return TimeOffset(amount, unit)
        case {"rank": str(rank)}:
            return Rank(Decimal(rank.rstrip("%")), rank.endswith("%"))
        case {"statistic": "STORE_AVERAGE" | "STORE_MEDIAN" as statistic, "factor": str(factor)}:
            return StoreStatistic(statistic, Decimal(factor))
        case {"word": str(word)}:
            return Word(word)
    return None
