"""Whatever the server asks of an address that somebody told it: where it may go, and no further.

An address may name the inside of the house: a metadata service, a database, another port of this
machine (server-side request forgery, https://owasp.org/www-community/attacks/Server_Side_Request_Forgery).
So the name is resolved once, *every* address it stands for is judged, and the connection is made to
one of those that were judged: a name that is resolved again to something else (DNS rebinding) is
never asked. Redirects are not followed. Time and size are bounded.

No library does it: ``advocate`` is not kept any more, and others judge the name and let the
connection resolve it again. Proxies that the environment names are not heard, as they resolve too.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[..., list[Any]]

# Loopback and private networks, where the lender's own witness or key service stands.
_OWN = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
# Where clouds tell a machine its credentials: reached only if named itself. AWS, Azure and others;
# AWS by IPv6; Alibaba; Azure's wire server; Google by IPv6.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fd20:ce::254"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_CHUNK = 65_536


class OutgoingError(OSError):
    """An address may not be asked, or does not answer within bounds; the message says which."""


class UnreachedError(OutgoingError):
    """Nothing was sent: it may not be asked, or no connection came to be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status, the headers by their names in small letters, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """Its media type without parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


def own_networks() -> tuple[Network, ...]:
    """The networks besides the public ones that may be asked: ``CARREARS_OUTGOING_NETWORKS``.

    Raises:
        ValueError: one of them is no network.
    """
    told = os.environ.get("CARREARS_OUTGOING_NETWORKS", _OWN)
    return tuple(ipaddress.ip_network(one.strip()) for one in told.split(",") if one.strip())


def is_open(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address may be asked; of one inside another (IPv4 in IPv6), the inner counts."""
    inner = _inside(address)
    if inner is not None:
        return is_open(inner, networks)
    if address in _METADATA:
        return any(one.num_addresses == 1 and address in one for one in networks)
    if any(address.version == one.version and address in one for one in networks):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def connect(
    host: str,
    port: int,
    *,
    timeout: float,
    networks: tuple[Network, ...] | None = None,
    resolve: Resolve = socket.getaddrinfo,
) -> socket.socket:
    """A connection to one of the addresses of a name, each of which was judged.

    ``timeout`` is in seconds, for all of them together, once the name was looked up.

    Raises:
        OutgoingError: it has none, one of them may not be asked, or none answers.
    """
    open_to = own_networks() if networks is None else networks
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachedError(f"{host} is not known: {error}") from error
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).split("%")[0])
        if not is_open(address, open_to):
            raise UnreachedError(f"{host} stands for {address}, which is not to be asked")
    refused: OSError = UnreachedError(f"{host} has no address")
    until = time.monotonic() + timeout
    for family, kind, protocol, _, place in found:
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(_left(until))
            made.connect(place)
        except OSError as error:
            made.close()
            refused = error
        else:
            made.settimeout(timeout)
            return made
    raise UnreachedError(f"{host} does not answer: {refused}") from refused


def fetch(
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10,
    at_most: int = 1 << 20,
    networks: tuple[Network, ...] | None = None,
    resolve: Resolve = socket.getaddrinfo,
) -> Answer:
    """GET an address, or POST ``body`` to it. A redirect is an answer like any other.

    Args:
        url: http or https, without a user name.
        body: what to send; None for GET.
        headers: more headers.
        timeout: seconds for all of it, however slowly line, header or body come in. Only the
            name's look-up is bounded by the machine's own resolver.
        at_most: bytes that the answer's body may have.
        networks: those besides the public ones that may be asked; else the setting's.
        resolve: by what a name is looked up.

    Raises:
        OutgoingError: it may not be asked, does not answer, or says too much or too slowly.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise UnreachedError(f"{_bare(url)} is no web address")
    until = time.monotonic() + timeout
    link = _Link(parts.scheme, parts.hostname, _port(url))
    link.sock = _Line(_line(link, until, networks, resolve), until)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        link.request("GET" if body is None else "POST", path, body, dict(headers or {}))
        answer = link.getresponse()
        read = _read(answer, at_most=at_most)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, OutgoingError):
            raise
        raise OutgoingError(f"{link.host} does not answer: {error}") from error
    finally:
        link.close()
    return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)


class _Link(http.client.HTTPConnection):
    """A connection whose line was laid before; ``Host`` has no port where it goes without."""

    def __init__(self, scheme: str, host: str, port: int | None) -> None:
        self.scheme = scheme
        self.default_port = 443 if scheme == "https" else 80
        super().__init__(host, port or self.default_port)


class _Line:
    """A line that is used until a moment, and no longer: each wait on it is cut to what is left.

    A time-out of a socket begins anew with every byte: a server that drips a header byte by byte
    would hold the caller for hours.
    """

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line, self._until = line, until

    def sendall(self, data: Any) -> None:
        self._line.settimeout(_left(self._until))
        self._line.sendall(data)

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Drops(self._line, self._until), _CHUNK)

    def close(self) -> None:
        self._line.close()


class _Drops(io.RawIOBase):
    """What comes in on a line."""

    def __init__(self, line: socket.socket, until: float) -> None:
        super().__init__()
        # Holds the line open until it was read to its end, though it be closed before.
        self._line, self._until, self._raw = line, until, line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._line.settimeout(_left(self._until))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise OutgoingError("the answer takes too long")
    return left


def _line(
    link: _Link, until: float, networks: tuple[Network, ...] | None, resolve: Resolve
) -> socket.socket:
    plain = connect(link.host, link.port, timeout=_left(until), networks=networks, resolve=resolve)
    if link.scheme == "http":
        return plain
    try:
        plain.settimeout(_left(until))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=link.host)
    except OSError as error:
        plain.close()
        raise UnreachedError(f"{link.host} does not speak TLS as trusted: {error}") from error


def _read(answer: http.client.HTTPResponse, *, at_most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        part = answer.read1(_CHUNK)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > at_most:
            raise OutgoingError("the answer is too long")
        parts.append(part)


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError as error:
        raise UnreachedError(f"{_bare(url)} is no web address") from error


def _bare(url: str) -> str:
    """An address as it may be told: without user name, password and what is asked."""
    return url.split("?", maxsplit=1)[0].rsplit("@", 1)[-1][:200]
