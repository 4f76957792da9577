"""The store: its settings, and how much is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.etags import REFUSED_OF_VERSIONS, IfMatch, refuse_unseen
from segmentry.api.model import Model
from segmentry.erasure.retention import KINDS
from segmentry.facts.orders import order_rules
from segmentry.workspace import Workspace

router = APIRouter(tags=["store"])

Reads = Annotated[Who, may("settings:read")]
Writes = Annotated[Who, may("settings:write")]


class Store(Model):
    """The store's settings, and how many live customers it has."""

    timezone: str = Field(examples=["Europe/London"])
    currency: str = Field(examples=["GBP"])
    order_rules: str
    order_rules_meaning: str
    stands_at: datetime | None = Field(description="A sample store stands still at this moment.")
    as_of: datetime
    customers: int
    rows: dict[str, int] = Field(description="How many rows each table of facts has.")


class StoreChange(Model):
    """Settings to change."""

    order_rules: Literal["net", "shopify", "woocommerce"]


Days = Annotated[int | None, Field(ge=1, le=99_999)]


class Retention(Model):
    """How many days events are kept, by kind: what is done in the storefront, what becomes of
    messages, all others. Without a number for ever."""

    storefront: Days = None
    messages: Days = None
    own: Days = None


class Import(Model):
    """One import, as it was noted."""

    position: int
    source: str
    imported_at: datetime
    report: dict[str, object]


@router.get("/store")
def get_store(served: ServedNow, who: Reads) -> Store:
    """The store's settings, and how much is known of it."""
    with served.workspace(who.id) as workspace:
        return _store(workspace)


@router.patch("/store")
def change_store(served: ServedNow, who: Writes, change: StoreChange) -> Store:
    """Choose which orders count; holds for every moment, past ones too."""
    with served.workspace(who.id, changes=True) as workspace:
        workspace.set_order_rules(change.order_rules)
        return _store(workspace)


@router.get("/settings/retention")
def get_retention(served: ServedNow, who: Reads, response: Response) -> Retention:
    """How long events are kept."""
    with served.workspace(who.id) as workspace:
        return _retention(workspace, response)


@router.patch("/settings/retention", responses=REFUSED_OF_VERSIONS)
def change_retention(
    served: ServedNow,
    who: Writes,
    request: Request,
    response: Response,
    change: Retention,
    if_match: IfMatch = None,
) -> Retention:
    """Set how long events are kept, of the kinds that are named; null for ever. What is older
    goes with the job `age-out`, each night, and cannot be brought back."""
    days = change.model_dump(exclude_unset=True)
    with served.workspace(who.id, changes=True) as workspace:
        refuse_unseen(if_match, _retention_etag(workspace.retention))
        workspace.set_retention(**days)
        request.state.noted = days
        return _retention(workspace, response)


def _retention(workspace: Workspace, response: Response) -> Retention:
    kept = workspace.retention
    response.headers["ETag"] = _retention_etag(kept)
    return Retention.model_validate(kept)


def _retention_etag(kept: Mapping[str, int]) -> str:
    """The same for the same numbers."""
    return f'"{"-".join(str(kept.get(kind, 0)) for kind in KINDS)}"'


@router.get("/imports")
def list_imports(served: ServedNow, who: Annotated[Who, may("imports:read")]) -> list[Import]:
    """The imports so far, in order."""
    with served.workspace(who.id) as workspace:
        return [Import.model_validate(each) for each in workspace.imports()]


def _store(workspace: Workspace) -> Store:
    store = workspace.store
    return Store(
        timezone=store.zone.key,
        currency=store.currency,
        order_rules=store.order_rules.name,
        order_rules_meaning=order_rules(store.order_rules.name).meaning,
        stands_at=workspace.stands_at,
        as_of=workspace.moment(),
        customers=workspace.live_count(),
        rows=workspace.row_counts(),
    )
