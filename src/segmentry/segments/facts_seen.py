"""What a workspace looks up in its facts beside the engine, each thing once an import."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from segmentry.base.errors import UserError
from segmentry.facts.kept import Kept
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.known_values import KnownValues


class FactsSeen:
    """The facts as they are when they are first looked at; after an import make another."""

    def __init__(self, facts: FactsDb) -> None:
        self._facts = facts

    @cached_property
    def metafield_types(self) -> dict[str, str]:
        """The full name of each metafield to the type that the data give it."""
        return self._facts.metafield_types()

    @cached_property
    def known_values(self) -> KnownValues:
        """The values that completion offers."""
        return self._facts.known_values()

    @cached_property
    def carried(self) -> dict[Kept, frozenset[str]]:
        """The values that warnings compare with; empty at first, filled by those who ask."""
        return {}

    @cached_property
    def shown(self) -> Callable[[str], str]:
        """Ids as people know them: without the source's name where there is only one."""
        before = self.left_out
        return lambda key: key.removeprefix(before)

    @cached_property
    def left_out(self) -> str:
        """What stands before every id, the name of the only source there is."""
        sources = self._facts.sources()
        return f"{next(iter(sources))}:" if len(sources) == 1 else ""

    def keys(self, ids: Iterable[str]) -> frozenset[str]:
        """The keys of customers by the ids that people know them by; of merged profiles that
        of the one that lives on."""
        if isinstance(ids, str):
            raise UserError("Give the ids of customers as a list, as in among=['17', '42'].")
        keys = (f"{self.left_out}{each}" for each in ids)
        return frozenset(self.survivors.get(key, key) for key in keys)

    @cached_property
    def survivors(self) -> dict[str, str]:
        """Every profile that was merged into another, and the one that lives on."""
        return self._facts.survivors()
