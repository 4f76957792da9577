"""Where programs of others may be reached: takes a URL that somebody typed, and refuses what
leads into the machine or its network; sends to the addresses it checked, and to no other.

A name is looked up once. Every address it has must be a public one, and the connection is
made to these addresses, so a name that leads elsewhere a moment later moves nothing.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import NoReturn, TypeAlias
from urllib.parse import SplitResult, quote, urlsplit

import httpcore
import idna

from segmentry.base.errors import AddressRefused, DestinationError
from segmentry.destinations.pinned import Deadline, PinnedAddresses

TOTAL, CONNECTING, LOOKING_UP = 10.0, 3.0, 5.0
"""Seconds: for a request with its answer, for the connection, for the name before it."""
ANSWER = 16 * 1024
"""So many bytes of an answer are read at most."""
LONGEST_URL = 2_000

IpAddress: TypeAlias = IPv4Address | IPv6Address
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host; raises OSError where it has none."""

_PORTS = {"https": 443, "http": 80}
_UNPRIVILEGED = 1024
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)
_UNWANTED = re.compile(r"[\x00-\x20\x7f\\]")

# `is_global` of the standard library knows most of these; which, differs between versions.
_NOT_PUBLIC = [
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        # The first is of old spellings of IPv4, the next three lead to IPv4 addresses.
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/23"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]
# Of no use to anybody, and where clouds keep the keys of a machine.
_NEVER = [
    ip_network(each)
    for each in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128")
] + [ip_network(each) for each in ("fe80::/10", "ff00::/8", "fd00:ec2::254/128")]


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was read: the host in ASCII and small letters, the rest as it is sent."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> bool:
        """Whether the host is an address rather than a name."""
        return ":" in self.host or _ends_in_number(self.host)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of a request."""

    status: int
    retry_after: str | None


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses that the machine finds for a host, within a few seconds."""
    found: list[str] = []

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]) for row in rows))

    # The system's own look-up cannot be told when to give up.
    looking = Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(LOOKING_UP)
    if not found:
        raise OSError("the name was not found")
    return tuple(found)


class Outbound:
    """Sends requests to addresses that may be sent to.

    `private_hosts` gives the hosts, as `host_name` writes them, that whoever runs the server
    allows although they are private; these may go without TLS as well.
    """

    def __init__(
        self,
        private_hosts: Callable[[], frozenset[str]] = frozenset,
        resolve: Resolver = system_resolver,
    ) -> None:
        self._private_hosts = private_hosts
        self._resolve = resolve

    def target(self, url: str) -> Target:
        """What a URL says. Refuses one that could not be sent to, without looking it up."""
        return read_url(url, self._private_hosts())

    def addresses(self, target: Target) -> tuple[str, ...]:
        """The addresses of a host, looked up now. Refuses it if a single one is not public."""
        found: Sequence[str] = [target.host]
        if not target.literal:
            try:
                found = self._resolve(target.host, target.port)
            except OSError as error:
                raise DestinationError("The name of the host was not found.") from error
        allowed = target.host in self._private_hosts()
        return tuple(str(_checked(each, allowed=allowed)) for each in found)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body; gives the status of the answer, whatever it is. A redirection is an
        answer like others: it is not followed. Raises DestinationError if none came."""
        target = self.target(url)
        addresses = self.addresses(target)
        tls = self._tls if target.scheme == "https" else None  # which takes long to make
        deadline = Deadline(TOTAL)
        timeout = {"connect": CONNECTING, "read": TOTAL, "write": TOTAL, "pool": TOTAL}
        # A connection kept for later would be found by its address, whoever's name it was for.
        with httpcore.ConnectionPool(
            ssl_context=tls, network_backend=PinnedAddresses(addresses, deadline)
        ) as pool:
            try:
                with pool.stream(
                    "POST",
                    httpcore.URL(
                        scheme=target.scheme, host=target.host, port=target.port, target=target.path
                    ),
                    headers=[(name, value) for name, value in headers.items()],
                    content=body,
                    extensions={"timeout": timeout},
                ) as response:
                    answer = _answer(response)
                    _drain(response)
            except httpcore.TimeoutException as error:
                raise DestinationError("No answer came in time.") from error
            except (httpcore.NetworkError, httpcore.ProtocolError) as error:
                raise DestinationError(_in_words(error)) from error
        return answer

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trusts who the world trusts, and who this machine does."""
        context = httpcore.default_ssl_context()
        context.load_default_certs()
        return context


def read_url(url: str, private_hosts: frozenset[str]) -> Target:
    """What a URL says; see `Outbound.target`."""
    if len(url) > LONGEST_URL:
        _refuse(f"A URL has at most {LONGEST_URL:,} characters.")
    if _UNWANTED.search(url):
        _refuse("A URL has no spaces, backslashes or signs that cannot be seen.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        _refuse("That is no URL. Write https://host/path.")
    if parts.scheme not in _PORTS or not parts.hostname:
        _refuse("Only URLs that begin with https:// can be sent to.")
    if "@" in parts.netloc:
        _refuse("A URL with a user's name before the host is not taken.")
    host = host_name(parts.netloc.rpartition(":")[0] if port is not None else parts.netloc)
    if parts.scheme == "http" and host not in private_hosts:
        _refuse(
            "A URL has to begin with https://; http:// is for hosts that the setting "
            "allow_private names."
        )
    port = _PORTS[parts.scheme] if port is None else port
    if port not in _PORTS.values() and port < _UNPRIVILEGED:
        _refuse(f"Port {port} is not taken: 443, 80, or {_UNPRIVILEGED:,} and above.")
    target = Target(parts.scheme, host, port, _path(parts))
    if target.literal:
        _checked(host, allowed=host in private_hosts)
    return target


def host_name(text: str) -> str:
    """A host as it is compared: ASCII and small, an IPv6 address without brackets. Refuses
    other spellings of addresses, such as 2130706433 or 0177.0.0.1."""
    with suppress(ValueError):
        if text.startswith("[") and text.endswith("]") and "%" not in text:
            return str(IPv6Address(text[1:-1]))
    name = text.rstrip(":").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            _refuse("The name of the host cannot be read.")
    name = name.removesuffix(".")
    if not _NAME.fullmatch(name):
        _refuse("The name of the host cannot be read.")
    if _ends_in_number(name):
        try:
            return str(IPv4Address(name))
        except ValueError:
            _refuse("An address is written as four numbers, as in 192.0.2.1.")
    return name


def _ends_in_number(host: str) -> bool:
    """Whether programs take a host for an address, in one of its many spellings."""
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=?~')}" if parts.query else path


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the whole internet; an IPv4 address in an IPv6 one is
    judged as what it is."""
    address = _plain(address)
    among = any(address in each for each in _NOT_PUBLIC if each.version == address.version)
    return address.is_global and not among


def _plain(address: IpAddress) -> IpAddress:
    return getattr(address, "ipv4_mapped", None) or address


def _checked(text: str, *, allowed: bool) -> IpAddress:
    try:
        address = _plain(ip_address(text))
    except ValueError:
        _refuse("The host has an address that cannot be read.")
    never = any(address in each for each in _NEVER if each.version == address.version)
    if never or not (allowed or is_public(address)):
        _refuse(
            f"The host is at {address}, which is not a public address. If it is one of your own, "
            "name the host in the setting allow_private."
            if not never
            else f"The host is at {address}, where nothing is sent."
        )
    return address


def _refuse(message: str) -> NoReturn:
    raise AddressRefused(message)


def _answer(response: httpcore.Response) -> Answer:
    after = (value for name, value in response.headers if name.lower() == b"retry-after")
    text = next(after, None)
    return Answer(response.status, None if text is None else text.decode("ascii", "replace"))


def _drain(response: httpcore.Response) -> None:
    """Let the other side say what it has to say; the status has said whether it took it."""
    read = 0
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for chunk in response.iter_stream():
            read += len(chunk)
            if read >= ANSWER:
                return


def _in_words(error: Exception) -> str:
    """What went wrong, in words that hold nothing of what was sent or answered."""
    cause = error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"Its certificate is not valid: {cause.verify_message}."
    if isinstance(cause, ssl.SSLError):
        return "It cannot be reached by TLS."
    if isinstance(cause, ConnectionRefusedError):
        return "It refused the connection."
    if isinstance(error, httpcore.ConnectError):
        return "It cannot be reached."
    if isinstance(error, httpcore.ProtocolError):
        return "Its answer is no answer of a web server."
    return "It ended the connection."
