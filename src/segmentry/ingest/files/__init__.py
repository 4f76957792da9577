"""Files to canonical tables: CSV and Parquet, by a mapping of columns to fields.

`plan_import` looks at the files and says what would be read how; `read_import` reads
them. Nothing is kept here: what becomes of the tables is `load`'s.
"""

from segmentry.ingest.files.importing import FileImport, read_import
from segmentry.ingest.files.mapping import (
    Format,
    Mapping,
    read_mapping,
    ready_mappings,
    write_mapping,
)
from segmentry.ingest.files.plan import FilePlan, ImportPlan, plan_import
from segmentry.ingest.files.report import FileReport, Note

__all__ = [
    "FileImport",
    "FilePlan",
    "FileReport",
    "Format",
    "ImportPlan",
    "Mapping",
    "Note",
    "plan_import",
    "read_import",
    "read_mapping",
    "ready_mappings",
    "write_mapping",
]
