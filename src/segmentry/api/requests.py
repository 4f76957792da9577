"""Gives each request a number, and notes it when it is answered."""

from __future__ import annotations

import re
import secrets
from time import perf_counter

from prometheus_client import CollectorRegistry, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segmentry.serving.log import log

_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")

_GUARD = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""Headers of every answer, for browsers."""


class Numbered:
    """Numbers requests by `X-Request-ID`, the asker's where it gives one that is fit."""

    def __init__(self, app: ASGIApp, metrics: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "segmentry_request_seconds",
            "How long requests took to answer.",
            ("method", "route", "status"),
            registry=metrics,
            buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = number
        began, status = perf_counter(), 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = number
                for name, value in _GUARD.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, answered)
        took, route = perf_counter() - began, getattr(scope.get("route"), "path", "unknown")
        self._seconds.labels(scope["method"], route, status).observe(took)
        log.info(
            "request",
            request_id=number,
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(took * 1000, 1),
        )
