"""S3 asked no further than ``carrears.outgoing`` lets it.

botocore looks a name up by itself for each connection, so its connections are laid for it: the name
is looked up once, every address judged, and one of those asked. Proxies that the environment names
are not heard. Credentials of a machine's role come from the addresses that clouds have for that,
which botocore knows and nobody can set.
"""

from __future__ import annotations

import socket
from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from urllib3.exceptions import NewConnectionError

from carrears.outgoing import OutgoingError, connect

_TIMEOUT_SECONDS = 10


def _laid(link: Any) -> socket.socket:
    try:
        line = connect(link.host, link.port, timeout=_TIMEOUT_SECONDS)
    except OutgoingError as error:
        raise NewConnectionError(link, str(error)) from error
    line.settimeout(link.timeout if isinstance(link.timeout, int | float) else _TIMEOUT_SECONDS)
    return line


class _Plain(AWSHTTPConnection):  # type: ignore[misc]
    def _new_conn(self) -> socket.socket:
        return _laid(self)


class _Tls(AWSHTTPSConnection):  # type: ignore[misc]
    def _new_conn(self) -> socket.socket:
        return _laid(self)


class _PlainPool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Plain


class _TlsPool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Tls


def guard(client: Any) -> None:
    """Lay the connections of a client of botocore; it was made to hear no proxies."""
    manager = client._endpoint.http_session._manager  # noqa: SLF001  botocore offers no other way
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def refusal(error: BaseException | None) -> str:
    """Why an address was not asked, where that is at the bottom of an error; else nothing."""
    while error is not None:
        if isinstance(error, OutgoingError):
            return str(error)
        error = error.__cause__ or error.__context__
    return ""
