"""Segmentry: an online store's customers in exact, always-current segments.

import segmentry as sg

ws = sg.Workspace.create("shop", timezone="Europe/London", currency="GBP")
ws.load({"customers": [...], "orders": [...]}, source="shop")
ws.query("number_of_orders > 3 AND last_order_date >= -90d").members()
"""

from segmentry.base.errors import (
    DataError,
    InternalError,
    Problem,
    QueryError,
    SegmentError,
    SegmentryError,
    UserError,
    WorkspaceError,
)
from segmentry.ingest.load import Loaded
from segmentry.sample import sample_store
from segmentry.workspace import Checked, Result, Workspace

__all__ = [
    "Checked",
    "DataError",
    "InternalError",
    "Loaded",
    "Problem",
    "QueryError",
    "Result",
    "SegmentError",
    "SegmentryError",
    "UserError",
    "Workspace",
    "WorkspaceError",
    "sample_store",
]
