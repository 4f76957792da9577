"""Reads one comparison: a name, an operator and its values."""

from __future__ import annotations

from segmentry.facts.operators import (
    BETWEEN,
    CONTAINS,
    CONTAINS_ALL,
    CONTAINS_ANY,
    CONTAINS_TEXT,
    ENDS_WITH,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    IN_BOTTOM,
    IN_TOP,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
    STARTS_WITH,
    Operator,
)
from segmentry.query.ast import Condition, Literal
from segmentry.query.cursor import Skip
from segmentry.query.lexer import Token
from segmentry.query.value_parser import ValueParser
from segmentry.query.values import Number

_COMPARE: dict[str, tuple[Operator, bool]] = {
    "=": (EQUALS, False),
    "!=": (EQUALS, True),
    ">": (GREATER, False),
    ">=": (GREATER_OR_EQUAL, False),
    "<": (LESS, False),
    "<=": (LESS_OR_EQUAL, False),
}
_ALMOST = {"==": "=", "<>": "!="}


class ConditionParser(ValueParser):
    """The part of the parser that knows operators."""

    def name(self, wanted: str) -> Token:
        token = self.token
        if token.kind != "name" or token.is_word("AND", "OR", "NOT", "NULL"):
            self.unexpected(wanted)
        return self.advance()

    def comparison(self, name: Token) -> Condition:
        first = self.token
        operator, negated, operands = self.operation()
        last = self.tokens[self.position - 1]
        return Condition(
            name.text,
            operator,
            negated,
            operands,
            span=(name.start, last.end),
            name_span=(name.start, name.end),
            operator_span=(first.start, first.end),
        )

    def operation(self) -> tuple[Operator, bool, tuple[Literal, ...]]:
        if self.token.kind == "compare":
            return self.compared()
        if self.accept_word("BETWEEN"):
            low = self.value()
            self.expect_word("AND", "AND and the upper bound")
            return BETWEEN, False, (low, self.value())
        if self.accept_word("IS"):
            negated = self.accept_word("NOT") is not None
            self.expect_word("NULL", "NULL")
            return IS_NULL, negated, ()
        if word := self.accept_word("STARTS", "ENDS"):
            self.expect_word("WITH", "WITH and a text")
            return (STARTS_WITH if word.is_word("STARTS") else ENDS_WITH), False, (self.value(),)
        negated = self.accept_word("NOT") is not None
        if self.accept_word("CONTAINS"):
            return self.contains(negated)
        if self.accept_word("IN"):
            return self.inside(negated)
        self.unexpected("an operator such as =, >, IN or IS NULL")
        raise Skip

    def compared(self) -> tuple[Operator, bool, tuple[Literal, ...]]:
        token = self.advance()
        if token.text in _ALMOST:
            fix = _ALMOST[token.text]
            self.problem("unexpected", f"'{token.text}' is unexpected; write {fix}.", token, fix)
        operator, negated = _COMPARE[_ALMOST.get(token.text, token.text)]
        if self.token.kind == "compare" and self.token.start == token.end:
            self.twice(token)
        if self.token.is_word("NULL"):
            null = self.advance()
            fix = "IS NOT NULL" if negated else "IS NULL"
            self.problems.add(
                "compared_with_null", "Nothing equals NULL.", token.start, null.end, fix
            )
            raise Skip
        literal = self.value()
        self.refuse_thousands_mark(literal)
        return operator, negated, (literal,)

    def twice(self, first: Token) -> None:
        """`>> 3` and the like: the second sign is too many."""
        second = self.advance()
        written = first.text + second.text
        self.problems.add(
            "unexpected",
            f"'{written}' is no operator; write {first.text}.",
            first.start,
            second.end,
            first.text,
        )

    def refuse_thousands_mark(self, literal: Literal) -> None:
        """`1,000` would read as 1 and a stray comma: say what is meant."""
        comma, digits = self.token, self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        parted = comma.is_mark(",") and comma.start == literal.span[1] == digits.start - 1
        if parted and isinstance(literal.value, Number) and digits.text[:3].isdigit():
            start = literal.span[0]
            fix = self.text[start : digits.end].replace(",", "")
            self.problems.add(
                "thousands_mark", "Numbers have no thousands mark.", start, digits.end, fix
            )
            raise Skip

    def contains(self, negated: bool) -> tuple[Operator, bool, tuple[Literal, ...]]:
        if self.accept_word("TEXT"):
            return CONTAINS_TEXT, negated, (self.value(),)
        operator = CONTAINS
        if word := self.accept_word("ANY", "ALL"):
            operator = CONTAINS_ANY if word.is_word("ANY") else CONTAINS_ALL
        operands = self.items() if self.token.is_mark("(") else (self.value(),)
        if operator is CONTAINS and len(operands) > 1:
            operator = CONTAINS_ANY
        return operator, negated, operands

    def inside(self, negated: bool) -> tuple[Operator, bool, tuple[Literal, ...]]:
        word = None if negated else self.accept_word("TOP", "BOTTOM")
        if word is None:
            return IN, negated, self.items()
        return (IN_TOP if word.is_word("TOP") else IN_BOTTOM), False, (self.rank(),)
