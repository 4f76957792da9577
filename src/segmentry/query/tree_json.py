"""A query's tree as JSON and back, without loss: what the builder on a screen edits.

A group is {"all": […]} or {"any": […]}, a negation {"not": …}, a condition names its
"filter", "operator" and "values", a function its "function" and "parameters". Every
value is an object with one key that says what it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, assert_never

from segmentry.base.errors import QueryError, UserError
from segmentry.base.quoting import tidy_name
from segmentry.facts.operators import (
    BETWEEN,
    CONTAINS_ALL,
    CONTAINS_ANY,
    IN,
    IS_NULL,
    OPERATORS,
    Operator,
)
from segmentry.query import limits
from segmentry.query.ast import (
    And,
    Anniversary,
    Call,
    Condition,
    Literal,
    Node,
    Not,
    Or,
    Query,
    joined,
)
from segmentry.query.parser import parse
from segmentry.query.printer import print_number, print_query, print_value
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
_NUMBER = re.compile(r"-?[0-9]{1,36}(\.[0-9]{1,36})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(_DAY.pattern + "T[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)
_LARGEST_OFFSET = 10**9
"""Far beyond any date: only keeps what is printed short."""


class TreeError(UserError):
    """The tree is not that of a query."""


def to_json(query: Query) -> Json:
    """The tree of a query."""
    tree = _node(query.root)
    comments = list(query.trailing_comments)
    return tree | {"trailing_comments": comments} if comments else tree


def from_json(tree: Any) -> Query:
    """The query of a tree. Refuses what is no tree, saying where, and what no text says."""
    reader = _Reader()
    root = reader.node(tree, "tree", 0)
    query = Query(root, "", trailing_comments=reader.comments(tree, "trailing_comments", "tree"))
    return _written(query, "tree")


def _written(query: Query, where: str) -> Query:
    """The query as its text is read; refuses one that its text does not give back."""
    try:
        read = parse(print_query(query))
    except QueryError as error:
        raise TreeError(f"{where}: {error.problems[0].message}") from error
    if to_json(read) != to_json(query):
        raise TreeError(f"{where}: no text of a query says this.")
    return read


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
    """Reads a tree; `where` is the way from its root, for messages. Refuses a tree larger
    than a query can be before anything is made of it."""

    def __init__(self) -> None:
        self.conditions = 0
        self.characters = 0

    def node(self, tree: Any, where: str, depth: int) -> Node:
        if depth > limits.NESTING or not isinstance(tree, dict):
            raise TreeError(f"{where}: a group or condition is an object, at most 32 deep.")
        if "all" in tree or "any" in tree:
            key = "all" if "all" in tree else "any"
            _only(tree, {key}, where)
            parts = self.nodes(tree[key], f"{where}.{key}", depth)
            return joined(And if key == "all" else Or, parts)
        if "not" in tree:
            _only(tree, {"not"}, where)
            return Not(self.node(tree["not"], f"{where}.not", depth + 1))
        self.conditions += 1
        if self.conditions > limits.CONDITIONS:
            raise TreeError(f"The tree has more than {limits.CONDITIONS} conditions.")
        leaf = self.leaf(tree, where)
        _written(Query(leaf, ""), where)
        return leaf

    def nodes(self, trees: Any, where: str, depth: int) -> list[Node]:
        if not isinstance(trees, list) or not trees:
            raise TreeError(f"{where}: a group has at least one condition.")
        return [
            self.node(tree, f"{where}[{number}]", depth + 1) for number, tree in enumerate(trees)
        ]

    def leaf(self, tree: Json, where: str) -> Condition | Call | Anniversary:
        comments = self.comments(tree, "comments", where)
        if "function" in tree:
            return self.call(tree, where, comments)
        if "anniversary" in tree:
            _only(tree, {"anniversary", "operator", "values", "comments"}, where)
            return Anniversary(self.condition(tree, "anniversary", where), _NOWHERE, comments)
        _only(tree, {"filter", "operator", "values", "comments"}, where)
        return replace(self.condition(tree, "filter", where), comments=comments)

    def call(self, tree: Json, where: str, comments: tuple[str, ...]) -> Call:
        _only(tree, {"function", "negated", "parameters", "comments"}, where)
        name, negated = tree["function"], tree.get("negated", False)
        if not isinstance(name, str) or not isinstance(negated, bool):
            raise TreeError(f"{where}: a function has a name, and is negated or not.")
        parameters = tuple(
            self.parameter(each, f"{where}.parameters[{number}]")
            for number, each in enumerate(_list(tree, "parameters", where))
        )
        name = tidy_name(self.text(name))
        return Call(name, negated, parameters, _NOWHERE, _NOWHERE, comments)

    def parameter(self, tree: Any, where: str) -> Condition:
        condition = self.condition(tree, "parameter", where)
        _only(tree, {"parameter", "operator", "values"}, where)
        return condition

    def condition(self, tree: Any, named: str, where: str) -> Condition:
        if not isinstance(tree, dict) or not isinstance(tree.get(named), str):
            raise TreeError(f"{where}: a condition names its {named}.")
        written = tree.get("operator")
        if not isinstance(written, str) or written not in _WRITTEN:
            raise TreeError(
                f"{where}: '{str(written)[:40]}' is no operator. They are {', '.join(_WRITTEN)}."
            )
        operator, negated = _WRITTEN[written]
        values = _list(tree, "values", where)
        if not _takes(operator, len(values)):
            raise TreeError(f"{where}.values: {written} does not take {len(values):,} values.")
        operands = tuple(
            Literal(self.value(value, f"{where}.values[{number}]"), _NOWHERE)
            for number, value in enumerate(values)
        )
        name = self.text(tree[named])
        if named != "anniversary":
            name = tidy_name(name)
        return Condition(name, operator, negated, operands, _NOWHERE, _NOWHERE, _NOWHERE)

    def value(self, tree: Any, where: str) -> Value:
        try:
            value = _known_value(tree)
        except ValueError as error:
            raise TreeError(f"{where}: this is no value of a query.") from error
        if value is None:
            raise TreeError(f"{where}: a value is an object such as {{'text': 'GB'}}.")
        self.text(value.value if isinstance(value, Text | Word) else "")
        return value

    def comments(self, tree: Json, key: str, where: str) -> tuple[str, ...]:
        comments = _list(tree, key, where)
        if not all(isinstance(line, str) and "\n" not in line for line in comments):
            raise TreeError(f"{where}.{key}: a comment is one line of text.")
        return tuple(self.text(line).strip() for line in comments)

    def text(self, text: str) -> str:
        """A text of the tree, as long as all of them fit into a query."""
        self.characters += len(text) + 1
        if self.characters > limits.CHARACTERS:
            raise TreeError(f"The tree has more than {limits.CHARACTERS:,} characters.")
        return text


def _only(tree: Json, known: set[str], where: str) -> None:
    """Refuse what would be dropped; comments on the whole query stand at its root."""
    unknown = set(tree) - known - ({"trailing_comments"} if where == "tree" else set())
    if unknown:
        raise TreeError(f"{where}: '{min(map(str, unknown))[:40]}' means nothing here.")


def _list(tree: Json, key: str, where: str) -> list[Any]:
    """The list under a key; one that is not there is empty."""
    found = tree.get(key, [])
    if not isinstance(found, list):
        raise TreeError(f"{where}.{key}: this is a list.")
    return found


def _takes(operator: Operator, values: int) -> bool:
    """Whether an operator is written with so many values."""
    if operator in (IN, CONTAINS_ANY, CONTAINS_ALL):
        return 1 <= values <= limits.LIST_ITEMS
    return values == {IS_NULL: 0, BETWEEN: 2}.get(operator, 1)


def _known_value(tree: Any) -> Value | None:
    match tree:
        case {"text": str(text), **rest} if not rest:
            return Text(text)
        case {"number": str(number), **rest} if not rest:
            return Number(_decimal(number))
        case {"boolean": bool(truth), **rest} if not rest:
            return Boolean(truth)
        case {"day": "today" | "yesterday" as name, **rest} if not rest:
            return NamedDay(name)
        case {"day": str(day), **rest} if not rest:
            return Day(date.fromisoformat(_in_form(_DAY, day)))
        case {"instant": str(moment), **rest} if not rest:
            return Instant(datetime.fromisoformat(_in_form(_INSTANT, moment)))
        case {"offset": {"amount": int(amount), "unit": str(unit), **more}, **rest}:
            return None if more or rest else _offset(amount, unit)
        case {"rank": str(rank), **rest} if not rest:
            return Rank(_decimal(rank.removesuffix("%")), rank.endswith("%"))
        case {
            "statistic": "STORE_AVERAGE" | "STORE_MEDIAN" as statistic,
            "factor": str(factor),
            **rest,
        } if not rest:
            return StoreStatistic(statistic, _decimal(factor))
        case {"word": str(word), **rest} if not rest:
            return Word(word)
    return None


def _in_form(form: re.Pattern[str], text: str) -> str:
    """A text in the one form that a query has; other forms of ISO 8601 are refused."""
    if not form.fullmatch(text):
        raise ValueError(text[:40])
    return text


def _decimal(text: str) -> Decimal:
    """A number as a query writes it: no exponent that a few characters blow up, no NaN."""
    return Decimal(_in_form(_NUMBER, text))


def _offset(amount: int, unit: str) -> Value | None:
    if isinstance(amount, bool) or abs(amount) > _LARGEST_OFFSET:
        return None
    match unit:
        case "d" | "w" | "m" | "y":
            return DayOffset(amount, unit)
        case "h" | "min":
            return TimeOffset(amount, unit)
    return None
