"""The engine that answers for a workspace: made when something is first asked, gone on with
after imports, and ended without a trace where people were erased."""

from __future__ import annotations

from pathlib import Path

from segmentry.engines.base import Engine, EngineMaker, Keeping
from segmentry.engines.live import memory
from segmentry.facts.store import Store
from segmentry.facts.tables import TABLES
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.folder import columns_file, drop_other_columns


class EngineInUse:
    """At most one engine over the facts of a workspace, which `folder` is that of, None in
    memory."""

    def __init__(
        self, facts: FactsDb, folder: Path | None, make: EngineMaker, store: Store
    ) -> None:
        self._facts = facts
        self._folder = folder
        self._make = make
        self._store = store
        self._engine: Engine | None = None
        self._version = ""
        self._position = 0

    @property
    def engine(self) -> Engine:
        """The engine, which answers by the facts as they were when it last went on."""
        if self._engine is None:
            self._engine = self._begun()
        return self._engine

    def _begun(self) -> Engine:
        facts = self._facts
        rows = {name: facts.count(table) for name, table in TABLES.items()}
        memory.refuse_too_large(rows, memory.available())
        self._version, self._position = facts.version, facts.position
        if self._folder is None:
            return self._make(facts, self._store)
        path = columns_file(self._folder, self._version)
        keeping = Keeping(path, self._version, self._position, facts.touched_since)
        return self._make(facts, self._store, keeping)

    def go_on(self) -> None:
        """Answer by the facts as they are now, reading those that changed, and leave nothing
        of what was made of other facts."""
        if self._engine is not None:
            touched = self._facts.touched_since(self._position)
            if touched is None or self._facts.version != self._version:
                self.close(keep=False)
            else:
                self._engine.change(self._facts, touched.customers, touched.added)
                self._position = self._facts.position
        self._facts.clear_remains()
        if self._folder is not None:
            drop_other_columns(self._folder, self._facts.version)

    def close(self, *, keep: bool = True) -> None:
        """End the engine, if there is one; `keep` says whether it saves what it made."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close(keep=keep)
