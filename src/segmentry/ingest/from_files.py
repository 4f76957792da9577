"""Loads what `files` read: the tables, and whom only orders tell of where nobody knows them.

The same files read by the same mappings, right after each other, are one import.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import TABLES
from segmentry.ingest.files import FileImport, FileReport, ImportPlan, read_import
from segmentry.ingest.files.importing import Progress
from segmentry.ingest.load import ImportRecord, Loaded, Stores, imports, load
from segmentry.storage.changes import Changes
from segmentry.storage.facts_db import FactsDb

READING, _COMPARED = 0.7, 0.75
"""The shares of the work that are done when the files are read, and when they are compared."""


@dataclass(frozen=True, slots=True)
class FilesLoaded:
    """What an import of files took and refused, and what it changed or, in a dry run,
    would change; `loaded` is None then."""

    report: FileReport
    changes: Mapping[str, Changes]
    loaded: Loaded | None


@dataclass(frozen=True, slots=True)
class FilesRead:
    """What came of files, and what they are known by when they come again: the fingerprint of
    their plan, and the SHA-256 of each."""

    found: FileImport
    plan: str
    sha256: tuple[str, ...]


def read_files(
    plan: ImportPlan,
    source: str,
    now: datetime,
    first_seen: Mapping[str, datetime],
    progress: Progress,
) -> FilesRead:
    """Read the files of a plan; needs nothing of the store but when each was `first_seen`."""
    found = read_import(plan, source, now, progress, first_seen)
    hashes = tuple(each.detected.sha256 for each in plan.files)
    return FilesRead(found, plan.fingerprint, hashes)


def load_files(
    stores: Stores,
    plan: ImportPlan,
    source: str,
    now: datetime,
    progress: Progress | None = None,
    *,
    dry_run: bool = False,
) -> FilesLoaded:
    """Read the files of a plan and take them in, all or nothing; `dry_run` only reads."""
    told = progress or (lambda share, what: None)

    def reading(share: float, what: str) -> None:
        told(share * READING, what)

    read = read_files(plan, source, now, first_seen(imports(stores.app)), reading)
    return load_read(stores, read, source, now, told, dry_run=dry_run)


def load_read(
    stores: Stores,
    read: FilesRead,
    source: str,
    now: datetime,
    told: Progress,
    *,
    dry_run: bool = False,
) -> FilesLoaded:
    """Take in files that were read, all or nothing; `dry_run` only compares."""
    found, past = read.found, imports(stores.app)
    told(READING, "comparing with what is known")
    tables = with_newcomers(found.tables, found.if_new, stores.facts)
    if dry_run:
        return FilesLoaded(found.report, stores.facts.compare(tables, found.whole), None)
    told(_COMPARED, "keeping it")
    loaded = _again(stores, read, source, past) or load(
        stores, tables, source, _report(read), now, found.whole
    )
    told(1.0, "done")
    return FilesLoaded(found.report, loaded.changes, loaded)


def _again(stores: Stores, read: FilesRead, source: str, past: list[ImportRecord]) -> Loaded | None:
    """The latest import, if it was of the same files."""
    if not past or past[-1].source != source or _files(past[-1]).get("plan") != read.plan:
        return None
    same = stores.facts.compare(read.found.tables, read.found.whole)
    return Loaded(past[-1].position, dict(read.found.report.tables), same, again=True)


def _report(read: FilesRead) -> str:
    files = {"plan": read.plan, "sha256": list(read.sha256)}
    return json.dumps(read.found.report.as_dict() | {"files": files})


def first_seen(past: Iterable[ImportRecord]) -> dict[str, datetime]:
    """When each file that was imported came in first, by its SHA-256."""
    found: dict[str, datetime] = {}
    for each in past:
        for sha256 in _files(each).get("sha256", ()):
            found.setdefault(sha256, each.imported_at)
    return found


def _files(past: ImportRecord) -> dict[str, Any]:
    """What an import keeps of its files; nothing where it had none."""
    files: dict[str, Any] = past.report.get("files", {})
    return files


def with_newcomers(
    tables: Mapping[str, pa.Table], if_new: Mapping[str, pa.Table], facts: FactsDb
) -> dict[str, pa.Table]:
    """The tables, with those rows of `if_new` whose owner neither they nor the facts know."""
    joined = dict(tables)
    for name, rows in if_new.items():
        owner = TABLES[name].owner[0]
        chunks = [facts.known_ids(TABLES[name])]
        chunks += tables[name].column(owner).chunks if name in tables else []
        value_set = pa.chunked_array(chunks, pa.string()).combine_chunks()
        new = rows.filter(pc.invert(pc.is_in(rows.column(owner), value_set=value_set)))
        if new.num_rows:
            joined[name] = pa.concat_tables([tables[name], new]) if name in tables else new
    return joined
