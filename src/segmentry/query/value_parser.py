"""Reads values and lists of them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from segmentry.query import limits
from segmentry.query.ast import Literal
from segmentry.query.cursor import Cursor, Skip
from segmentry.query.literals import read_literal
from segmentry.query.values import Number, Rank, StoreStatistic


class ValueParser(Cursor):
    """The part of the parser that knows values."""

    def rank(self) -> Literal:
        literal = self.value()
        if not isinstance(literal.value, Number):
            self.problems.add(
                "bad_rank", "TOP and BOTTOM take a number or a percentage.", *literal.span, "10%"
            )
            raise Skip
        percent = self.accept_mark("%")
        end = percent.end if percent else literal.span[1]
        return Literal(Rank(literal.value.value, percent is not None), (literal.span[0], end))

    def items(self) -> tuple[Literal, ...]:
        opener = self.expect_mark("(", "a list in brackets")
        if self.token.is_mark(")"):
            self.problem("empty_list", "The list is empty; nothing would be in it.", self.advance())
            raise Skip
        with self.brackets():
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
