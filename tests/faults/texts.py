"""A query text -> one spoilt at random, by its characters, its words or its size."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

from segmentry.facts.catalogue import ATTRIBUTES, FUNCTION_NAMES, INVENTED_NAMES
from segmentry.query import limits
from segmentry.segments.preset import load_presets
from tests.spec.casefile import read_cases

_CHARACTERS = (
    *("'", '"', "’", "`", "\\", "(", ")", ",", ";", ":", "*", "%", "=", "<", ">", "!", "-", "--"),
    *(".", "_", "$", "€", "@", "#", "/*", "*/", "?", "\x00", "\x1f", "\x7f", "\x85", "\n", "\r"),
    *("\t", "\u00a0", "\u2028", "\u3000", "\u200b", "\u200d", "\u202e", "\ufeff", "\u0301", "é"),
    *(
        "İ",
        "ı",
        "ß",
        "ﬁ",
        "\ufdfa",
        "\u0344",
        "٣",
        "３",
        "²",
        "½",
        "Ⅷ",
        "＇",
        "\U0001f600",
        "\U0010ffff",
    ),
    *("\ud800", "\udfff", "T", "Z", "d", "h", "y", "0", "9"),
)
_WORDS = (
    *("AND", "OR", "NOT", "NOT NOT", "BETWEEN", "IN", "IS", "NULL", "CONTAINS", "TEXT", "ANY"),
    *("ALL", "STARTS", "ENDS", "WITH", "TOP", "BOTTOM", "MATCHES", "NOT_MATCHES", "anniversary"),
    *("anniversary('", "= true", "STORE_AVERAGE", "* STORE_MEDIAN", "()", "(,)", "((", "))", "''"),
    *("-- ", "--\n", "1,000", "1.000,50", "1e5", "-0", "+0", "00", ".5", "5.", "0x10", "NaN"),
    *("9223372036854775808", "18446744073709551616", "0." + "0" * 36 + "1", "9" * 40, "9" * 5_000),
    *("-99999999999d", "+9999y", "-100y", "-101y", "-36525d", "-876600h", "+52596000min", "-0d"),
    *("9" * 400 + "_days_ago", "7_days_ago", "1_month_ago", "30d", "-1", "-1x", "-1dd", "-1min"),
    *("0000-00-00", "0001-01-01", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01"),
    *("9999-12-31", "2026-02-30", "2026-W01-1", "20260101", "2026-1-1", "２０２６-01-01"),
    *("2026-03-08T02:30:00", "2026-03-08T24:00:00", "2026-12-31T23:59:60", "2026-01-01T00:00:00Z"),
    *("'2026-03-08'", "'-30d'", "'today'", "'\\''", "'''", "'\\", "'%_\\\\'", "'; DROP TABLE x'"),
    *("'51.5,-0.12'", "'91,181'", "'US-NY-'", "'\u0130'", "'e\u0301'", "'\x00'", "' '"),
    *("segments", "metafields.a", "metafields.'é b'.c", "property.", "property.'", "sum_", "$5"),
    *("a" * 300, "a-" * 300, "a." * 300, ".'a'" * 300, "x" * 19_000, "number_of_ordres" * 60),
)
_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|[\w.]+|\s+|.", re.DOTALL)


@cache
def seeds() -> tuple[str, ...]:
    """Queries that are right, or wrong in one way: of the spec cases, the catalogue, presets."""
    of_cases = (
        check.query for case in read_cases() for stage in case.stages for check in stage.checks
    )
    attributes = (each.example for each in ATTRIBUTES.values())
    functions = (each.example for each in FUNCTION_NAMES.values())
    presets = (preset.query for preset in load_presets())
    return tuple(dict.fromkeys((*of_cases, *attributes, *functions, *presets, *INVENTED_NAMES)))


def text_variant(seed: int, number: int) -> str:
    """The spoilt text of that number; the same seed and number spoil it the same way."""
    random = Random(f"{seed}/{number}")
    if random.random() < 0.1:
        return random.choice(_NO_QUERIES)(random)
    text = random.choice(seeds())
    for _ in range(min(8, 1 + int(random.expovariate(1.5)))):
        text = spoilt(random, text)
    return text


def spoilt(random: Random, text: str) -> str:
    """The text after one change. Never much longer than a query may be."""
    return random.choice(_WAYS)(random, text)[: limits.CHARACTERS + 500]


# -- no queries at all ------------------------------------------------------------------


def _bytes(random: Random) -> str:
    raw = random.randbytes(random.choice((1, 8, 64, 1_000, 15_000)))
    how = random.choice((("utf-8", "surrogateescape"), ("utf-8", "replace"), ("latin-1", "strict")))
    return raw.decode(*how)


def _characters(random: Random) -> str:
    return "".join(random.choices(_CHARACTERS, k=random.choice((3, 30, 3_000))))


def _words(random: Random) -> str:
    return random.choice((" ", "")).join(random.choices(_WORDS, k=random.choice((3, 12, 100))))


_NO_QUERIES = (_bytes, _characters, _words)


# -- changes of a query -----------------------------------------------------------------


def _slice(random: Random, size: int, most: int) -> slice:
    start = random.randrange(size + 1)
    return slice(start, min(size, start + random.randrange(most + 1)))


def _cut(random: Random, text: str) -> str:
    gone = _slice(random, len(text), 12)
    return text[: gone.start] + text[gone.stop :]


def _end(random: Random, text: str) -> str:
    return text[: random.randrange(len(text) + 1)]


def _put(random: Random, text: str) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + random.choice(_CHARACTERS) + text[place:]


def _double(random: Random, text: str) -> str:
    twice = _slice(random, len(text), 60)
    return text[: twice.stop] + text[twice] + text[twice.stop :]


def _case(random: Random, text: str) -> str:
    return random.choice((str.upper, str.lower, str.title, str.swapcase))(text)


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


def _word(random: Random, text: str) -> str:
    pieces = _pieces(text) or [""]
    place = random.randrange(len(pieces))
    pieces[place] = random.choice((random.choice(_WORDS), "", f" {random.choice(_WORDS)} "))
    return "".join(pieces)


def _swap(random: Random, text: str) -> str:
    pieces = _pieces(text) or [""]
    one, other = random.randrange(len(pieces)), random.randrange(len(pieces))
    pieces[one], pieces[other] = pieces[other], pieces[one]
    return "".join(pieces)


def _splice(random: Random, text: str) -> str:
    other = random.choice(seeds())
    return _end(random, text) + other[random.randrange(len(other) + 1) :]


def _joined(random: Random, text: str) -> str:
    return (
        f"{text}{random.choice((' AND ', ' OR ', ' AND NOT ', ', ', ' '))}{random.choice(seeds())}"
    )


def _nested(random: Random, text: str) -> str:
    depth = random.choice((1, 5, 16, 31, 32, 33, 5_000))
    opener = random.choice(("(", "NOT ", "NOT (", "(NOT ", "x MATCHES (", "x IN (", "x(a: "))
    closing = ")" * (opener.count("(") * depth)
    return opener * depth + text + random.choice((closing, closing, "", closing + ")"))


def _filled(random: Random, text: str) -> str:
    """A part of the text again and again, up to about the longest text there may be."""
    pieces = _pieces(text) or [""]
    again = _slice(random, len(pieces), 12)
    piece = "".join(pieces[again]) + random.choice(("", " ", ",", " AND ", " OR "))
    room = random.choice((200, 2_000, limits.CHARACTERS, limits.CHARACTERS + 100)) - len(text)
    times = max(0, room // max(1, len(piece)))
    return "".join(pieces[: again.start]) + piece * times + "".join(pieces[again.start :])


def _repeated(random: Random, text: str) -> str:
    """The whole query many times over, about as often as conditions may stand."""
    times = random.choice((2, 50, limits.CONDITIONS, limits.CONDITIONS + 1))
    return random.choice((" AND ", " OR ", " OR NOT ")).join([text] * times)


def _listed(random: Random, text: str) -> str:
    """A value of the text as a long list."""
    pieces = _pieces(text) or [""]
    place = random.randrange(len(pieces))
    times = random.choice((3, 1_000, limits.LIST_ITEMS, limits.LIST_ITEMS + 1))
    pieces[place] = f"({','.join([pieces[place]] * times)})"
    return "".join(pieces)


_WAYS: tuple[Callable[[Random, str], str], ...] = (
    *(_cut, _end, _put, _put, _double, _case, _word, _word, _word, _swap, _swap),
    *(_splice, _joined, _nested, _filled, _repeated, _listed),
)
