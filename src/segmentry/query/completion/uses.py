"""How often the saved segments of a store name attributes and functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from segmentry.query.completion.typed import tokens_of


def uses(texts: Iterable[str]) -> Counter[str]:
    """In how many of these queries each name occurs."""
    return Counter(name for text in texts for name in _names_in(text))


@lru_cache(maxsize=10_000)
def _names_in(text: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens_of(text) if token.kind == "name")
