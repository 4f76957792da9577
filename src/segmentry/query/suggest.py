"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise

from segmentry.facts.catalogue import ATTRIBUTES, FUNCTION_NAMES, INVENTED_NAMES
from segmentry.facts.metafields import PREFIX

_OF_A_CUSTOMER = "customer."
"""What reports and templates of Shopify put before a customer's fields, and segments do not."""

_COMPARED = 200
"""How many names are compared letter by letter, which is slow; a store can have thousands."""


def name(written: str) -> str | None:
    """The filter closest to what was written, or None."""
    lowered = written.lower()[:100]
    if lowered in INVENTED_NAMES:
        return INVENTED_NAMES[lowered]
    if lowered.startswith(_OF_A_CUSTOMER):
        return _field_of_a_customer(written[len(_OF_A_CUSTOMER) : 100])
    of_a_customer = f"customer_{lowered}"
    close = closest(lowered, (*ATTRIBUTES, *FUNCTION_NAMES))
    return close or (of_a_customer if of_a_customer in ATTRIBUTES else None)


def _field_of_a_customer(field: str) -> str:
    """The filter for a field of a customer; one that there is not can only be a metafield."""
    if field.startswith(PREFIX):
        return field
    meant = (field, f"customer_{field}", INVENTED_NAMES.get(field))
    return next((each for each in meant if each in ATTRIBUTES), f"{PREFIX}custom.{field}")


def function(written: str) -> str | None:
    """The function closest to what was written as one, or None: never an attribute, unless
    people often write it so."""
    lowered = written.lower()[:100]
    invented, _, _ = INVENTED_NAMES.get(lowered, "").partition(" MATCHES")
    return invented or closest(lowered, FUNCTION_NAMES)


def parameter(written: str, names: Iterable[str]) -> str | None:
    """The parameter closest to what was written, or None; what a function is about is called
    `id` in it, not by its full name."""
    names = list(names)
    if written in ("product_id", "collection_id") and "id" in names:
        return "id"
    return closest(written, names)


def closest(written: str, names: Iterable[str]) -> str | None:
    """The one of `names` closest to what was written, or None."""
    names = list(names)
    exact = [candidate for candidate in names if candidate.lower() == written.lower()]
    matches = exact or get_close_matches(
        written[:100], _likeliest(written[:100], names), n=1, cutoff=0.6
    )
    return matches[0] if matches else None


def _likeliest(written: str, names: list[str]) -> list[str]:
    """The names that share most pairs of letters with what was written; all, if not too many."""
    if len(names) <= _COMPARED:
        return names
    pairs = _pairs(written)
    return nlargest(_COMPARED, names, key=lambda name: len(pairs & _pairs(name[:100])))


def _pairs(text: str) -> set[tuple[str, str]]:
    return set(pairwise(text))
