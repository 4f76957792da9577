"""Names of segments: what one may be, and a free one beside those that are taken."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count

from segmentry.base.errors import SegmentError
from segmentry.base.text import text_key

LONGEST = 200
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


def free_name(name: str, taken: Container[str]) -> str:
    """`name (2)`, or the first such name whose key is not taken."""
    numbered = _NUMBERED.fullmatch(name)
    stem = numbered[1] if numbered else name
    return next(free for n in count(2) if text_key(free := f"{stem} ({n})") not in taken)
