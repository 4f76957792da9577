"""Loads what `files` read: the tables, and whom only orders tell of where nobody knows them.

The same files read by the same mappings, right after each other, are one import.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import TABLES
from segmentry.ingest.files import FileReport, ImportPlan, read_import
from segmentry.ingest.files.importing import Progress
from segmentry.ingest.load import Loaded, Stores, imports, load
from segmentry.storage.facts_db import FactsDb


@dataclass(frozen=True, slots=True)
class FilesLoaded:
    """What an import of files took and refused, and what became of it; `loaded` is None
    after a trial."""

    report: FileReport
    loaded: Loaded | None


def load_files(
    stores: Stores,
    plan: ImportPlan,
    source: str,
    now: datetime,
    progress: Progress | None = None,
    *,
    trial: bool = False,
) -> FilesLoaded:
    """Read the files of a plan and take them in, all or nothing; a trial only reads."""
    found = read_import(plan, source, now, progress)
    if trial:
        return FilesLoaded(found.report, None)
    past = imports(stores.app)
    if past and past[-1].source == source and past[-1].report.get("files") == plan.fingerprint:
        return FilesLoaded(found.report, Loaded(past[-1].position, dict(found.report.tables), True))
    tables = with_newcomers(found.tables, found.if_new, stores.facts)
    report = found.report.as_dict() | {"files": plan.fingerprint}
    return FilesLoaded(found.report, load(stores, tables, source, json.dumps(report), now))


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
