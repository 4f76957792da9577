"""Connections that lead to addresses chosen before, and end at a moment chosen before.

Takes the place of httpcore's own way of connecting: the name in a URL is still what is told
to the other side and what its certificate is held against, but it is never looked up again.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpcore


@dataclass(frozen=True, slots=True)
class Deadline:
    """The time that is left, however many steps it is spent on."""

    seconds: float
    stopwatch: Callable[[], float] = monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        """It runs from the moment it is made."""
        object.__setattr__(self, "started", self.stopwatch())

    def left(self, most: float | None, over: type[Exception]) -> float:
        """How long the next step may take. Raises what says that time is over."""
        left = self.seconds - (self.stopwatch() - self.started)
        if left <= 0:
            raise over("no time is left")
        return left if most is None else min(left, most)


class PinnedAddresses(httpcore.NetworkBackend):
    """Connects to the first of these addresses that answers, whatever name is asked for."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the addresses; `timeout` is for all of them together."""
        connecting = Deadline(self._deadline.left(timeout, httpcore.ConnectTimeout))
        failed: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            seconds = connecting.left(None, httpcore.ConnectTimeout)
            try:
                stream = self._network.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Bounded(stream, self._deadline)
        raise failed


class _Bounded(httpcore.NetworkStream):
    """A connection whose every step takes from the time that is left for all."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.left(timeout, httpcore.ConnectTimeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, seconds)
        return _Bounded(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
