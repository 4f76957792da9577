"""Messages in a file, one a line, as batches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from segmentry.base.errors import BatchError
from segmentry.ingest.messages.parse import Faulty, read_json

_IN_A_BATCH = 1_000


def is_batch(raw: bytes) -> bool:
    """Whether some JSON is one batch, and not a message a line."""
    first = raw.lstrip().partition(b"\n")[0]
    try:
        found = read_json(first)
    except BatchError:
        return True
    return not isinstance(found, dict) or "messages" in found


def batches(raw: bytes) -> Iterator[list[Any]]:
    """The messages of all lines; what is no JSON stands in its place as a `Faulty`."""
    messages = (_message(line) for line in raw.splitlines() if line.strip())
    while some := list(islice(messages, _IN_A_BATCH)):
        yield some


def _message(line: bytes) -> Any:
    try:
        return read_json(line)
    except BatchError as error:
        return Faulty(str(error).rstrip("."))
