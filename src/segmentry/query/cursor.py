"""Where the parser stands among the tokens of a text, and what it found wrong so far."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from segmentry.base.errors import EnoughProblems, ProblemList
from segmentry.base.quoting import unquote
from segmentry.query.lexer import Token


class Skip(Exception):
    """The present condition cannot be read any further; the problem is noted."""


class Cursor:
    """A place among tokens. Comments that are passed are kept for the next condition."""

    def __init__(
        self, tokens: list[Token], text: str, problems: ProblemList, notes: ProblemList
    ) -> None:
        self.tokens = tokens
        self.text = text
        self.problems = problems
        self.notes = notes
        self.position = 0
        self.comments: list[str] = []

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
        raise Skip

    @contextmanager
    def brackets(self) -> Iterator[None]:
        """What is read inside brackets: where it cannot be, they are left behind as a whole,
        so that what follows is not read as part of them."""
        try:
            yield
        except Skip:
            self.leave_brackets()
            raise

    def leave_brackets(self) -> None:
        """Go on after the bracket that closes the present ones, if there is one."""
        level = 0
        for place in range(self.position, len(self.tokens)):
            if self.tokens[place].is_mark("("):
                level += 1
            elif self.tokens[place].is_mark(")"):
                if level == 0:
                    self.position = place + 1
                    return
                level -= 1

    def problem(self, code: str, message: str, token: Token, suggestion: str | None = None) -> None:
        self.problems.add(code, message, token.start, token.end, suggestion)

    def exceeded(self, code: str, message: str, token: Token) -> NoReturn:
        """A limit: what a query may not have is not read to its end either."""
        self.problem(code, message, token)
        raise EnoughProblems

    def note(self, code: str, message: str, start: int, suggestion: str | None = None) -> None:
        self.notes.add(code, message, start, self.tokens[self.position - 1].end, suggestion)
