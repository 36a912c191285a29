"""Requests to Alibaba Cloud (阿里云), signed by its signature V3 (ACS3-HMAC-SHA256).

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "ACS3-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """By whom a request is signed."""

    key_id: str
    secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


def canonical_query(query: Mapping[str, str]) -> str:
    """What is asked in an address: sorted, and encoded by RFC 3986."""
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query.items()))


def sign(
    url: str,
    action: str,
    body: bytes,
    credentials: AccessKey,
    *,
    version: str,
    at: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers of a POST of the RPC style with its signature (V3).

    Args:
        url: with what is asked, in the order of its names, percent-encoded as RFC 3986 has it.
        action: the operation.
        body: a form, or nothing.
        credentials: by whom.
        version: of the service's OpenAPI.
        at: now; a request is good for 15 minutes.
        nonce: never the same twice.
    """
    parts = urlsplit(url)
    digest = hashlib.sha256(body).hexdigest()
    every = {
        "host": parts.netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    if body:
        every["content-type"] = "application/x-www-form-urlencoded"
    if credentials.security_token:
        every["x-acs-security-token"] = credentials.security_token
    names = ";".join(sorted(every))
    lines = "".join(f"{name}:{every[name].strip()}\n" for name in sorted(every))
    canonical = f"POST\n{parts.path or '/'}\n{parts.query}\n{lines}\n{names}\n{digest}"
    text = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(credentials.secret.encode(), text.encode(), "sha256").hex()
    authorization = (
        f"{_ALGORITHM} Credential={credentials.key_id},SignedHeaders={names},Signature={signature}"
    )
    return every | {"authorization": authorization}
