"""Parts the text before a cursor into what is finished and the word being typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from segmentry.base.errors import ProblemList
from segmentry.base.quoting import unquote
from segmentry.query import limits
from segmentry.query.lexer import Token, tokenize

_HALF_WORD = re.compile(
    r"[A-Za-z_][A-Za-z0-9_$-]*(?:\.(?:[A-Za-z0-9_$-]+|'[^'\n]*'))*\.(?:'[^'\n]*)?\Z"
    r"|[0-9]{4}-(?:[0-9]{1,2}-?)?\Z"
)
"""What is several tokens until it is typed to its end: a dotted name, a day."""
_LONGEST_WORD = 200
_REST_OF_NAME = re.compile(r"[A-Za-z0-9_$]*(?:[.-]+[A-Za-z0-9_$]+)*")
_REST_OF_TEXT = re.compile(r"[\w .@-]*'(?=\s*(?:[),]|\Z)|\s)")
_GROWING = ("name", "number", "offset", "ago", "day", "instant", "compare", "other")
"""Kinds of tokens that another character can make longer."""


class _Unheard(ProblemList):
    """What is wrong with a text that is still being typed is of no interest."""

    def add(
        self, code: str, message: str, start: int, end: int, suggestion: str | None = None
    ) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The tokens before, the word so far, and the characters [start, end) it takes up.

    `quoted`: the word is a text whose quote is open; `kind` is that of its token, "end"
    where nothing is typed.
    """

    before: tuple[Token, ...]
    word: str
    start: int
    end: int
    kind: str

    @property
    def quoted(self) -> bool:
        """Whether the word stands in quotes."""
        return self.kind == "string"


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, whatever is wrong with it."""
    return tokenize(text, _Unheard(text))


def typed_at(text: str, cursor: int) -> Typed | None:
    """What is typed at the cursor; nothing in a comment and in texts beyond all limits."""
    if len(text) > limits.CHARACTERS:
        return None
    said = text[:cursor]
    *tokens, end = tokens_of(said)
    last = tokens[-1].end if tokens else 0
    if "--" in said[last:].rpartition("\n")[2]:
        return None
    half = _half_word(said, tokens)
    if half is not None:
        before = tuple(token for token in tokens if token.start < half.start)
        return Typed(before, said[half.start :], half.start, cursor, half.kind)
    token = tokens[-1] if tokens else end
    if token.end < cursor or not _may_grow(token):
        return Typed(tuple(tokens), "", cursor, cursor, "end")
    word = unquote(token.text) if token.kind == "string" else said[token.start :]
    grown = _grown(text, cursor, token)
    return Typed(tuple(tokens[:-1]), word, token.start, grown, token.kind)


def _half_word(said: str, tokens: list[Token]) -> Token | None:
    """The first token of a word at the end that is only half typed."""
    found = _HALF_WORD.search(said, max(0, len(said) - _LONGEST_WORD))
    if found is None:
        return None
    begins = (token for token in tokens if token.start == found.start())
    return next((token for token in begins if token.kind in ("name", "number")), None)


def _may_grow(token: Token) -> bool:
    """Whether the token can still be typed on: a text only while its quote is open."""
    if token.kind == "string":
        return len(token.text) > token.end - token.start
    return token.kind in _GROWING


def _grown(text: str, cursor: int, token: Token) -> int:
    """The end of the word that the cursor stands in."""
    rest = {"name": _REST_OF_NAME, "string": _REST_OF_TEXT}.get(token.kind)
    found = rest.match(text, cursor) if rest else None
    return found.end() if found else cursor
