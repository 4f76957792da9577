"""A line -> the JSON object on it, or why there is none that could be kept.

Stricter than JSON: what readers disagree on (a key twice, half a character, a number that
no column holds) is refused here, so that nothing later has to think of it.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST = 20
"""Levels of objects and lists in one another."""

_LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 30
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff\x00]")


def parse(line: bytes) -> dict[str, Any]:
    """The object on a line; numbers with a fraction are Decimals. Raises ValueError with
    what is wrong."""
    try:
        found = _DECODER.decode(line.decode("utf-8").strip())
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object with the fields of one event")
    _check(found, DEEPEST)
    return found


_TOO_DEEP = f"nested more than {DEEPEST} levels deep"


def _check(value: Any, left: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if not left:
            raise ValueError(_TOO_DEEP)
        if isinstance(value, dict):
            for key in value:
                _check_text(key)
        for each in value.values() if isinstance(value, dict) else value:
            _check(each, left - 1)


def _check_text(text: str) -> None:
    if _HALF_A_CHARACTER.search(text):
        raise ValueError("holds half a character or a zero one, which cannot be kept")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("has the same key twice in one object")
    return found


def _whole(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise ValueError("a whole number is beyond 64 bits; write it as text")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text[: _LONGEST_NUMBER + 1])
    except InvalidOperation:  # An exponent that not even Decimal has.
        number = Decimal(f"1e{2 * _LARGEST_EXPONENT}")
    if len(text) > _LONGEST_NUMBER or (number and abs(number.adjusted()) > _LARGEST_EXPONENT):
        raise ValueError("a number is too large, too small or too exact to keep")
    return number


def _constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_whole,
    parse_float=_decimal,
    parse_constant=_constant,
)
