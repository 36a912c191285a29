"""A session of ``requests`` that goes no further than ``carrears.outgoing`` lets it."""

from __future__ import annotations

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from carrears.outgoing import OutgoingError, connect

_TIMEOUT_SECONDS = 10


def _laid(link: Any) -> socket.socket:
    try:
        return connect(link.host, link.port, timeout=_TIMEOUT_SECONDS)
    except OutgoingError as error:
        raise NewConnectionError(link, str(error)) from error


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _laid(self)


class _Tls(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _laid(self)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class _Guarded(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().send(*args, **kwargs | {"timeout": _TIMEOUT_SECONDS})


def guarded_session() -> requests.Session:
    """A session whose every connection is judged; it follows no redirect, hears no proxy."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Guarded())
    return session
