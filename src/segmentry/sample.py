"""The sample store that comes with the package, as a workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from segmentry.base.errors import WorkspaceError
from segmentry.ingest.connectors import online_retail
from segmentry.workspace import Workspace

LAST_DAY = date(2011, 12, 9)
"""The sample's data end here, so its store stands still at the end of this day."""


def sample_store(
    path: str | Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> Workspace:
    """Open the sample store in a folder, or in memory for None; makes or completes it first.

    `progress` is told what is being done. Refuses a folder that holds another store.
    """
    if path is not None and Path(path, "app.sqlite").is_file():
        workspace = Workspace.open(path)
    else:
        workspace = Workspace.create(
            path, timezone="Europe/London", currency="GBP", stands_at=LAST_DAY
        )
    try:
        _complete(workspace, progress)
    except BaseException:
        workspace.close()
        raise
    return workspace


def _complete(workspace: Workspace, progress: Callable[[str], None]) -> None:
    sources = {entry.source for entry in workspace.imports()}
    # Without data yet, a store is the sample's if it stands where the sample ends.
    if sources - {online_retail.SOURCE} or workspace.moment() != workspace.moment(LAST_DAY):
        raise WorkspaceError(
            f"{workspace.folder} holds a store of its own; name another folder for the sample."
        )
    if sources:
        return
    progress("Reading two years of orders")
    mapped = online_retail.map_lines(online_retail.read())
    progress("Loading them")
    report = mapped.report.as_dict(mapped.tables)
    workspace.load(mapped.tables, source=online_retail.SOURCE, report=report)
