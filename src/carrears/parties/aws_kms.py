"""Master keys kept by a key service that speaks as AWS KMS does (also LocalStack, moto and others).

Two calls of its JSON API, ``Encrypt`` and ``Decrypt``, with an encryption context, signed by AWS
Signature Version 4. By hand rather than by boto3, whose 25 MB would be installed for two requests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from carrears.outgoing import OutgoingError, fetch
from carrears.parties.keepers import KeeperError

_CONTEXT = {"carrears": "master key"}
_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "kms"
_TIMEOUT_SECONDS = 10
_LONGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """By whom a request is signed."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AwsKms:
    """A key service at an address, in a region."""

    url: str
    region: str
    credentials: Credentials
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)

    def wrap(self, reference: str, secret: bytes) -> bytes:
        """``secret`` under the service's key ``reference`` (an id, an ARN or an alias).

        Raises:
            KeeperError: the service cannot be reached, or refuses.
        """
        told = self._ask("Encrypt", {"KeyId": reference, "Plaintext": _text(secret)})
        return base64.b64decode(told["CiphertextBlob"])

    def unwrap(self, reference: str, wrapped: bytes) -> bytes:
        """What ``wrap`` wrapped.

        Raises:
            KeeperError: as ``wrap``, or it was wrapped by another key or altered.
        """
        told = self._ask("Decrypt", {"KeyId": reference, "CiphertextBlob": _text(wrapped)})
        return base64.b64decode(told["Plaintext"])

    def _ask(self, action: str, given: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(given | {"EncryptionContext": _CONTEXT}).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"TrentService.{action}",
        }
        signed = sign(
            self.url, headers, body, self.credentials, region=self.region, at=self.clock()
        )
        try:
            answer = fetch(
                self.url,
                body=body,
                headers=signed,
                timeout=_TIMEOUT_SECONDS,
                at_most=_LONGEST_ANSWER,
            )
            if answer.status != HTTPStatus.OK:
                why = answer.body[:400].decode("utf-8", "replace")
                raise KeeperError(f"the key service {self.url} refuses {action}: {why}")
            told: dict[str, Any] = json.loads(answer.body)
        except (OutgoingError, ValueError) as error:
            raise KeeperError(f"the key service {self.url} does not answer: {error}") from error
        return told


def sign(
    url: str,
    headers: dict[str, str],
    body: bytes,
    credentials: Credentials,
    *,
    region: str,
    at: datetime,
) -> dict[str, str]:
    """The headers of a POST with its signature (AWS Signature Version 4, for the service KMS)."""
    parts = urlsplit(url)
    moment = f"{at:%Y%m%dT%H%M%SZ}"
    every = headers | {"host": parts.netloc, "x-amz-date": moment}
    if credentials.session_token:
        every["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(every))
    lines = "".join(f"{name}:{every[name].strip()}\n" for name in sorted(every))
    digest = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n{parts.path or '/'}\n{parts.query}\n{lines}\n{names}\n{digest}"
    scope = f"{at:%Y%m%d}/{region}/{_SERVICE}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashed}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    authorization = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return every | {"authorization": authorization}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
