"""Texts that a spreadsheet would take for a formula, and the apostrophe that keeps it from that.

A text that could be taken so gets an apostrophe before it, one that begins with apostrophes
too: so taking one away gives every text back as it was.
"""

from __future__ import annotations

import re

_BEFORE = (
    r"""[\x00-\x20\x{85}\x{a0}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{2060}\x{3000}\x{feff}"';,]*"""
)
"""What spreadsheets leave out, or take for the end of a cell, before they read one."""
_SIGNS = r"[=+\-@\t\r\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"

FORMULA = f"^{_BEFORE}{_SIGNS}"
"""The beginning of such a text, as Arrow takes it."""
WITH_APOSTROPHE = f"^'({_BEFORE}{_SIGNS})"
"""The beginning of one that has got its apostrophe."""

_FORMULA = re.compile(re.sub(r"\\x\{(\w+)\}", lambda code: chr(int(code[1], 16)), FORMULA))


def neutral(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text that `neutral` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
