"""Reads bodies before anything is done with them: bounded, and unpacked where they are packed.

A body is read whole, up to a limit of what it is when unpacked, so that a small one that
unpacks to a large one is stopped while it is small. Files are passed on as they come.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from segmentry.api.problems import problem_answer

LARGEST_BODY = 10 * 1024 * 1024
"""So many bytes at most are taken in one request, but for files."""

_PIECE = 64 * 1024


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, kind: str, detail: str) -> None:
        self.status, self.kind, self.detail = status, kind, detail


class Bodies:
    """Hands each request on with its body read, or answers for it. `files` are the paths whose
    bodies are files."""

    def __init__(self, app: ASGIApp, files: frozenset[str]) -> None:
        self._app = app
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in self._files:
            await self._app(scope, receive, send)
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


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body, unpacked; None where the connection ended first."""
    unpack = _unpacking(headers)
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > LARGEST_BODY:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        for piece in unpack.pieces(message.get("body", b"")):
            size += len(piece)
            if size > LARGEST_BODY:
                raise _too_large()
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


def _too_large() -> _Refused:
    return _Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        f"A body has at most {LARGEST_BODY:,} bytes, unpacked. Send it in parts.",
    )


def _unreadable() -> _Refused:
    return _Refused(HTTPStatus.BAD_REQUEST, "encoding", "The body is not whole, or no gzip.")
