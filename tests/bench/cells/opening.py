"""A workspace opened in a process of its own until every standard segment is counted: from
its facts at first, then from the columns that the process before it saved."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from segmentry import Workspace
from segmentry.engines.live import LiveEngine
from segmentry.facts.tables import TABLES
from segmentry.storage.app_db import Import, open_app_db
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.folder import APP_DB, COLUMNS, FACTS_DB
from tests.bench.asking.plans import planned
from tests.bench.asking.segments import draw_segments
from tests.bench.copies import in_a_copy
from tests.bench.measuring import clocked
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store

_PLACE = "opened"


def rows(settings: Settings) -> Iterator[Row]:
    """From facts, then from columns; each time a new process."""
    open_store(settings.size, settings.kept)
    folder = settings.scratch / _PLACE
    in_a_copy(lambda: prepare(settings, folder))
    for name, target in (("its facts", "20 s"), ("saved columns", "3 s, 3 GB")):
        found = measured_by("tests.bench.cells.opening", settings)
        yield Row(f"open a workspace to ready, from {name}", found["open"].cost, target)
        segments = f"  and count {settings.all_segments} standard segments"
        yield Row(segments, found["count"].cost)
    saved = sum(path.stat().st_size for path in (folder / COLUMNS).iterdir()) / 1e6
    yield Row(f"  saved columns: {saved:,.0f} MB", None)


def prepare(settings: Settings, folder: Path) -> None:
    """A workspace with the store's facts, in a folder; to be called in a copy, whose memory is
    not that of what is measured."""
    Workspace.create(folder, timezone=STORE.zone.key, currency=STORE.currency).close()
    _note_import(folder)
    tables, facts = open_store(settings.size, settings.kept), FactsDb(folder / FACTS_DB)
    facts.apply({name: tables.read(table) for name, table in TABLES.items()}, 1)
    facts.close()


def _note_import(folder: Path) -> None:
    """Have the record know the import that is put into the facts past it."""
    app = open_app_db(folder / APP_DB)
    with Session(app) as session, session.begin():
        session.add(
            Import(position=1, source="shop", fingerprint="w", imported_at=AS_OF, report="{}")
        )
    app.dispose()


def main() -> None:
    """Open, ask, close; what is asked first makes the engine read its columns."""
    settings = Settings.read(sys.argv[1])
    plans = planned(draw_segments("standard", settings.all_segments, settings.size.customers))
    with clocked() as clock:
        workspace = Workspace.open(settings.scratch / _PLACE)
        workspace.live_count(as_of=AS_OF)
    report(Measured("open", clock.cost))
    engine = workspace._engine
    assert isinstance(engine, LiveEngine)
    with clocked() as clock:
        for each in plans:
            engine.count(each, AS_OF)
    report(Measured("count", clock.cost))
    workspace.close()


if __name__ == "__main__":
    main()
