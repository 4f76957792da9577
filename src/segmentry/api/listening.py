"""Listens for HTTP: one process, bounded in what it takes from anybody before it cuts them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from segmentry.base.errors import WorkspaceError

SLOWEST = 30.0
"""So many seconds at most a request takes to arrive."""

LARGEST_HEAD = 64 * 1024
"""So many bytes at most are its first lines."""

_PIECE = 8 * 1024

MOST_CONNECTIONS = 1_000

GRACE = 20
"""So many seconds what is being answered has to end when the server stops."""


class _Cutting(H11Protocol):
    """Cuts whoever sends a request too slowly; others are not held up by them."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(SLOWEST, self._cut)

    def data_received(self, data: bytes) -> None:
        while data and not self.transport.is_closing():
            # A head is refused for its size only while it is not whole: it must not come at once.
            piece = _PIECE if self.conn.their_state is h11.IDLE else len(data)
            super().data_received(data[:piece])
            data = data[piece:]
        arriving = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if self._timer is not None and not arriving:
            self._timer.cancel()
            self._timer = None
        elif self._timer is None and arriving:
            self._timer = self.loop.call_later(SLOWEST, self._cut)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _cut(self) -> None:
        self.transport.abort()


class Listening(uvicorn.Server):
    """A server of one app; `stop` ends it from any thread."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Cutting,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=GRACE,
                h11_max_incomplete_event_size=LARGEST_HEAD,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are dealt with outside: the workspace has to be let go after the requests."""
        yield

    def stop(self) -> None:
        """End: nothing new is taken, what is being answered is finished."""
        self.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there. Refuses an address that is taken or is none of ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named in full: asyncio sends small pieces at once only where it knows that it is TCP, and
    # the second piece of an answer waits 40 ms for word of the first otherwise.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(2048)  # whoever comes before the server is up waits, and is not refused
    except OSError as error:
        found.close()
        raise WorkspaceError(
            f"{host} port {port} cannot be listened on: {error.strerror or error}. "
            "Choose another with --port."
        ) from error
    found.set_inheritable(False)
    return found
