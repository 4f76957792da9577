"""Outgoing webhooks: who is told what, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Id, Model
from segmentry.api.pages import MOST
from segmentry.destinations.webhooks import KINDS
from segmentry.destinations.webhooks import Endpoint as Kept

router = APIRouter(tags=["webhooks"])

Reads = Annotated[Who, may("webhooks:read")]
Writes = Annotated[Who, may("webhooks:write")]
Kinds = Annotated[list[str], Field(max_length=20, examples=[list(KINDS)])]


class Endpoint(Model):
    """An address that messages are sent to; without `segments` it is told of all."""

    id: str
    url: str
    description: str
    kinds: list[str]
    segments: list[str] | None
    state: str
    reason: str
    created_at: datetime
    failing_since: datetime | None
    waiting: int


class NewEndpoint(Model):
    """An address to be told of what happens from now on."""

    url: str = Field(max_length=2_000)
    description: str = Field("", max_length=1_000)
    kinds: Kinds = Field(list(KINDS))
    segments: list[str] | None = Field(None, max_length=6_000)


class EndpointChange(Model):
    """What is to be changed; what is not named stays. `all_segments` tells it of all again."""

    url: str | None = Field(None, max_length=2_000)
    description: str | None = Field(None, max_length=1_000)
    kinds: Kinds | None = None
    segments: list[str] | None = Field(None, max_length=6_000)
    all_segments: bool = False
    state: Literal["active", "paused"] | None = None


class WithSecret(Model):
    """An endpoint, and the secret that its messages are signed with, shown this once."""

    endpoint: Endpoint
    secret: str


class Delivery(Model):
    """A message on its way to an endpoint, or there, or given up."""

    id: int
    message: str
    kind: str
    endpoint: str
    made_at: datetime
    state: str
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    last_status: int | None
    last_error: str
    last_ms: int | None


class Attempt(Model):
    """One sending of a message."""

    at: datetime
    status: int | None
    error: str
    ms: int


class ReplayWanted(Model):
    """What is to be sent once more: one message, or all since a moment."""

    message: str | None = Field(None, max_length=100)
    since: AwareDatetime | None = None


class Replayed(Model):
    """How many messages are sent once more."""

    messages: int


@router.get("/webhooks")
def list_webhooks(served: ServedNow, who: Reads) -> list[Endpoint]:
    """All endpoints, the first one first."""
    with served.workspace(who.id) as workspace:
        return [_endpoint(each) for each in workspace.webhooks.listed()]


@router.post("/webhooks", status_code=201)
def add_webhook(served: ServedNow, who: Writes, new: NewEndpoint) -> WithSecret:
    """Have an address told of what happens from now on. Refuses one that is not public."""
    with served.workspace(who.id) as workspace:
        made = workspace.webhooks.add(
            new.url,
            description=new.description,
            kinds=new.kinds,
            segments="all" if new.segments is None else new.segments,
        )
    return WithSecret(endpoint=_endpoint(made.endpoint), secret=made.secret)


@router.get("/webhooks/{id}")
def get_webhook(served: ServedNow, who: Reads, id: str) -> Endpoint:
    """One endpoint."""
    with served.workspace(who.id) as workspace:
        return _endpoint(workspace.webhooks[id])


@router.patch("/webhooks/{id}")
def change_webhook(served: ServedNow, who: Writes, id: str, change: EndpointChange) -> Endpoint:
    """Change an endpoint, pause it, or have it told again."""
    with served.workspace(who.id) as workspace:
        webhooks = workspace.webhooks
        found = webhooks.edit(
            id,
            url=change.url,
            description=change.description,
            kinds=change.kinds,
            segments="all" if change.all_segments else change.segments,
        )
        if change.state is not None:
            found = webhooks.resume(id) if change.state == "active" else webhooks.pause(id)
    return _endpoint(found)


@router.delete("/webhooks/{id}", status_code=204)
def remove_webhook(served: ServedNow, who: Writes, id: str) -> None:
    """Tell an address nothing any more."""
    with served.workspace(who.id) as workspace:
        workspace.webhooks.remove(id)


@router.post("/webhooks/{id}/secret")
def rotate_webhook_secret(served: ServedNow, who: Writes, id: str) -> WithSecret:
    """Sign with another secret; for a day with the old one as well."""
    with served.workspace(who.id) as workspace:
        made = workspace.webhooks.rotate_secret(id)
    return WithSecret(endpoint=_endpoint(made.endpoint), secret=made.secret)


@router.post("/webhooks/{id}/ping")
def ping_webhook(served: ServedNow, who: Writes, id: str) -> Delivery:
    """Send a message of no meaning now, and say how it went."""
    with served.workspace(who.id) as workspace:
        webhooks = workspace.webhooks
    return Delivery.model_validate(webhooks.ping(id))


@router.post("/webhooks/{id}/replay")
def replay_webhook(served: ServedNow, who: Writes, id: str, wanted: ReplayWanted) -> Replayed:
    """Send once more what was sent, with the ids it had."""
    with served.workspace(who.id) as workspace:
        count = workspace.webhooks.replay(id, message=wanted.message, since=wanted.since)
    return Replayed(messages=count)


@router.get("/deliveries")
def list_deliveries(
    served: ServedNow,
    who: Reads,
    endpoint: Annotated[str | None, Query(max_length=100)] = None,
    state: Literal["waiting", "done", "failed"] | None = None,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> list[Delivery]:
    """What is or was on its way, the latest first."""
    with served.workspace(who.id) as workspace:
        found = workspace.webhooks.deliveries(endpoint, state=state, before=before, limit=limit)
    return [Delivery.model_validate(each) for each in found]


@router.get("/deliveries/{id}/attempts")
def list_attempts(served: ServedNow, who: Reads, id: Id) -> list[Attempt]:
    """Every sending of a delivery, the first one first."""
    with served.workspace(who.id) as workspace:
        return [Attempt.model_validate(each) for each in workspace.webhooks.attempts(id)]


def _endpoint(each: Kept) -> Endpoint:
    named = {name: getattr(each, name) for name in Endpoint.model_fields}
    segments = None if each.segments is None else list(each.segments)
    return Endpoint.model_validate(named | {"kinds": list(each.kinds), "segments": segments})
