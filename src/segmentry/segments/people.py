"""Finds the customers that people name by id or e-mail address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import pyarrow as pa

from segmentry.base.errors import SegmentError
from segmentry.base.text import email_key
from segmentry.facts.tables import CUSTOMERS, Table

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class People:
    """What a workspace knows of its customers' ids.

    `key_of` and `shown` lead from the id that people know to the key that engines know and
    back, `existing` gives those of some keys that are somebody's, `stored` rows of a table by
    the values of a column, and `survivors` who merged customers are now.
    """

    key_of: Callable[[str], str]
    shown: Callable[[str], str]
    existing: Callable[[Set[str]], frozenset[str]]
    stored: Callable[[Table, str, Sequence[str]], pa.Table]
    survivors: Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """The keys of the customers named, and the texts that name nobody."""

    keys: frozenset[str]
    unknown: tuple[str, ...]

    def refuse_unknown(self) -> None:
        """Refuse the whole where a text names nobody."""
        if self.unknown:
            some = ", ".join(f"'{each}'" for each in self.unknown[:_EXAMPLES])
            count = len(self.unknown)
            raise SegmentError(
                f"{count:,} of them {'names' if count == 1 else 'name'} no customer: {some}"
                f"{', …' if count > _EXAMPLES else ''}. Nothing was changed. Leave them out, or "
                "have unknown ones skipped (--skip-unknown)."
            )


def find(people: People, texts: Iterable[str]) -> Found:
    """The customers that texts name, each an id or an e-mail address; an address is that of
    every customer who has it."""
    if isinstance(texts, str):
        raise SegmentError("Give the ids of customers as a list, as in ['17', '42'].")
    keys = {text: people.key_of(text) for text in dict.fromkeys(texts)}
    existing = people.existing(frozenset(keys.values()))
    emails = {
        text: email
        for text, key in keys.items()
        if key not in existing and (email := email_key(text)) is not None
    }
    owners = _owners(people, sorted(set(emails.values())))
    found = {
        text: {key} if key in existing else owners.get(emails.get(text, ""), set())
        for text, key in keys.items()
    }
    unknown = tuple(text for text, those in found.items() if not those)
    return Found(frozenset().union(*found.values()), unknown)


def _owners(people: People, emails: Sequence[str]) -> dict[str, set[str]]:
    """Who has each address, merged customers as who they are now."""
    rows = people.stored(CUSTOMERS, "email_key", emails)
    survivors = people.survivors()
    having: dict[str, set[str]] = {}
    columns = (rows.column(name).to_pylist() for name in ("email_key", "customer_id"))
    for email, customer in zip(*columns, strict=True):
        having.setdefault(email, set()).add(survivors.get(customer, customer))
    existing = people.existing(frozenset().union(*having.values()))
    return {email: those & existing for email, those in having.items()}
