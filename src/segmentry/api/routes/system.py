"""The state of the server: alive, ready, measured; and what changes, as it changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, caller, may
from segmentry.api.model import Model
from segmentry.api.problems import ApiError
from segmentry.base.errors import AccessError
from segmentry.serving.served import Served

router = APIRouter(tags=["system"])
outside = APIRouter(tags=["system"])
"""What is asked from outside the interface: by whoever starts the server and measures it."""

Reads = Annotated[Who, may("segments:read")]
Measures = Annotated[Who, may("system:read")]

_HEARTBEAT = 15.0
_LOOK = 0.25
_AGAIN = 1.0
"""So many seconds until it is looked again whether somebody may listen."""
_MOST_STREAMS = 100


class Alive(Model):
    """The process answers."""

    status: str


class Ready(Model):
    """Whether it does its work, and what keeps it from that."""

    status: str
    troubles: dict[str, str]


@outside.get("/health")
def get_health() -> Alive:
    """The process answers; whether it does its work, `ready` says."""
    return Alive(status="ok")


@outside.get("/ready", responses={503: {"model": Ready}})
def get_ready(served: ServedNow, response: Response) -> Ready:
    """Whether it takes in records and keeps segments current; with what is wrong if not."""
    troubles = dict(served.troubles.now)
    if trouble := served.access.secrets.trouble():
        troubles["secrets"] = trouble
    if served.lacks_worker:
        troubles["jobs"] = "No worker does the jobs that wait. Start `segmentry worker`."
    stands = set(troubles) - {"secrets", "telling webhooks", "jobs"}
    if served.stopping or stands:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Ready(status="stopping" if served.stopping else "trouble", troubles=troubles)
    return Ready(status="ready", troubles=troubles)


@outside.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics(request: Request, served: ServedNow, who: Measures) -> Response:
    """What can be counted, as Prometheus reads it."""
    registry: CollectorRegistry = request.app.state.metrics
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream_events(request: Request, served: ServedNow, who: Reads) -> StreamingResponse:
    """Server-sent events: `segments` with the counts of those that changed, `jobs` with how far
    work is. The first of each has all."""
    open: set[object] = request.app.state.streams
    if len(open) >= _MOST_STREAMS:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS, "busy", "Too many listen.", {"Retry-After": "5"}
        )
    return StreamingResponse(
        _events(request, served, who, open),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )


async def _events(
    request: Request, served: Served, who: Who, open: set[object]
) -> AsyncIterator[str]:
    mine = object()
    open.add(mine)
    counts: dict[str, Any] = {}
    jobs: dict[int, Any] = {}
    seen, quiet = -1, 0.0
    try:
        while not served.stopping and not await request.is_disconnected():
            told = []
            if served.version != seen:
                seen = served.version
                now = await run_in_threadpool(_counts, served)
                told.append(("segments", _differing(counts, now)))
                counts = now
            if who.may("jobs:read"):
                going = await run_in_threadpool(_jobs, served)
                told.append(("jobs", _differing(jobs, going)))
                jobs = going
            for kind, data in told:
                if data or (kind == "segments" and quiet == 0.0):
                    yield f"event: {kind}\ndata: {json.dumps(data)}\n\n"
            quiet += _LOOK
            if quiet % _AGAIN < _LOOK:
                who = await run_in_threadpool(caller, request)
                who.require("segments:read")
            if quiet % _HEARTBEAT < _LOOK:
                yield ": still here\n\n"
            await asyncio.sleep(_LOOK)
    except AccessError:
        return  # a token that was revoked, a session that ended, a right that was taken
    finally:
        open.discard(mine)


def _counts(served: Served) -> dict[str, Any]:
    with served.workspace() as workspace:
        states = workspace.memberships.states(workspace.moment())
    return {
        each.segment: {
            "count": each.count,
            "state": each.state,
            "as_of": each.as_of and each.as_of.isoformat(),
        }
        for each in states
    }


def _jobs(served: Served) -> dict[int, Any]:
    return {
        each.id: {"state": each.state, "share": round(each.share, 3), "step": each.step}
        for each in served.jobs.listed(limit=20)
    }


def _differing(before: dict[Any, Any], now: dict[Any, Any]) -> dict[Any, Any]:
    gone = {key: None for key in before if key not in now}
    return {key: value for key, value in now.items() if before.get(key) != value} | gone


class Measured(Collector):
    """What a server can say of itself when it is asked."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked before it is needed."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The state of now."""
        served = self._served
        with served.workspace() as workspace:
            waiting, live = workspace.waiting(), workspace.live_count()
            states = workspace.memberships.states(workspace.moment())
        yield _gauge("messages_waiting", "Accepted messages that do not show yet.", waiting)
        yield _gauge("customers", "Live customers.", live)
        yield _gauge("segments", "Saved segments.", len(states))
        failed = sum(each.state == "failed" for each in states)
        yield _gauge("segments_failed", "Segments that could not be refreshed.", failed)
        yield _gauge("questions_waiting", "Who waits for the workspace.", served.floor.waiting)
        yield _gauge("troubles", "Parts that cannot do their work.", len(served.troubles.now))


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"segmentry_{name}", meaning, value=value)
