"""Carries out a request once, however often it is sent with one `Idempotency-Key`.

The answer is kept for a day and given again, to whoever sent it alone. While it is being carried
out the same again is told to wait; the key with something else is refused.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segmentry.access.idempotency import Reply
from segmentry.access.idempotency import Request as Asked
from segmentry.api.asking import caller
from segmentry.api.problems import ApiError, problem_answer
from segmentry.base.errors import UserError
from segmentry.serving.served import Served

_HEADER = "idempotency-key"
_KEPT_HEADERS = frozenset({"content-type", "etag", "location"})
_NOT_KEPT = frozenset({401, 403, 408, 409, 413, 429})
"""Answers that another try can change."""


class Once:
    """Looks after requests with a key, and hands all others on."""

    def __init__(self, app: ASGIApp, served: Served, files: frozenset[str]) -> None:
        self._app = app
        self._files = files
        self._idempotency = served.access.idempotency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        key = Headers(scope=scope).get(_HEADER) if scope["type"] == "http" else None
        if key is None or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        if scope["path"] in self._files:
            told = "Files are not looked at twice: send them without an Idempotency-Key."
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            await problem_answer(scope, status, "key", told, close=True)(scope, receive, send)
            return
        body = await Request(scope, receive).body()

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            who = await run_in_threadpool(caller, Request(scope))
        except (UserError, ApiError):
            await self._app(scope, again, send)  # which refuses them, or needs nobody
            return
        try:
            asked = Asked.of(who.id, key, scope["method"], _path(scope), body)
        except UserError as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            await problem_answer(scope, status, "key", str(error))(scope, receive, send)
            return
        begun, reply = await run_in_threadpool(self._idempotency.begin, asked)
        if reply is not None:
            await Response(reply.body, reply.status, dict(reply.headers))(scope, receive, send)
        elif begun == "new":
            await self._carry_out(asked, scope, again, send)
        else:
            await _refused(begun, scope)(scope, receive, send)

    async def _carry_out(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        status, headers, parts = 500, Headers(), list[bytes]()

        async def noted(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], Headers(raw=message["headers"])
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await run_in_threadpool(self._end, asked, status, headers, b"".join(parts))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except BaseException:
            await run_in_threadpool(self._idempotency.release, asked)
            raise

    def _end(self, asked: Asked, status: int, headers: Headers, body: bytes) -> None:
        """Keep the answer before it is given, so that it is never given twice differently."""
        if status >= 500 or status in _NOT_KEPT:
            self._idempotency.release(asked)
            return
        kept = {name: value for name, value in headers.items() if name in _KEPT_HEADERS}
        self._idempotency.finish(asked, Reply(status, kept, body))


def _path(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}"


def _refused(begun: str, scope: Scope) -> Response:
    if begun == "in flight":
        return problem_answer(
            scope, HTTPStatus.CONFLICT, "in-flight", "This request is being carried out. Wait."
        )
    return problem_answer(
        scope,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "key-reused",
        "This Idempotency-Key was used for another request. Take a new one.",
    )
