"""API-11: what leads into the machine or its network is refused before anything is sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.errors import AddressRefused, DestinationError
from segmentry.destinations import outbound
from segmentry.destinations.outbound import Outbound, host_name, is_public, read_url
from segmentry.destinations.pinned import Deadline

from .receiving import HOST, FakeDns, Receiver, Reply, receiver

PUBLIC = "93.184.215.14"

HERE = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fc00::1", "fd12::1"),
    *("fe80::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1"),
    *("2001::1", "2001:db8::1"),
]
"""Addresses that are not of the whole internet."""


def own(dns: FakeDns) -> Outbound:
    """What sends to the server of the tests, which is allowed."""
    return Outbound(lambda: frozenset({HOST}), dns)


# -- what a URL says --------------------------------------------------------------------


@pytest.mark.parametrize("address", HERE)
def test_api_11_addresses_in_a_url_are_refused(address: str) -> None:
    """Without a look-up and without a connection."""
    dns = FakeDns()
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused, match=r"^The host is at"):
        Outbound(resolve=dns).post(f"https://{host}/", {}, b"")
    assert dns.asked == []
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f::1", f"::ffff:{PUBLIC}", "172.32.0.1"])
def test_public_addresses_are_taken(address: str) -> None:
    """An IPv4 address written as IPv6 is what it is."""
    host = f"[{address}]" if ":" in address else address
    target = read_url(f"https://{host}/a", frozenset())
    assert Outbound().addresses(target) == (address.removeprefix("::ffff:"),)


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1"),
        *("1.2.3", "1.2.3.4.5", "256.1.1.1", "0x7f.0.0.1", "00.0.0.0", "a.0x", "１２７.1", "①②⑦.1"),
    ],
)
def test_api_11_other_spellings_of_addresses_are_refused(host: str) -> None:
    """Decimal, octal, hexadecimal, short: whatever a resolver would make of them."""
    with pytest.raises(AddressRefused, match="four numbers"):
        read_url(f"https://{host}/", frozenset())


def test_digits_of_other_scripts_are_the_address_they_look_like() -> None:
    """So they are refused as that address."""
    with pytest.raises(AddressRefused, match=r"at 127\.0\.0\.1"):
        read_url("https://１２７.0.0.1/", frozenset())


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "gopher://shop.test/", "ftp://shop.test/", "//shop.test/", ""),
        *("shop.test/in", "https://", "https:///in", "javascript:1", "https:shop.test"),
        *("https://user@shop.test/", "https://user:word@shop.test/", "https://@shop.test/"),
        *("https://shop.test\\@10.0.0.1/", "https://shop.test/a b", "https://shop.test/\n"),
        *("https://sh\top.test/", "https://shop.test/\x7f", "https://shop.test:99999/"),
        *("https://shop.test:x/", "https://shop.test:22/", "https://shop.test:0/"),
        *("https://[fe80::1%25eth0]/", "https://[::1/", "https://[shop.test]/", "https://a..b/"),
        *("https://sh%6Fp.test/", "https://sh'op.test/", f"https://{'a' * 64}.test/"),
        *(f"https://shop.test/{'a' * 2_000}", "http://shop.test/", "https://-\u2024-/"),
    ],
)
def test_api_11_urls_that_are_not_taken(url: str) -> None:
    """Other schemes, user names, ports of services, hosts that nothing is called."""
    with pytest.raises(AddressRefused):
        read_url(url, frozenset())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://user@shop.test/", "user's name"),
        ("http://shop.test/", "allow_private"),
        ("ftp://shop.test/", "begin with https"),
        ("https://shop.test:6/", "Port 6 is not taken"),
        ("https://[::1", "That is no URL"),
        ("https://shop.test/ ", "no spaces"),
    ],
)
def test_what_is_wrong_with_a_url_is_said(url: str, words: str) -> None:
    """So that it can be mended."""
    with pytest.raises(AddressRefused, match=words):
        read_url(url, frozenset())


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://Shop.Test", "shop.test", 443, "/"),
        ("https://shop.test.:8443/a?b=c#d", "shop.test", 8443, "/a?b=c"),
        ("https://bücher.test/ü?q=ä", "xn--bcher-kva.test", 443, "/%C3%BC?q=%C3%A4"),
        ("https://[2606:2800:21F:0::1]:443/", "2606:2800:21f::1", 443, "/"),
        ("https://shop.test:/a%20b", "shop.test", 443, "/a%20b"),
        ("https://shop.test:80/", "shop.test", 80, "/"),
    ],
)
def test_urls_are_read(url: str, host: str, port: int, path: str) -> None:
    """The host in the one form that is compared, the path as it is sent."""
    target = read_url(url, frozenset())
    assert (target.host, target.port, target.path) == (host, port, path)


PIECES = [
    *("https://", "http://", "//", "/", "\\", "@", ":", "[", "]", "%", "?", "#", ".", "-", "_"),
    *(
        "127",
        "0",
        "0x7f",
        "1",
        "::1",
        "ffff",
        "443",
        "6379",
        "shop",
        "test",
        "xn--",
        "ü",
        "１",
        "。",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_is_refused_or_read_as_it_would_be_again(rest: str) -> None:
    """Nothing else comes of it than a refusal or a target, and what was read stays what it is."""
    for url in (rest, f"https://{rest}"):
        try:
            target = read_url(url, frozenset())
        except AddressRefused:
            continue
        host = f"[{target.host}]" if ":" in target.host else target.host
        again = read_url(f"{target.scheme}://{host}:{target.port}{target.path}", frozenset())
        assert again == target
        assert not target.literal or is_public(ip_address(target.host))


# -- where a name leads -----------------------------------------------------------------


@pytest.mark.parametrize("address", [*HERE, "not an address"])
def test_api_11_names_that_lead_inside_are_refused(address: str) -> None:
    """Even if only one of several addresses does."""
    dns = FakeDns({HOST: [[PUBLIC, address]]})
    with pytest.raises(AddressRefused, match="The host"):
        Outbound(resolve=dns).post(f"https://{HOST}/", {}, b"")
    assert dns.asked == [HOST]


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "fe80::1", "224.0.0.1"])
def test_api_11_some_addresses_are_refused_to_allowed_hosts(address: str) -> None:
    """Where clouds keep the keys of a machine is nobody's web server."""
    dns = FakeDns({HOST: [[address]]})
    with pytest.raises(AddressRefused, match="nothing is sent"):
        own(dns).post(f"https://{HOST}/", {}, b"")


def test_name_that_is_not_found() -> None:
    """Is said to be so."""
    with pytest.raises(DestinationError, match="was not found"):
        Outbound(resolve=FakeDns({})).post("https://nobody.test/", {}, b"")


def test_system_resolver_finds_this_machine() -> None:
    """And says when there is nothing."""
    assert set(outbound.system_resolver("localhost", 80)) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match="not found"):
        outbound.system_resolver("a" * 64, 80)


# -- sending ----------------------------------------------------------------------------


def test_api_11_connection_is_made_to_the_checked_address(server: Receiver) -> None:
    """The name is looked up once, by our resolver alone: no other knows it, and what it would
    lead to a moment later is not asked."""
    dns = FakeDns({HOST: [["127.0.0.1"], ["192.0.2.1"]]})
    answer = own(dns).post(server.url("/in?a=b"), {"x-kind": "ping"}, b"body")
    assert (answer.status, dns.asked) == (200, [HOST])
    (received,) = server.received
    assert (received.path, received.body) == ("/in?a=b", b"body")
    assert received.headers["host"] == f"{HOST}:{server.port}"
    assert received.headers["x-kind"] == "ping"


def test_api_11_rebinding_is_refused_when_it_happens(server: Receiver) -> None:
    """A name that was public and leads inside at the next sending: refused then."""
    dns = FakeDns({"shop.test": [[PUBLIC], ["127.0.0.1"]]})
    sender = Outbound(resolve=dns)
    url = f"https://shop.test:{server.port}/"
    assert sender.addresses(sender.target(url)) == (PUBLIC,)
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        sender.post(url, {}, b"")
    assert server.received == []


def test_api_11_redirections_are_not_followed(server: Receiver) -> None:
    """They are answers, wherever they point."""
    server.answering = lambda _: Reply(302, (("Location", server.url("/inside")),))
    assert own(FakeDns()).post(server.url(), {}, b"").status == 302
    assert [each.path for each in server.received] == ["/in"]


def test_the_next_address_is_tried(server: Receiver) -> None:
    """One that refuses the connection is passed over."""
    dns = FakeDns({HOST: [["::1", "127.0.0.1"]]})
    assert own(dns).post(server.url(), {}, b"").status == 200


def test_nobody_listens() -> None:
    """A connection refused is an error in words."""
    with receiver() as server:
        url = server.url()
    with pytest.raises(DestinationError, match="refused the connection"):
        own(FakeDns()).post(url, {}, b"")


def test_proxies_of_the_environment_are_not_used(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would look the name up themselves."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert own(FakeDns()).post(server.url(), {}, b"").status == 200


def test_long_answers_are_not_read_to_their_end(server: Receiver) -> None:
    """The status counts, the rest of the answer does not."""
    server.answering = lambda _: Reply(500, (("Retry-After", "7"),), b"x" * 10_000_000)
    answer = own(FakeDns()).post(server.url(), {}, b"")
    assert (answer.status, answer.retry_after) == (500, "7")


@pytest.mark.parametrize(
    ("first", "drops", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"y", "No answer came in time"),
        (b"", b"", "No answer came in time"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", b"", "no answer of a web server"),
    ],
)
def test_answers_that_never_end(
    monkeypatch: pytest.MonkeyPatch, first: bytes, drops: bytes, words: str
) -> None:
    """A server that answers drop by drop has no more time than one that says nothing."""
    monkeypatch.setattr(outbound, "TOTAL", 0.5)
    over = threading.Event()
    with speaking(first, drops, over) as port, pytest.raises(DestinationError, match=words):
        own(FakeDns()).post(f"http://{HOST}:{port}/", {}, b"")


@contextmanager
def speaking(first: bytes, drops: bytes, over: threading.Event) -> Iterator[int]:
    """The port of a server that says something and then more of it, whatever it is sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def serve() -> None:
            with suppress(OSError), listening.accept()[0] as taken:
                taken.sendall(first)
                while not over.wait(0.02):
                    taken.sendall(drops)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


def test_deadline_is_for_all_steps_together() -> None:
    """Each takes from what is left, and none begins after it."""
    now = [0.0]
    deadline = Deadline(10, lambda: now[0])
    assert deadline.left(3, TimeoutError) == 3
    now[0] = 8.0
    assert deadline.left(3, TimeoutError) == 2
    assert deadline.left(None, TimeoutError) == 2
    now[0] = 10.0
    with pytest.raises(TimeoutError):
        deadline.left(3, TimeoutError)


# -- TLS --------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A certificate for the name of the tests that this machine trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = tmp_path / "own.pem"
    path.write_bytes(key.private_bytes(pem, *private) + made.public_bytes(pem))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return str(path)


def test_certificates_are_held_against_the_name(certificate: str) -> None:
    """The address is connected to; the name is asked for, and has to be in the certificate."""
    with receiver(certificate) as server:
        dns = FakeDns({HOST: [["127.0.0.1"]], "other.test": [["127.0.0.1"]]})
        sender = Outbound(lambda: frozenset({HOST, "other.test"}), dns)
        assert sender.post(server.url(), {}, b"").status == 200
        with pytest.raises(DestinationError, match=r"certificate is not valid.*other\.test"):
            sender.post(server.url().replace(HOST, "other.test"), {}, b"")
        assert server.names == [HOST, "other.test"]
        assert len(server.received) == 1


def test_certificates_of_nobody_are_refused(
    certificate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that no authority vouches for."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        receiver(certificate) as server,
        pytest.raises(DestinationError, match="certificate is not valid"),
    ):
        own(FakeDns()).post(server.url(), {}, b"")


def test_no_tls_where_it_is_expected() -> None:
    """Is said to be so."""
    hello = b"220 mail.shop.test\r\n"
    with (
        speaking(hello, b"", threading.Event()) as port,
        pytest.raises(DestinationError, match="by TLS"),
    ):
        own(FakeDns()).post(f"https://{HOST}:{port}/", {}, b"")


def test_hosts_have_one_spelling() -> None:
    """So that an allowed one is found however it is written."""
    assert {host_name(each) for each in ("Shop.TEST", "shop.test.")} == {"shop.test"}
    assert host_name("[0:0:0:0:0:0:0:1]") == "::1"
    assert isinstance(Outbound()._tls, ssl.SSLContext)
