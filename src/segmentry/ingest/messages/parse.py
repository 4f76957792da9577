"""Reads the JSON of a batch strictly: what JSON libraries let pass is told where it stands.

A batch is `{"source": "shop", "messages": [...]}`. What makes all of it unreadable is
refused; what is wrong inside one message stays in its place as a `Faulty`, for `check` to
refuse that message alone. Does not know what messages say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from segmentry.base.errors import BatchError
from segmentry.ingest.messages.limits import BATCH, DIGITS, EXPONENT


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of a batch, not looked at yet, and the source it names."""

    source: str | None
    messages: list[Any]


@dataclass(frozen=True, slots=True)
class Faulty:
    """What stands where a value was that JSON does not have, or ought not to have."""

    why: str


def read_batch(raw: bytes) -> Batch:
    """The batch in some bytes. Raises BatchError for what cannot be read at all."""
    if len(raw) > BATCH:
        raise BatchError("too_large", f"A batch has at most {BATCH:,} bytes; this is {len(raw):,}.")
    return batch_of(read_json(raw))


def batch_of(found: Any) -> Batch:
    """The batch that a value is."""
    if isinstance(found, Faulty):
        raise BatchError("json", f"The batch cannot be read: {found.why}.")
    if not isinstance(found, Mapping):
        raise BatchError("shape", 'A batch is an object: {"source": "shop", "messages": [...]}.')
    for key in found:
        if key not in ("source", "messages"):
            raise BatchError(
                "shape", "A batch has a source and messages, nothing else.", f"/{step(key)}"
            )
    source, messages = found.get("source"), found.get("messages")
    if not (source is None or isinstance(source, str)):
        raise BatchError("shape", "The source is a name, such as shop.", "/source")
    if not isinstance(messages, list):
        raise BatchError("shape", "The messages of a batch are a list.", "/messages")
    return Batch(source, messages)


def read_json(raw: bytes) -> Any:
    """One JSON value, exact: numbers with a fraction are Decimals."""
    try:
        return _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise BatchError("json", "This is no JSON: it is not written in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BatchError("json", f"This is no JSON: {error.msg} ({where}).") from None
    except RecursionError:
        raise BatchError("json", "This cannot be read: it is nested too deeply.") from None


def step(key: object) -> str:
    """A key as a JSON pointer has it; one that is long, its beginning."""
    return str(key)[:80].replace("~", "~0").replace("/", "~1")


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return Faulty(f"the key '{key[:40]}' stands twice")
        seen.add(key)
    raise AssertionError("one stands twice")


def _whole(text: str) -> Any:
    if len(text) > DIGITS:
        return Faulty("a number has too many digits; write it as a text")
    return int(text)


def _fraction(text: str) -> Any:
    try:
        number = Decimal(text)
    except DecimalException:
        return Faulty("a number is too large or too small")
    if len(text) > DIGITS or (number and abs(number.adjusted()) > EXPONENT):
        return Faulty("a number is too large, too small or too long")
    return number


def _constant(text: str) -> Any:
    return Faulty(f"{text} is no number of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)
