"""A valid file -> one broken at random. The same seed and number break it the same way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from .seeds import Seed

_TEXTS = (
    *('"', '""', '"""', "'", "\x00", "\ufeff", "\ufffe", "\r", "\n", "\r\n", "\u2028", "\x85"),
    *(",", ";", "\t", "|", ",,,,", "\\", '\\"', "sep=;\n", "sep=\n", "\x1a", "\x7f", "\u202e"),
    *("1e5000000", "1e400", "-1e400", "NaN", "sNaN", "Infinity", "9" * 400, "0" * 5000, "-0"),
    *("99999999999999", "-99999999999999.9999", "999999999999", "9223372036854775807", "0x10"),
    *("=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-", "{", "}", "[" * 3000, "{{}}", "%s%n", "$1"),
    *("'; DROP TABLE typed --", "NULL", "null", "true", "PRODUCT", "REFUND", "CUSTOMER", "ORDER"),
    *("0001-01-01", "9999-12-31", "1900-01-01 00:00:00-14:00", "2199-12-31 23:59:59+23:59"),
    *("2025-03-30 01:30:00", "2025-02-30", "31/12/2025", "12.31.2025", "24:00", "1899-12-31"),
    *("order_id", "ordered_at", "customer_id", "email", "line_number", "total", "a@b", "@", "a@"),
    *("x@" + "a" * 300 + ".test", "x@\u0130.test", "x@xn--a.test", "\u00df@\u00df.de", "+1" * 40),
    *(
        "\U0001f600",
        "e\u0301" * 50,
        "\ud800",
        "a" * 40_000,
        "x" * 200_000,
        "A, " * 2000,
        " \u3000 ",
    ),
)
_BYTES = (
    *(each.encode("utf-8", "surrogatepass") for each in _TEXTS),
    *(each.encode("utf-16-le", "surrogatepass") for each in _TEXTS),
    *(b"\xff", b"\xfe\xff", b"\xff\xfe", b"\x80", b"\xc3", b"\xed\xa0\x80", b"PAR1", b"PARE"),
    *(b"\x00" * 64, b"\xff" * 8, b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff\x0f", b"\x80" * 10),
)
_CELL = re.compile(rb"[^,;\t|\r\n]+")


@dataclass(frozen=True, slots=True)
class Variant:
    """A broken file; `origin` names the whole one."""

    origin: str
    suffix: str
    content: bytes


def variant(seeds: Sequence[Seed], seed: int, number: int) -> Variant:
    """The variant of that number."""
    random = Random(f"{seed}/{number}")
    chosen = random.choice(_of(seeds, random.choice((".csv", ".csv", ".parquet"))))
    content = chosen.content
    for _ in range(min(6, 1 + int(random.expovariate(0.8)))):
        content = random.choice(_WAYS)(random, content, seeds)
    return Variant(chosen.name, chosen.suffix, content)


def _of(seeds: Sequence[Seed], suffix: str) -> list[Seed]:
    """Those of Parquet, or all others: few as they are, they get their share."""
    return [each for each in seeds if (each.suffix == ".parquet") == (suffix == ".parquet")]


Way = Callable[[Random, bytes, Sequence[Seed]], bytes]


def _place(random: Random, content: bytes) -> int:
    """Anywhere; every other time near the end, where Parquet has its table of contents."""
    if random.random() < 0.5:
        return random.randrange(len(content) + 1)
    return max(0, len(content) - int(random.expovariate(1 / 600)))


def _flip(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    changed = bytearray(content)
    for _number in range(random.choice((1, 1, 2, 5, 20)) if content else 0):
        changed[min(_place(random, content), len(content) - 1)] ^= 1 << random.randrange(8)
    return bytes(changed)


def _other_byte(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    at = _place(random, content)
    return content[:at] + random.randbytes(random.choice((1, 1, 4))) + content[at + 1 :]


def _remove(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    at = _place(random, content)
    return content[:at] + content[at + int(random.expovariate(1 / 20)) + 1 :]


def _insert(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    at = _place(random, content)
    return content[:at] + random.randbytes(random.randrange(1, 9)) + content[at:]


def _repeat(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    at = _place(random, content)
    part = content[at : at + int(random.expovariate(1 / 60)) + 1]
    return content[:at] + part * random.choice((1, 2, 50)) + content[at:]


def _cut(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    return content[: _place(random, content)]


def _splice(random: Random, content: bytes, seeds: Sequence[Seed]) -> bytes:
    other = random.choice(seeds).content
    return content[: _place(random, content)] + other[_place(random, other) :]


def _word(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    at = _place(random, content)
    over = random.choice((0, 0, 1, 4))
    return content[:at] + random.choice(_BYTES) + content[at + over :]


def _cell(random: Random, content: bytes, _: Sequence[Seed]) -> bytes:
    """A word in place of a whole cell, so that it gets as far as what cells mean."""
    cells = list(_CELL.finditer(content[:20_000]))
    if not cells:
        return content
    cell = random.choice(cells)
    return content[: cell.start()] + random.choice(_BYTES) + content[cell.end() :]


_WAYS: tuple[Way, ...] = (
    *(_flip, _flip, _other_byte, _remove, _insert, _repeat, _cut, _splice, _word, _word),
    *(_cell, _cell, _cell),
)
