"""Master keys kept by Alibaba Cloud KMS (阿里云密钥管理服务), whose keys are AES-256 or SM4.

Two calls of its OpenAPI of 2016-01-20, ``Encrypt`` and ``Decrypt``, with an encryption context, in
the RPC style: parameters as a form in the body, so that no address tells them (``acs3``). By
hand rather than by ``alibabacloud-kms20160120``: that asks by a library of its own, past the guard
of outgoing addresses, and brings a dozen packages along for two requests.
"""

from __future__ import annotations

import base64
import configparser
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from carrears.acs3 import AccessKey, sign
from carrears.keyfiles import ExposedKeyError, read_secret
from carrears.outgoing import Answer, OutgoingError, fetch
from carrears.parties.keepers import KeeperError

_CONTEXT = json.dumps({"carrears": "master key"}, separators=(",", ":"))
_VERSION = "2016-01-20"
_LONGEST_ANSWER = 1 << 20
# What the service's codes mean, https://www.alibabacloud.com/help/en/kms/support/error-codes. Its
# own words are not passed on: they may tell again what was asked.
_MEANINGS = {
    "InvalidAccessKeyId": "the access key id is not known",
    "SignatureDoesNotMatch": "the access key's secret is wrong",
    "IncompleteSignature": "the access key's secret is wrong",
    "InvalidSecurityToken": "the security token is wrong or over",
    "InvalidTimeStamp": "the clock of this machine is wrong",
    "Forbidden.KeyNotFound": "there is no such key",
    "Forbidden.AliasNotFound": "there is no such alias",
    "Forbidden.ResourceNotFound": "there is no such key",
    "Forbidden.NoPermission": "the access key may not use this key",
    "Forbidden": "the access key may not do this",
    "Rejected.Disabled": "the key is disabled",
    "Rejected.PendingDeletion": "the key is about to be deleted",
    "Rejected.Unavailable": "the key cannot be used now",
    "Rejected.Throttling": "too many requests; try again",
    "Throttling": "too many requests; try again",
    "InvalidParameter": "nothing that it opens, or no such parameter",
}


@dataclass(frozen=True, slots=True)
class AlibabaKms:
    """The service at an address (``https://kms.cn-hangzhou.aliyuncs.com``)."""

    url: str
    credentials: Callable[[], AccessKey] = field(repr=False)
    timeout: float = 10
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)

    def wrap(self, reference: str, secret: bytes) -> bytes:
        """``secret`` under the service's key ``reference`` (an id, an ARN or an alias).

        Raises:
            KeeperError: the service cannot be reached, or refuses.
        """
        text = base64.b64encode(secret).decode()
        told = self._ask("Encrypt", {"KeyId": reference, "Plaintext": text})
        return _field(told, "CiphertextBlob").encode()

    def unwrap(self, reference: str, wrapped: bytes) -> bytes:
        """What ``wrap`` wrapped. The service knows by which key, whatever the ``reference``.

        Raises:
            KeeperError: as ``wrap``, or it was altered.
        """
        del reference
        try:
            blob = wrapped.decode("ascii")
            told = self._ask("Decrypt", {"CiphertextBlob": blob})
            return base64.b64decode(_field(told, "Plaintext"), validate=True)
        except ValueError as error:
            raise KeeperError("Alibaba Cloud KMS: this is nothing that it wrapped") from error

    def _ask(self, action: str, given: dict[str, str]) -> dict[str, Any]:
        place = self._place()
        body = urlencode(given | {"EncryptionContext": _CONTEXT}, quote_via=quote).encode()
        headers = sign(
            self.url,
            action,
            body,
            self.credentials(),
            version=_VERSION,
            at=self.clock(),
            nonce=os.urandom(16).hex(),
        )
        try:
            answer = fetch(
                self.url, body=body, headers=headers, timeout=self.timeout, at_most=_LONGEST_ANSWER
            )
        except OutgoingError as error:
            raise KeeperError(f"Alibaba Cloud KMS at {place} does not answer: {error}") from error
        told = _read(answer.body)
        if answer.status != HTTPStatus.OK:
            raise KeeperError(
                f"Alibaba Cloud KMS at {place} refuses {action}: {_why(told, answer)}"
            )
        return told

    def _place(self) -> str:
        """The host; a master key goes in clear to nowhere else than this machine."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme != "https" and not _is_here(host):
            raise KeeperError(f"Alibaba Cloud KMS at {host or self.url!r}: https is needed")
        return host


def find_credentials(environ: Mapping[str, str] = os.environ) -> AccessKey:
    """The access key, from where Alibaba Cloud's own tools look for one.

    ``ALIBABA_CLOUD_ACCESS_KEY_ID``, ``ALIBABA_CLOUD_ACCESS_KEY_SECRET`` and, of temporary ones,
    ``ALIBABA_CLOUD_SECURITY_TOKEN``; else the section ``default`` of the file (mode 0600) that
    ``ALIBABA_CLOUD_CREDENTIALS_FILE`` names. It is read at each request: temporary ones change.

    Raises:
        KeeperError: there is none, or others can read the file.
    """
    names = ("access_key_id", "access_key_secret", "security_token")
    told = {name: environ.get(f"ALIBABA_CLOUD_{name.upper()}", "") for name in names}
    path = environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE", "")
    if not told["access_key_id"] and path:
        told = _from_file(Path(path), names)
    if not told["access_key_id"] or not told["access_key_secret"]:
        raise KeeperError(
            "Alibaba Cloud KMS needs ALIBABA_CLOUD_ACCESS_KEY_ID and"
            " ALIBABA_CLOUD_ACCESS_KEY_SECRET, or a file named by ALIBABA_CLOUD_CREDENTIALS_FILE"
        )
    return AccessKey(*(told[name] for name in names))


def _from_file(path: Path, names: tuple[str, ...]) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_secret(path))
    except (OSError, ValueError, configparser.Error) as error:
        why = str(error) if isinstance(error, ExposedKeyError) else type(error).__name__
        raise KeeperError(f"the file of Alibaba Cloud credentials {path}: {why}") from error
    return {name: parser.get("default", name, fallback="").strip() for name in names}


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _field(told: dict[str, Any], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found:
        raise KeeperError(f"Alibaba Cloud KMS answers without {name}")
    return found


def _why(told: dict[str, Any], answer: Answer) -> str:
    code = str(told.get("Code", ""))[:80] or f"status {answer.status}"
    whole = next((_MEANINGS[one] for one in _longer_first(code) if one in _MEANINGS), "")
    request = str(told.get("RequestId", ""))[:60]
    return code + (f" ({whole})" if whole else "") + (f", request {request}" if request else "")


def _longer_first(code: str) -> list[str]:
    parts = code.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
