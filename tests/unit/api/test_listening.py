"""The socket that is listened on."""

from __future__ import annotations

import asyncio
import socket

from segmentry.api.listening import bound


def test_answers_are_sent_at_once() -> None:
    """Connections to it wait for nothing before they send the next piece."""

    async def option() -> int:
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sock = writer.get_extra_info("socket")
            taken.set_result(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = bound("127.0.0.1", 0)
        async with await asyncio.start_server(accepted, sock=listening) as server:
            _, writer = await asyncio.open_connection(*listening.getsockname())
            found = await taken
            writer.close()
            await writer.wait_closed()
            server.close()
        return found

    assert asyncio.run(option()) != 0
