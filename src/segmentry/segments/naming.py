"""Names of segments: what one may be, a free one beside those that are taken, and what a
segment's file is called."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from difflib import get_close_matches
from itertools import count
from unicodedata import normalize

from segmentry.base.errors import SegmentError
from segmentry.base.text import text_key

LONGEST = 200
_LONGEST_STEM = 80
_MOST_BYTES = 200
"""File systems take names of 255, and some need more signs beside."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.I)
"""What Windows refuses as the name of a file."""
_NUMBERED = re.compile(r"(.*\S) \([0-9]+\)")


def tidy(name: str) -> str:
    """The name with single blanks. Refuses none, one too long and signs that do not print."""
    name = " ".join(name.split())
    if not name:
        raise SegmentError("A segment needs a name.")
    if len(name) > LONGEST:
        raise SegmentError(f"A segment's name has at most {LONGEST} characters.")
    if not name.isprintable():
        raise SegmentError("A segment's name has only characters that print.")
    return name


def unknown(name: str, names: Sequence[str]) -> str:
    """That there is no segment of a name, with the likely one that there is."""
    by_key = {text_key(each): each for each in names}
    close = get_close_matches(text_key(name), by_key, n=1)
    hint = f" Did you mean '{by_key[close[0]]}'?" if close else ""
    return f"There is no segment '{name}'.{hint}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in quotes, the first few of them."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def free_name(name: str, taken: Container[str]) -> str:
    """`name (2)`, or the first such name whose key is not taken."""
    numbered = _NUMBERED.fullmatch(name)
    stem = numbered[1] if numbered else name
    return next(free for n in count(2) if text_key(free := f"{stem} ({n})") not in taken)


def file_stem(name: str) -> str:
    """A name for files of a segment, without an ending, that every system takes."""
    words = re.sub(r"\W+", "-", normalize("NFC", text_key(name))).strip("-_")[:_LONGEST_STEM]
    words = words.encode()[:_MOST_BYTES].decode(errors="ignore")
    return f"segment-{words}".strip("-") if not words or _RESERVED.fullmatch(words) else words


def free_stem(stem: str, taken: Container[str], ending: str = "") -> str:
    """The stem, or the first of `stem-2` and so on whose file's name is not taken, in any
    case."""
    stems = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
    return next(each for each in stems if f"{each}{ending}".casefold() not in taken)
