"""Text to syntax tree.

A recursive descent parser. It reports every problem it can find: after a faulty
condition it goes on at the next AND, OR or closing bracket.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NoReturn, cast

from segmentry.base.errors import EnoughProblems, ProblemList, QueryError
from segmentry.base.quoting import unquote
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
from segmentry.query.legacy import BOUNDS, Argument, legacy_parameters
from segmentry.query.lexer import Token, tokenize
from segmentry.query.literals import read_literal
from segmentry.query.values import Boolean, Number, Rank, StoreStatistic, Text

_COMPARE: dict[str, tuple[Operator, bool]] = {
    "=": (EQUALS, False),
    "!=": (EQUALS, True),
    ">": (GREATER, False),
    ">=": (GREATER_OR_EQUAL, False),
    "<": (LESS, False),
    "<=": (LESS_OR_EQUAL, False),
}
_ALMOST = {"==": "=", "<>": "!="}
_END_OF_CONDITION = ("AND", "OR")
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
"""Half of a UTF-16 pair, as broken JSON can hold it: it could be neither saved nor shown."""


def parse(text: str) -> Query:
    """The syntax tree of `text`. Raises QueryError with every problem found, up to a limit."""
    problems = ProblemList(text, most=limits.PROBLEMS)
    query = read(text, problems)
    if problems.items or query is None:
        raise QueryError(text, tuple(problems.items))
    return query


def read(text: str, problems: ProblemList) -> Query | None:
    """What can be understood of `text`; what cannot is noted in `problems`.

    Where there are problems the tree lacks the faulty conditions, and stand-ins take
    the place of faulty values: it is good only for finding more problems. There is none
    where a limit is exceeded: nothing after that is read.
    """
    try:
        return _read(text, problems)
    except EnoughProblems:
        return None


def _read(text: str, problems: ProblemList) -> Query | None:
    if len(text) > limits.CHARACTERS:
        problems.add(
            "too_long",
            f"The query has {len(text):,} characters; at most {limits.CHARACTERS:,} are allowed.",
            limits.CHARACTERS,
            len(text),
        )
        return None
    if half := _HALF_A_CHARACTER.search(text):
        problems.add("bad_character", "Half a character cannot be read.", *half.span())
        return None
    return _Parser(tokenize(text, problems), text, problems, ProblemList(text)).query()


class _Skip(Exception):
    """The present condition cannot be read any further; the problem is noted."""


class _Parser:
    def __init__(
        self, tokens: list[Token], text: str, problems: ProblemList, notes: ProblemList
    ) -> None:
        self.tokens = tokens
        self.text = text
        self.problems = problems
        self.notes = notes
        self.position = 0
        self.depth = 0
        self.conditions = 0
        self.comments: list[str] = []

    # -- tokens ---------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.token
        self.comments.extend(token.comments)
        if token.kind != "end":
            self.position += 1
        return token

    def accept_word(self, *words: str) -> Token | None:
        return self.advance() if self.token.is_word(*words) else None

    def accept_mark(self, mark: str) -> Token | None:
        return self.advance() if self.token.is_mark(mark) else None

    def expect_mark(self, mark: str, what: str) -> Token:
        return self.accept_mark(mark) or self.unexpected(what)

    def expect_word(self, word: str, what: str) -> Token:
        return self.accept_word(word) or self.unexpected(what)

    def unexpected(self, wanted: str) -> Token:
        token = self.token
        if token.kind == "end":
            self.problem("incomplete", f"The query ends where {wanted} is expected.", token)
        elif token.kind != "other":
            said = unquote(token.text) if token.kind == "string" else token.text
            self.problem("unexpected", f"'{said}' is unexpected. Expected {wanted}.", token)
        raise _Skip

    def problem(self, code: str, message: str, token: Token, suggestion: str | None = None) -> None:
        self.problems.add(code, message, token.start, token.end, suggestion)

    def exceeded(self, code: str, message: str, token: Token) -> NoReturn:
        """A limit: what a query may not have is not read to its end either."""
        self.problem(code, message, token)
        raise EnoughProblems

    def note(self, code: str, message: str, start: int, suggestion: str | None = None) -> None:
        self.notes.add(code, message, start, self.tokens[self.position - 1].end, suggestion)

    # -- structure ------------------------------------------------------------------

    def query(self) -> Query | None:
        if self.token.kind == "end":
            self.problem("empty", "The query is empty.", self.token)
            return None
        root = self.either()
        while self.token.kind != "end":
            self.stray()
            if self.token.kind != "end":
                self.either()
        trailing = (*self.comments, *self.token.comments)
        if root is None:
            return None
        return Query(root, self.text, tuple(self.notes.items), trailing)

    def stray(self) -> None:
        token = self.advance()
        if token.is_mark(")"):
            self.problem("unexpected", "')' closes nothing.", token)
        elif token.kind != "other":
            self.problem("unexpected", f"'{token.text}' is unexpected. Expected AND or OR.", token)
            self.skip_condition()
        self.accept_word(*_END_OF_CONDITION)

    def either(self) -> Node | None:
        operands = [self.both()]
        while self.accept_word("OR"):
            operands.append(self.both())
        return _join(Or, operands)

    def both(self) -> Node | None:
        operands = [self.maybe_not()]
        while self.accept_word("AND"):
            operands.append(self.maybe_not())
        return _join(And, operands)

    def maybe_not(self) -> Node | None:
        opener = self.accept_word("NOT")
        if opener is None:
            return self.primary()
        self.deeper(opener)
        operand = self.maybe_not()
        self.depth -= 1
        return None if operand is None else Not(operand)

    def primary(self) -> Node | None:
        opener = self.accept_mark("(")
        if opener is None:
            return self.condition()
        self.deeper(opener)
        inner = self.either()
        self.depth -= 1
        if not self.accept_mark(")"):
            if not self.problems.items:
                self.problem("unclosed_bracket", "This bracket is not closed.", opener)
            self.skip_condition()
            self.accept_mark(")")
        return inner

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > limits.NESTING:
            message = f"Conditions are nested more than {limits.NESTING} levels deep."
            self.exceeded("too_deep", message, token)

    def condition(self) -> Node | None:
        start = self.token
        self.conditions += 1
        if self.conditions > limits.CONDITIONS:
            message = f"The query has more than {limits.CONDITIONS} conditions."
            self.exceeded("too_many_conditions", message, start)
        try:
            node = self.read_condition()
        except _Skip:
            self.skip_condition()
            return None
        node = replace(node, comments=tuple(self.comments))
        self.comments.clear()
        return node

    def skip_condition(self) -> None:
        """Go on to the AND, OR or bracket that ends the present condition."""
        level = 0
        while self.token.kind != "end":
            if self.token.is_mark("("):
                level += 1
            elif self.token.is_mark(")"):
                if level == 0:
                    return
                level -= 1
            elif level == 0 and self.token.is_word(*_END_OF_CONDITION):
                return
            self.advance()

    # -- conditions -----------------------------------------------------------------

    def read_condition(self) -> Condition | Call | Anniversary:
        name = self.name("a condition")
        if self.token.is_mark("("):
            return self.called(name)
        if self.token.is_word("MATCHES", "NOT_MATCHES") or (
            self.token.is_word("NOT") and self.tokens[self.position + 1].is_word("MATCHES")
        ):
            return self.matches(name)
        return self.comparison(name)

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
        raise _Skip

    def compared(self) -> tuple[Operator, bool, tuple[Literal, ...]]:
        token = self.advance()
        if token.text in _ALMOST:
            fix = _ALMOST[token.text]
            self.problem("unexpected", f"'{token.text}' is unexpected; write {fix}.", token, fix)
        operator, negated = _COMPARE[_ALMOST.get(token.text, token.text)]
        if self.token.is_word("NULL"):
            null = self.advance()
            fix = "IS NOT NULL" if negated else "IS NULL"
            self.problems.add(
                "compared_with_null", "Nothing equals NULL.", token.start, null.end, fix
            )
            raise _Skip
        literal = self.value()
        self.refuse_thousands_mark(literal)
        return operator, negated, (literal,)

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
            raise _Skip

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

    def rank(self) -> Literal:
        literal = self.value()
        if not isinstance(literal.value, Number):
            self.problems.add(
                "bad_rank", "TOP and BOTTOM take a number or a percentage.", *literal.span, "10%"
            )
            raise _Skip
        percent = self.accept_mark("%")
        end = percent.end if percent else literal.span[1]
        return Literal(Rank(literal.value.value, percent is not None), (literal.span[0], end))

    def items(self) -> tuple[Literal, ...]:
        opener = self.expect_mark("(", "a list in brackets")
        if self.token.is_mark(")"):
            self.problem("empty_list", "The list is empty; nothing would be in it.", self.advance())
            raise _Skip
        items = [self.value()]
        while self.accept_mark(","):
            if len(items) == limits.LIST_ITEMS:
                message = f"The list has more than {limits.LIST_ITEMS:,} values."
                self.exceeded("too_many_items", message, opener)
            items.append(self.value())
        self.expect_mark(")", "',' or ')'")
        return tuple(items)

    def value(self) -> Literal:
        token = self.token
        if token.kind in ("end", "mark", "compare", "other") or token.is_word("AND", "OR"):
            self.unexpected("a value")
        self.advance()
        literal = read_literal(token, self.problems, self.notes)
        if isinstance(literal.value, Number) and self.accept_mark("*"):
            return self.statistic(literal)
        return literal

    def statistic(self, factor: Literal) -> Literal:
        token = self.token
        if not token.is_word("STORE_AVERAGE", "STORE_MEDIAN"):
            self.unexpected("STORE_AVERAGE or STORE_MEDIAN")
        literal = read_literal(self.advance(), self.problems, self.notes)
        plain = cast("StoreStatistic", literal.value)
        number = cast("Number", factor.value).value
        return Literal(replace(plain, factor=number), (factor.span[0], token.end))

    # -- functions ------------------------------------------------------------------

    def matches(self, name: Token) -> Call:
        negated = self.accept_word("NOT") is not None
        word = self.advance()
        negated = negated or word.is_word("NOT_MATCHES")
        self.expect_mark("(", "'(' and parameters")
        parameters = []
        if not self.token.is_mark(")"):
            parameters.append(self.comparison(self.name("a parameter")))
            while self.accept_mark(","):
                parameters.append(self.comparison(self.name("a parameter")))
        closer = self.expect_mark(")", "',' or ')'")
        return Call(
            name.text,
            negated,
            tuple(parameters),
            span=(name.start, closer.end),
            name_span=(name.start, name.end),
        )

    def called(self, name: Token) -> Call | Anniversary:
        """`anniversary(…)`, or the old spelling of a function: `f(id: 1) = true`."""
        self.advance()
        if name.text == "anniversary":
            return self.anniversary(name)
        arguments: list[Argument] = []
        seen: set[str] = set()
        if not self.token.is_mark(")"):
            arguments.append(self.argument(seen))
            while self.accept_mark(","):
                arguments.append(self.argument(seen))
        self.expect_mark(")", "',' or ')'")
        negated = self.legacy_truth(name)
        parameters = legacy_parameters(arguments)
        last = self.tokens[self.position - 1]
        call = Call(
            name.text,
            negated,
            parameters,
            span=(name.start, last.end),
            name_span=(name.start, name.end),
        )
        self.note("deprecated_form", "This is the older spelling; MATCHES replaces it.", name.start)
        return call

    def argument(self, seen: set[str]) -> Argument:
        """One `name: value` of an old call; what has one bound takes one value. `seen` are
        the names so far."""
        parameter = self.name("a parameter")
        self.expect_mark(":", "':' and a value")
        values = self.items() if self.token.is_mark("(") else (self.value(),)
        if parameter.text in seen:
            message = f"{parameter.text} is given twice; each parameter once."
            self.problem("repeated_parameter", message, parameter)
        seen.add(parameter.text)
        if parameter.text in BOUNDS and len(values) > 1:
            message = f"{parameter.text} takes one value, not a list."
            self.problem("one_value", message, parameter)
        return parameter, values

    def legacy_truth(self, name: Token) -> bool:
        """Whether `= true / false` after an old call negates it."""
        token = self.token
        if token.kind != "compare" or token.text not in ("=", "!="):
            self.problems.add(
                "missing_truth",
                f"{name.text}(…) says nothing by itself; write {name.text} MATCHES (…).",
                name.start,
                self.tokens[self.position - 1].end,
                f"{name.text} MATCHES",
            )
            raise _Skip
        self.advance()
        literal = self.value()
        if not isinstance(literal.value, Boolean):
            self.problems.add("unexpected", "Expected true or false.", *literal.span, "true")
            raise _Skip
        return literal.value.value == (token.text == "!=")

    def anniversary(self, name: Token) -> Anniversary:
        old_form = self.token.is_word("DATE") and self.tokens[self.position + 1].is_mark(":")
        if old_form:
            self.advance()
            self.advance()
        of = self.value()
        self.expect_mark(")", "')'")
        if not isinstance(of.value, Text):
            self.problems.add(
                "unexpected",
                "anniversary takes the quoted name of a date.",
                *of.span,
                "'customer_birth_date'",
            )
            raise _Skip
        condition = self.comparison(Token("name", of.value.value, of.span[0], of.span[1]))
        if old_form:
            self.note(
                "deprecated_form",
                "This is the older spelling; anniversary('…') replaces it.",
                name.start,
            )
        return Anniversary(condition, span=(name.start, condition.span[1]))


def _join(kind: type[And] | type[Or], operands: list[Node | None]) -> Node | None:
    """One node for those operands that were understood, joined by AND or OR."""
    understood = [operand for operand in operands if operand is not None]
    return joined(kind, understood) if understood else None
