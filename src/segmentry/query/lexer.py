"""Text to tokens, with the comments that stand before each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from segmentry.base.errors import ProblemList
from segmentry.base.quoting import tidy_name

_TOKENS = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*)
  | (?P<string>'(?:[^'\\]|\\.|'')*')
  | (?P<unclosed>'(?:[^'\\]|\\.|'')*\\?\Z)
  | (?P<instant>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)
  | (?P<day>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![0-9A-Za-z_-]))
  | (?P<ago>[0-9]+_(?:days?|months?)_ago\b)
  | (?P<offset>[+-]?[0-9]+(?:min|[dwmyh])\b)
  | (?P<number>[+-]?[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z_.]))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:-+[A-Za-z0-9_]+)*
        (?:\.(?:[A-Za-z0-9_$]+(?:-+[A-Za-z0-9_$]+)*|'(?:[^'\\]|\\.|'')*'))*)
  | (?P<compare>!=|<>|==|<=|>=|=|<|>)
  | (?P<mark>[(),%*:])
  | (?P<price>[$€£¥]\s?[0-9][0-9.,]*)
  | (?P<other>[0-9][0-9A-Za-z_.,:+-]*[0-9A-Za-z_]|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CURLY_QUOTES = '‘’‚‛“”„‟´`＇"'


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `kind` is a group of the pattern, or "end". A name is in its one form."""

    kind: str
    text: str
    start: int
    end: int
    comments: tuple[str, ...] = ()

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in any case."""
        return self.kind == "name" and self.text.upper() in words

    def is_mark(self, mark: str) -> bool:
        """Whether it is this punctuation mark."""
        return self.kind == "mark" and self.text == mark


def tokenize(text: str, problems: ProblemList) -> list[Token]:
    """The tokens of `text`, closed by one of kind "end"."""
    tokens: list[Token] = []
    comments: list[str] = []
    for match in _TOKENS.finditer(text):
        kind, value = str(match.lastgroup), match.group()
        if kind == "space":
            continue
        if kind == "comment" and _may_start_comment(text, match.start()):
            comments.append(value[2:].strip())
            continue
        if kind in ("unclosed", "other", "price", "comment"):
            _report(kind, value, match.start(), problems)
            if kind == "unclosed":
                kind, value = "string", value + "'"
            elif kind == "price":
                kind, value = "number", "0"
        if kind == "name":
            value = tidy_name(value)
        tokens.append(Token(kind, value, match.start(), match.end(), tuple(comments)))
        comments.clear()
    tokens.append(Token("end", "", len(text), len(text), tuple(comments)))
    return tokens


def _may_start_comment(text: str, start: int) -> bool:
    return start == 0 or text[start - 1].isspace()


def _report(kind: str, value: str, start: int, problems: ProblemList) -> None:
    end = start + len(value)
    if kind == "unclosed":
        problems.add(
            "unclosed_text", "This text has no closing quote.", start, end, suggestion=value + "'"
        )
    elif value in _CURLY_QUOTES:
        problems.add("wrong_quote", f"{value} is no quote; texts stand in '…'.", start, end, "'")
    elif value == ";":
        problems.add("several_statements", "A query is one statement, without ';'.", start, end)
    elif kind == "price":
        problems.add(
            "money_sign",
            "Amounts are written without a sign; they are in the store's currency.",
            start,
            end,
            re.sub(r"[^0-9.]|\.(?=.*\.)", "", value),
        )
    elif value[0].isdigit():
        problems.add(
            "bad_number",
            f"'{value}' is neither a number nor a date. Numbers look like 1234.5, "
            "dates like 2024-01-31 or -90d.",
            start,
            end,
        )
    else:
        problems.add("unexpected", f"'{value}' is unexpected.", start, end)
