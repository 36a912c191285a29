"""Where a request comes from, and what of that may be kept."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from carrears.access.models import User
from carrears.signin.sealing import derived_key

Network = IPv4Network | IPv6Network
# What is left of an address: enough to see a foreign provider, too little to find a person.
_KEPT_BITS = {4: 24, 6: 48}


def networks(names: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as they stand in a setting.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(name.strip(), strict=False) for name in names if name.strip())


def client_ip(request: HttpRequest) -> str:
    """The address of whoever asks; empty when there is none (a unix socket, a test).

    ``X-Forwarded-For`` is heard only from the proxies of ``CARREARS_TRUSTED_PROXIES``, and of it
    the last address that is none of theirs: what stands before it, anybody can have written.
    """
    return _client_of(request.META)


def client_ip_or_none(request: HttpRequest) -> str | None:
    """The same as a database keeps it."""
    return client_ip(request) or None


def _client_of(meta: Mapping[str, str]) -> str:
    trusted = networks(settings.TRUSTED_PROXIES)
    found = meta.get("REMOTE_ADDR", "")
    told = [one.strip() for one in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if one.strip()]
    while told and _is_within(found, trusted):
        found = told.pop()
    return found if _is_address(found) else ""


def comes_by_proxy(request: HttpRequest) -> bool:
    """Whether a trusted proxy handed the request on."""
    return _is_within(request.META.get("REMOTE_ADDR", ""), networks(settings.TRUSTED_PROXIES))


def kept_origin(address: str) -> dict[str, str]:
    """What evidence keeps of an address: a keyed hash that only tells equals, and its network."""
    if not _is_address(address):
        return {"address": "", "network": ""}
    found = ip_address(address)
    digest = hmac.new(derived_key("origin"), str(found).encode(), hashlib.sha256).hexdigest()
    network = ip_network(f"{found}/{_KEPT_BITS[found.version]}", strict=False)
    return {"address": digest[:16], "network": str(network)}


def name_token(name: str) -> str:
    """What evidence keeps of a name that belongs to nobody: it may be a mistyped password."""
    digest = hmac.new(derived_key("name"), name.encode(), hashlib.sha256).hexdigest()
    return f"unknown-{digest[:16]}"


def name_kept(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """The name under which attempts to sign in are counted: a user's own, else a token of it.

    What is typed as a name may be a password, and would lie in the tables of attempts in clear.
    """
    told = dict(credentials or {})
    if not told and request is not None:
        told = {"username": request.POST.get("username") or request.POST.get("login") or ""}
    name = str(told.get("username") or told.get("login") or "")
    return name if User.objects.filter(username=name).exists() else name_token(name)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(text: str, found: Sequence[Network]) -> bool:
    if not _is_address(text):
        return False
    address = ip_address(text)
    return any(address.version == one.version and address in one for one in found)
