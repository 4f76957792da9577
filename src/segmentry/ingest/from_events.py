"""Loads what `events` read: the events that are new, and what they change.

An event is known by its messageId, so a file that comes again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from segmentry.facts.tables import CUSTOMER_MERGES, EVENTS, TABLES
from segmentry.ingest.events import EventImport, Gathered, Reading, Sources, gather, made_of
from segmentry.ingest.events.message import BEGINNING
from segmentry.ingest.events.people import ABOUT_PEOPLE, Rows
from segmentry.ingest.events.shopping import KEYS
from segmentry.ingest.files.importing import Progress
from segmentry.ingest.from_files import FilesLoaded
from segmentry.ingest.load import Loaded, Stores, imports, load
from segmentry.ingest.records import check_source
from segmentry.storage.changes import Changes
from segmentry.storage.facts_db import FactsDb

_READING = 0.6
"""The share of the work that is done when the files are read."""

_DEVICE = (
    r"""regexp_extract(properties, '^\{"\$message": \{"anonymous_id": "((?:[^"\\]|\\.)*)"', 1)"""
)
"""The device's name as `Message.kept` wrote it: first, and as JSON."""


_PEOPLE = ", ".join(f"'{name}'" for name in sorted(ABOUT_PEOPLE))
_BY = {
    "user": f"CASE WHEN name IN ({_PEOPLE}) THEN customer_id END",
    "device": _DEVICE,
    **{
        key: f"""CASE WHEN starts_with(properties, '{BEGINNING}')
            THEN trim(json_extract_string(properties, '$.{key}')) END"""
        for key in KEYS
    },
}
"""What of an event is compared, where that is no column."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the facts know, as `read_events` asks for it."""

    facts: FactsDb

    def events(self, by: str, wanted: Iterable[str]) -> Rows:
        asked = (json.dumps(each)[1:-1] for each in wanted) if by == "device" else wanted
        rows: Rows = self.facts.stored(EVENTS, _BY.get(by, by), sorted(asked)).to_pylist()
        return rows

    def rows(self, table: str, ids: Iterable[str]) -> Rows:
        known = TABLES[table]
        rows: Rows = self.facts.stored(known, known.owner[0], sorted(ids)).to_pylist()
        return rows

    def merges(self) -> Mapping[str, str]:
        rows = self.facts.read(CUSTOMER_MERGES).to_pylist()
        return {row["customer_id"]: row["merged_into"] for row in rows}


def load_events(
    stores: Stores,
    sources: Sources,
    reading: Reading,
    progress: Progress | None = None,
    *,
    dry_run: bool = False,
) -> FilesLoaded:
    """Read events and take in the good ones, together or not at all; `dry_run` only reads."""
    check_source(reading.source)
    told = progress or (lambda share, what: None)
    gathered = gather(sources, reading, lambda share: told(share * _READING, "reading events"))
    return load_gathered(stores, gathered, reading, told, dry_run=dry_run)


def load_gathered(
    stores: Stores,
    gathered: Gathered,
    reading: Reading,
    told: Progress,
    *,
    dry_run: bool = False,
) -> FilesLoaded:
    """Take in the good ones of events that were gathered, together or not at all; `dry_run`
    only compares."""
    check_source(reading.source)
    found = made_of(gathered, reading, _Facts(stores.facts))
    told(_READING, "comparing with what is known")
    if dry_run:
        return FilesLoaded(found.report, _changes(found, stores.facts.compare(found.tables)), None)
    told(0.75, "keeping them")
    loaded = _nothing_new(stores, found) or load(
        stores, found.tables, reading.source, json.dumps(found.report.as_dict()), reading.now
    )
    told(1.0, "done")
    return FilesLoaded(found.report, _changes(found, loaded.changes), loaded)


def _nothing_new(stores: Stores, found: EventImport) -> Loaded | None:
    """The latest import, where all that arrived is known already."""
    past = imports(stores.app)
    if found.tables or not past:
        return None
    return Loaded(past[-1].position, {}, {}, again=found.same > 0)


def _changes(found: EventImport, changes: Mapping[str, Changes]) -> dict[str, Changes]:
    """With the events that arrived again, which are not loaded again."""
    events = changes.get("events", Changes(0, 0, 0))
    return {**changes, "events": replace(events, same=events.same + found.same)}
