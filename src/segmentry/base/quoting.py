"""Texts and names as a query writes them, and back."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_PLAIN_PART = re.compile(r"[A-Za-z0-9_$]+(?:-+[A-Za-z0-9_$]+)*")
_PART = re.compile(r"'(?:[^'\\]|\\.|'')*'|[^.']+", re.DOTALL)
_QUOTED_PART = re.compile(r"\.('(?:[^'\\]|\\.|'')*')", re.DOTALL)


def quote(text: str) -> str:
    r"""`text` as a query writes it. A backslash is doubled, a quote escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def unquote(quoted: str) -> str:
    r"""The text between quotes, with \' and '' resolved."""
    return _ESCAPE.sub(lambda match: match.group(1) or "'", quoted[1:-1])


def name_part(text: str) -> str:
    """One part of a dotted name: in quotes only where it would not be read without them."""
    return text if _PLAIN_PART.fullmatch(text) else quote(text)


def name_parts(written: str) -> tuple[str, ...]:
    """The parts of a dotted name, without their quotes."""
    parts = _PART.findall(written)
    return tuple(unquote(part) if part.startswith("'") else part for part in parts)


def tidy_name(written: str) -> str:
    """The one form of a dotted name: names that mean the same are the same."""
    return _QUOTED_PART.sub(lambda match: "." + name_part(unquote(match.group(1))), written)
