"""The sample store: the order lines of Online Retail II as canonical tables.

`read()` gives the raw lines that ship with the package, `map_lines()` turns raw lines
into tables and a report of what was taken once, left out or fitted nowhere.
"""

from segmentry.ingest.connectors.online_retail.mapping import Mapped, map_lines
from segmentry.ingest.connectors.online_retail.report import ImportReport, ReportRow
from segmentry.ingest.connectors.online_retail.source import RAW_SCHEMA, SOURCE, read

__all__ = ["RAW_SCHEMA", "SOURCE", "ImportReport", "Mapped", "ReportRow", "map_lines", "read"]
