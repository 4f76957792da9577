"""Gives each request a number, and notes it when it is answered."""

from __future__ import annotations

import re
import secrets
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segmentry.api.log import log

_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")

_GUARD = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""Headers of every answer, for browsers."""


class Numbered:
    """Numbers requests by `X-Request-ID`, the asker's where it gives one that is fit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
        log.info(
            "request",
            request_id=number,
            method=scope["method"],
            route=getattr(scope.get("route"), "path", "unknown"),
            status=status,
            milliseconds=round((perf_counter() - began) * 1000, 1),
        )
