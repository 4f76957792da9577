"""Segmentry: an online store's customers in exact, always-current segments.

import segmentry as sg

ws = sg.Workspace.create("shop", timezone="Europe/London", currency="GBP")
ws.load({"customers": [...], "orders": [...]}, source="shop")
ws.query("number_of_orders > 3 AND last_order_date >= -90d").members()
"""

from importlib import import_module
from typing import TYPE_CHECKING

from segmentry.base.errors import (
    ConflictError,
    DataError,
    InternalError,
    Problem,
    QueryError,
    SegmentError,
    SegmentryError,
    UserError,
    WorkspaceError,
)

if TYPE_CHECKING:
    from segmentry.ingest.load import Loaded
    from segmentry.query.completion import KnownValue, Suggestion
    from segmentry.sample import sample_store
    from segmentry.segments.answer import Result
    from segmentry.workspace import Checked, Workspace

__all__ = [
    "Checked",
    "ConflictError",
    "DataError",
    "InternalError",
    "KnownValue",
    "Loaded",
    "Problem",
    "QueryError",
    "Result",
    "SegmentError",
    "SegmentryError",
    "Suggestion",
    "UserError",
    "Workspace",
    "WorkspaceError",
    "sample_store",
]

_HOMES = {
    "Checked": "workspace",
    "KnownValue": "query.completion",
    "Loaded": "ingest.load",
    "Result": "segments.answer",
    "Suggestion": "query.completion",
    "Workspace": "workspace",
    "sample_store": "sample",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What needs databases is imported when it is first used: help comes at once."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
