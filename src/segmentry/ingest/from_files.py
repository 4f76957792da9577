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

_READING, _COMPARED = 0.7, 0.75
"""The shares of the work that are done when the files are read, and when they are compared."""


@dataclass(frozen=True, slots=True)
class FilesLoaded:
    """What an import of files took and refused, and what it changed or, in a dry run,
    would change; `loaded` is None then."""

    report: FileReport
    changes: Mapping[str, Changes]
    loaded: Loaded | None


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
    past = imports(stores.app)

    def reading(share: float, what: str) -> None:
        told(share * _READING, what)

    found = read_import(plan, source, now, reading, _first_seen(past))
    told(_READING, "comparing with what is known")
    tables = with_newcomers(found.tables, found.if_new, stores.facts)
    if dry_run:
        return FilesLoaded(found.report, stores.facts.compare(tables, found.whole), None)
    told(_COMPARED, "keeping it")
    loaded = _again(stores, plan, source, found, past) or load(
        stores, tables, source, _report(plan, found), now, found.whole
    )
    told(1.0, "done")
    return FilesLoaded(found.report, loaded.changes, loaded)


def _again(
    stores: Stores, plan: ImportPlan, source: str, found: FileImport, past: list[ImportRecord]
) -> Loaded | None:
    """The latest import, if it was of the same files."""
    if not past or past[-1].source != source or _files(past[-1]).get("plan") != plan.fingerprint:
        return None
    same = stores.facts.compare(found.tables, found.whole)
    return Loaded(past[-1].position, dict(found.report.tables), same, again=True)


def _report(plan: ImportPlan, found: FileImport) -> str:
    files = {"plan": plan.fingerprint, "sha256": [each.detected.sha256 for each in plan.files]}
    return json.dumps(found.report.as_dict() | {"files": files})


def _first_seen(past: Iterable[ImportRecord]) -> dict[str, datetime]:
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
