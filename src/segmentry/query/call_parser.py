"""Reads functions with their parameters, in today's form and in the older one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from segmentry.query.ast import Anniversary, Call
from segmentry.query.condition_parser import ConditionParser
from segmentry.query.cursor import Skip
from segmentry.query.legacy import BOUNDS, Argument, legacy_parameters
from segmentry.query.lexer import Token
from segmentry.query.values import Boolean, Text

T = TypeVar("T")


class CallParser(ConditionParser):
    """The part of the parser that knows functions."""

    def matches(self, name: Token) -> Call:
        negated = self.accept_word("NOT") is not None
        word = self.advance()
        negated = negated or word.is_word("NOT_MATCHES")
        self.expect_mark("(", "'(' and parameters")
        parameters = self.parameters(lambda: self.comparison(self.name("a parameter")))
        return Call(
            name.text,
            negated,
            tuple(parameters),
            span=(name.start, self.tokens[self.position - 1].end),
            name_span=(name.start, name.end),
        )

    def parameters(self, read: Callable[[], T]) -> list[T]:
        """What stands in the brackets of a function. Where one parameter cannot be read the
        others are all the same, for what is wrong with them."""
        found, faulty = [], False
        with self.brackets():
            while not self.token.is_mark(")"):
                try:
                    found.append(read())
                except Skip:
                    faulty = True
                    self.skip_parameter()
                if not self.accept_mark(","):
                    break
                if self.token.is_mark(")"):
                    self.unexpected("a parameter")
            self.expect_mark(")", "',' or ')'")
        if faulty:
            raise Skip
        return found

    def skip_parameter(self) -> None:
        """Go on to the comma or bracket that ends the present parameter, if one does."""
        level = 0
        for place in range(self.position, len(self.tokens)):
            token = self.tokens[place]
            if level == 0 and (token.is_mark(",") or token.is_mark(")")):
                self.position = place
                return
            level += token.is_mark("(") - token.is_mark(")")
        raise Skip

    def called(self, name: Token) -> Call | Anniversary:
        """`anniversary(…)`, or the old spelling of a function: `f(id: 1) = true`."""
        self.advance()
        if name.text == "anniversary":
            return self.anniversary(name)
        seen: set[str] = set()
        arguments = self.parameters(lambda: self.argument(seen))
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
            raise Skip
        self.advance()
        literal = self.value()
        if not isinstance(literal.value, Boolean):
            self.problems.add("unexpected", "Expected true or false.", *literal.span, "true")
            raise Skip
        return literal.value.value == (token.text == "!=")

    def anniversary(self, name: Token) -> Anniversary:
        old_form = self.token.is_word("DATE") and self.tokens[self.position + 1].is_mark(":")
        if old_form:
            self.advance()
            self.advance()
        if self.token.is_mark(")"):
            self.problems.add(
                "unexpected",
                "anniversary takes the quoted name of a date and is compared with days.",
                name.start,
                self.token.end,
                "anniversary('customer_birth_date') = today",
            )
            raise Skip
        with self.brackets():
            of = self.value()
            self.expect_mark(")", "')'")
        if not isinstance(of.value, Text):
            self.problems.add(
                "unexpected",
                "anniversary takes the quoted name of a date.",
                *of.span,
                "'customer_birth_date'",
            )
            raise Skip
        condition = self.comparison(Token("name", of.value.value, of.span[0], of.span[1]))
        if old_form:
            self.note(
                "deprecated_form",
                "This is the older spelling; anniversary('…') replaces it.",
                name.start,
            )
        return Anniversary(condition, span=(name.start, condition.span[1]))
