"""The sample store that comes with the package, as a workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from segmentry.base.errors import WorkspaceError
from segmentry.ingest.connectors import online_retail
from segmentry.ingest.connectors import synthetic as made_up
from segmentry.workspace import Workspace

LAST_DAY = date(2011, 12, 9)
"""The sample's data end here, so its store stands still at the end of this day."""


def sample_store(
    path: str | Path | None = None,
    progress: Callable[[str], None] = lambda step: None,
    *,
    synthetic: bool = False,
) -> Workspace:
    """Open the sample store in a folder, or in memory for None; makes or completes it first.

    Its orders are real. With `synthetic`, made-up visits, checkouts, consent, e-mails and
    text messages of its customers are added, under a source of that name.
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
        if synthetic:
            _overlay(workspace, progress)
    except BaseException:
        workspace.close()
        raise
    return workspace


def _complete(workspace: Workspace, progress: Callable[[str], None]) -> None:
    sources = {entry.source for entry in workspace.imports()}
    if sources - {online_retail.SOURCE, made_up.SOURCE} or workspace.stands_at != workspace.moment(
        LAST_DAY
    ):
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


def _overlay(workspace: Workspace, progress: Callable[[str], None]) -> None:
    """Add what is made up, unless it is there."""
    if is_synthetic(workspace):
        return
    progress("Making up visits and messages")
    names = ("customers", "orders", "order_lines", "products")
    tables = made_up.overlay({name: workspace.facts(name) for name in names})
    counts = {name: table.num_rows for name, table in tables.items() if name != "customers"}
    report = {"synthetic": True, "warning": made_up.WARNING, "seed": made_up.SEED, "rows": counts}
    workspace.load(tables, source=made_up.SOURCE, report=report)


def is_synthetic(workspace: Workspace) -> bool:
    """Whether a sample store has made-up records beside its orders."""
    return made_up.SOURCE in {entry.source for entry in workspace.imports()}
