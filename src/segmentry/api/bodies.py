"""Reads bodies before anything is done with them: bounded, and unpacked where they are packed.

A body is read whole, up to a limit of what it is when unpacked, so that a small one that
unpacks to a large one is stopped while it is small. Files are passed on as they come, for those
who may send them: a route would read them to their end before it asks who sent them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segmentry.api.asking import caller
from segmentry.api.problems import ApiError, problem_answer, status_of
from segmentry.base.errors import UserError

LARGEST_BODY = 10 * 1024 * 1024
"""So many bytes at most are taken in one request, but for files."""

LARGEST_FILE = 4 * 1024**3
"""So many bytes at most has a file, and a request with files."""

_PIECE = 64 * 1024


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, kind: str, detail: str) -> None:
        self.status, self.kind, self.detail = status, kind, detail


class Bodies:
    """Hands each request on with its body read, or answers for it. `files` are the paths whose
    bodies are files, with the scope that sending them takes."""

    def __init__(self, app: ASGIApp, files: Mapping[str, str]) -> None:
        self._app = app
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] in self._files and scope["method"] == "POST":
            await self._files_of(scope, receive, send)
            return
        try:
            body = await _body(Headers(scope=scope), receive)
        except _Refused as why:
            answer = problem_answer(scope, why.status, why.kind, why.detail, close=True)
            await answer(scope, receive, send)
            return
        if body is None:
            return  # whoever asked is gone
        # In place, so that whoever looks at the request later finds what routes add to it.
        scope["headers"] = [
            (name, value)
            for name, value in scope["headers"]
            if name not in (b"content-encoding", b"content-length", b"transfer-encoding")
        ]
        scope["headers"].append((b"content-length", str(len(body)).encode()))
        read = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Message:
            return next(read, None) or await receive()

        await self._app(scope, again, send)

    async def _files_of(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass files on, as many as are allowed, for somebody who may send them."""
        try:
            _refuse_long(Headers(scope=scope), LARGEST_FILE)
            who = await run_in_threadpool(caller, Request(scope))
            who.require(self._files[scope["path"]])
        except (UserError, ApiError, _Refused) as why:
            status, kind, detail = _told(why)
            answer = problem_answer(scope, status, kind, detail, close=True)
            await answer(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_FILE:
                raise ApiError(*_told(_too_large(LARGEST_FILE)))
            return message

        await self._app(scope, counted, send)


def _told(why: Exception) -> tuple[HTTPStatus, str, str]:
    if isinstance(why, ApiError | _Refused):
        return why.status, why.kind, why.detail
    assert isinstance(why, UserError)
    return (*status_of(why), str(why))


def _refuse_long(headers: Headers, most: int) -> None:
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body, unpacked; None where the connection ended first."""
    unpack = _unpacking(headers)
    _refuse_long(headers, LARGEST_BODY)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        for piece in unpack.pieces(message.get("body", b"")):
            size += len(piece)
            if size > LARGEST_BODY:
                raise _too_large(LARGEST_BODY)
            parts.append(piece)
        if not message.get("more_body", False):
            unpack.end()
            return b"".join(parts)


class _Plain:
    """A body as it is."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data

    def end(self) -> None:
        pass


class _Gzip:
    """A body packed once with gzip, unpacked piece by piece."""

    def __init__(self) -> None:
        self._packed = zlib.decompressobj(wbits=31)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                yield self._packed.decompress(data, _PIECE)
                data = self._packed.unconsumed_tail
        except zlib.error:
            raise _unreadable() from None
        if self._packed.unused_data:
            raise _unreadable()

    def end(self) -> None:
        if not self._packed.eof:
            raise _unreadable()


def _unpacking(headers: Headers) -> _Plain | _Gzip:
    packed = headers.get("content-encoding", "identity").strip().lower()
    if packed in ("identity", ""):
        return _Plain()
    if packed == "gzip":
        return _Gzip()
    raise _Refused(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "encoding", "Bodies are sent plain or as gzip."
    )


def _too_large(most: int) -> _Refused:
    return _Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        f"A body has at most {most:,} bytes, unpacked. Send it in parts.",
    )


def _unreadable() -> _Refused:
    return _Refused(HTTPStatus.BAD_REQUEST, "encoding", "The body is not whole, or no gzip.")
