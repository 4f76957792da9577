"""A web server on this machine that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "hooks.shop.test"
"""A name that no real look-up finds."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


Answering = Callable[[Received], Reply]


@dataclass
class Receiver:
    """A running server: where it is, what it was sent."""

    port: int
    answering: Answering = lambda received: Reply()
    received: list[Received] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """The names that were asked for by TLS."""
    scheme: str = "http"

    def url(self, path: str = "/in") -> str:
        """A URL of it."""
        return f"{self.scheme}://{HOST}:{self.port}{path}"

    @property
    def ids(self) -> list[str]:
        """The ids of the messages it was sent."""
        return [each.headers["webhook-id"] for each in self.received]


@contextmanager
def receiver(certificate: str | None = None) -> Iterator[Receiver]:
    """A server that runs while it is needed; by TLS with the certificate and key of a file."""
    running = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            if len(body) < length:
                # Whoever was sending it is gone: half a request is none.
                return
            received = Received(self.path, headers, body)
            running.received.append(received)
            reply = running.answering(received)
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: Any) -> None:
            """Nothing is said on the terminal."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    running.port = server.server_address[1]
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _, name, __: running.names.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        running.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class FakeDns:
    """A resolver that knows what it is told, and who asked."""

    hosts: dict[str, list[list[str]]] = field(default_factory=lambda: {HOST: [["127.0.0.1"]]})
    """A host to what each look-up finds; the last stays."""
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.hosts:
            raise OSError("unknown")
        answers = self.hosts[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]
