"""Files and programs' dictionaries -> lines, each with its number.

Knows bytes and where lines end. What a line says is `parsing`'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from segmentry.base.errors import DataError

LONGEST_LINE = 32_768
"""Bytes: what services that collect events take, so that a damaged file cannot fill memory."""

EventSource: TypeAlias = str | Path | Iterable[Mapping[str, Any]]
"""A file of JSON lines, or events as dictionaries."""

_BLOCK = 1 << 20
_OTHER_FORMATS = {
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
    b"\x1f\x8b": "compressed; unpack it first",
    b"PK\x03\x04": "compressed; unpack it first",
    b"PAR1": "Parquet; events are read from JSON lines",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source: its bytes, or None where it is longer than LONGEST_LINE."""

    source: int
    number: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Sources:
    """What is read, in order, each with a name for messages."""

    given: tuple[EventSource, ...]

    def name(self, source: int) -> str:
        """A file's name without its folder; what dictionaries are called."""
        each = self.given[source]
        return Path(each).name if isinstance(each, str | Path) else "events"

    def lines(self, progress: Callable[[float], None]) -> Iterator[Line]:
        """Every line that is not blank. Refuses files that cannot be read or are no text."""
        if not self.given:
            raise DataError("Name at least one file of events to import.")
        for number, each in enumerate(self.given):
            if isinstance(each, str | Path):
                yield from _of_file(number, Path(each), progress)
            else:
                yield from _of_program(number, each)


def _of_file(source: int, path: Path, progress: Callable[[float], None]) -> Iterator[Line]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            _refuse_other_formats(path, file)
            for number, content in enumerate(_split(file), start=1):
                if number % 1000 == 0:
                    progress(file.tell() / max(size, 1))
                if content is None or content.strip():
                    yield Line(source, number, content)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def _refuse_other_formats(path: Path, file: BinaryIO) -> None:
    beginning = file.read(4)
    for signature, said in _OTHER_FORMATS.items():
        if beginning.startswith(signature):
            raise DataError(f"{path.name} is {said}.")
    file.seek(len(_BYTE_ORDER_MARK) if beginning.startswith(_BYTE_ORDER_MARK) else 0)


def _split(file: BinaryIO) -> Iterator[bytes | None]:
    """Lines without their ends; of one that is too long only that it was there."""
    while line := file.readline(LONGEST_LINE + 2):
        whole = line.rstrip(b"\r\n")
        ended = line.endswith(b"\n") or len(line) < LONGEST_LINE + 2
        if ended and len(whole) <= LONGEST_LINE:
            yield whole
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(_BLOCK)
        yield None


def _of_program(source: int, events: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Dictionaries as the lines they would be in a file, so that both are looked at alike."""
    if isinstance(events, Mapping | bytes):
        raise DataError("Events are a list with a dictionary for each, or the path of a file.")
    for number, event in enumerate(events, start=1):
        try:
            text = json.dumps(event, default=_as_json)
        except (TypeError, ValueError, RecursionError) as error:
            raise DataError(f"Event {number} cannot be written as JSON: {error}.") from error
        content = text.encode()
        yield Line(source, number, content if len(content) <= LONGEST_LINE else None)


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def digest(text: str) -> str:
    """A short name for a text: the same for the same, else another."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
