"""The second judge of what is a query: a grammar, and a generated parser for it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lark import Lark
from lark.exceptions import UnexpectedInput


@lru_cache
def _lark() -> Lark:
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", start="query")


def is_query(text: str) -> bool:
    """Whether the grammar takes `text`."""
    try:
        _lark().parse(text)
    except UnexpectedInput:
        return False
    return True
