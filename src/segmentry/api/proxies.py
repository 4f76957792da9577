"""Finds who asks, where a proxy that is known asks for them.

`X-Forwarded-For` and `X-Forwarded-Proto` are believed from the proxies that were named, and from
nobody else: anybody can send them. Each proxy adds, at the end, whom it was asked by, so of all
addresses the last one that is no proxy of ours is the client; what stands before it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from segmentry.base.errors import UserError

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

_SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, and by which scheme they came to the first proxy; None if that is not known."""

    address: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are believed, as networks."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def named(cls, texts: Iterable[str]) -> Proxies:
        """Those of these addresses and networks. Refuses what is none, and one of everybody."""
        return cls(tuple(_network(each.strip()) for each in texts))

    def client(self, peer: str, headers: Headers) -> Client:
        """Who asks through a connection from `peer`."""
        found = _address(peer)
        if found is None or not self._has(found):
            return Client(peer)
        passed = 0
        for text in reversed(_values(headers, "x-forwarded-for")):
            hop = _address(text)
            if hop is None:
                break  # the proxy after it is the last of whom we know
            found = hop
            if not self._has(hop):
                break
            passed += 1
        return Client(str(found), _scheme(_values(headers, "x-forwarded-proto"), passed))

    def _has(self, address: Address) -> bool:
        return any(address in each for each in self.networks)


class BehindProxies:
    """Has each request come from whoever asks, for all that looks at it later."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope.get("client"):
            peer, port = scope["client"]
            client = self._proxies.client(peer, Headers(scope=scope))
            scope["client"] = (client.address, port if client.address == peer else 0)
            scope["scheme"] = client.scheme or scope["scheme"]
        await self._app(scope, receive, send)


def _network(text: str) -> Network:
    try:
        found = ip_network(text)
    except ValueError as error:
        raise UserError(
            f"'{text[:60]}' is no address of a proxy, nor a network such as 10.0.0.0/8: {error}."
        ) from error
    if found.prefixlen == 0:
        raise UserError(f"{text} is everybody: whoever asks could say that they are another.")
    return found


def _address(text: str) -> Address | None:
    """An address, which may have a port; None where the text is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _values(headers: Headers, name: str) -> list[str]:
    """What all headers of a name list, in order."""
    return [each.strip() for text in headers.getlist(name) for each in text.split(",")]


def _scheme(schemes: Sequence[str], passed: int) -> str | None:
    """The scheme by which the client came to the first of our proxies, so many of which the
    request passed before the last; where not all of them say one, the first that does."""
    told = schemes[max(0, len(schemes) - 1 - passed)] if schemes else ""
    return told.lower() if told.lower() in _SCHEMES else None
