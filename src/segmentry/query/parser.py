"""Text to syntax tree.

A recursive descent parser. It reports every problem it can find: after a faulty
condition it goes on at the next AND, OR or closing bracket.
"""

from __future__ import annotations

import re
from dataclasses import replace

from segmentry.base.errors import EnoughProblems, ProblemList, QueryError
from segmentry.facts.operators import IS_NULL
from segmentry.query import limits
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or, Query, joined
from segmentry.query.call_parser import CallParser
from segmentry.query.cursor import Skip
from segmentry.query.lexer import Token, tokenize

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
    return _Parser(
        tokenize(text, problems), text, problems, ProblemList(text, severity="note")
    ).query()


class _Parser(CallParser):
    """The part of the parser that knows groups."""

    def __init__(
        self, tokens: list[Token], text: str, problems: ProblemList, notes: ProblemList
    ) -> None:
        super().__init__(tokens, text, problems, notes)
        self.depth = 0
        self.conditions = 0

    def query(self) -> Query | None:
        if self.token.kind == "end":
            self.problem(
                "empty",
                "The query is empty. Write a condition such as number_of_orders > 3.",
                self.token,
            )
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
        start, place = self.token, self.position
        self.conditions += 1
        if self.conditions > limits.CONDITIONS:
            message = f"The query has more than {limits.CONDITIONS} conditions."
            self.exceeded("too_many_conditions", message, start)
        try:
            node = self.read_condition()
        except Skip:
            self.skip_condition()
            return self.stand_in(place)
        node = replace(node, comments=tuple(self.comments))
        self.comments.clear()
        return node

    def stand_in(self, place: int) -> Condition | None:
        """A condition for the name of one that could not be read on, so that a name that does
        not exist is told as well. None where it is no name, or one of a function, or where
        what follows is of no condition at all."""
        start = self.tokens[place]
        if start.kind != "name" or start.is_word("AND", "OR", "NOT", "NULL"):
            return None
        following = self.tokens[place + 1]
        if following.kind not in ("name", "compare"):
            return None
        if following.is_word("MATCHES", "NOT_MATCHES", "NOT"):
            return None
        span = (start.start, start.end)
        return Condition(start.text, IS_NULL, False, (), span, span, span)

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

    def read_condition(self) -> Condition | Call | Anniversary:
        name = self.name("a condition")
        if self.token.is_mark("("):
            return self.called(name)
        if self.token.is_word("MATCHES", "NOT_MATCHES") or (
            self.token.is_word("NOT") and self.tokens[self.position + 1].is_word("MATCHES")
        ):
            return self.matches(name)
        return self.comparison(name)


def _join(kind: type[And] | type[Or], operands: list[Node | None]) -> Node | None:
    """One node for those operands that were understood, joined by AND or OR."""
    understood = [operand for operand in operands if operand is not None]
    return joined(kind, understood) if understood else None
