"""Objects in S3, or what speaks like it, under Object Lock where the bucket has it.

boto3 rather than obstore: destroying an object under a lock means naming its versions, and a lock
is set for each object as it is put; obstore can do neither (docs/decisions/0019).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args
from urllib.parse import parse_qsl, urlsplit

from carrears.vault.stores import LockedObjectError, MissingObjectError, Spooled, StoreError

Lock = Literal["none", "governance", "compliance"]
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound"})
_TAKEN = frozenset({"PreconditionFailed", "412"})
_LOCKED = frozenset({"AccessDenied", "403"})
_OPTIONS = frozenset({"endpoint", "region", "lock"})


class BadStoreError(ValueError):
    """``CARREARS_VAULT_STORE`` cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where in S3: ``s3://bucket/prefix?endpoint=…&region=…&lock=compliance``."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    lock: Lock


def parse_place(url: str) -> S3Place:
    """Read the setting.

    Raises:
        BadStoreError: it is no such address, or has an option that is not known.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.hostname:
        raise BadStoreError(f"s3://bucket/prefix is expected, not {parts.scheme}://…")
    if unknown := set(options) - _OPTIONS:
        raise BadStoreError(f"unknown: {', '.join(sorted(unknown))}; known: endpoint, region, lock")
    lock = options.get("lock", "none")
    if lock not in get_args(Lock):
        raise BadStoreError(f"lock is one of {', '.join(get_args(Lock))}, not {lock!r}")
    prefix = parts.path.strip("/")
    return S3Place(
        parts.netloc,
        f"{prefix}/" if prefix else "",
        options.get("endpoint", ""),
        options.get("region", ""),
        cast("Lock", lock),
    )


def connect(place: S3Place) -> S3Store:
    """The store at a place; credentials come from where the AWS tools look for them.

    Raises:
        BadStoreError: the extra ``s3`` is not installed.
    """
    try:
        import boto3  # noqa: PLC0415  an extra, and slow to import
        from botocore.config import Config  # noqa: PLC0415  see above

        from carrears.vault.guarded_s3 import guard  # noqa: PLC0415  see above
    except ImportError as error:
        raise BadStoreError("S3 needs the extra: pip install carrears[s3]") from error
    client = boto3.session.Session().client(  # the default session keeps old credentials
        "s3",
        endpoint_url=place.endpoint or None,
        region_name=place.region or None,
        config=Config(
            proxies={},  # those of the environment would look names up, past the guard
            retries={"mode": "standard", "max_attempts": 4},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    guard(client)
    return S3Store(client, place)


@dataclass(frozen=True, slots=True)
class S3Store:
    """A ``Store`` in a bucket. With a lock, the bucket has to have Object Lock on."""

    client: Any = field(repr=False)
    place: S3Place

    def put(self, spooled: Spooled, *, keep_until: datetime | None) -> None:
        """As ``Store``: the server checks the bytes against their address."""
        with spooled.path.open("rb") as body, _told(spooled.address):
            try:
                self.client.put_object(
                    **self._at(spooled.address),
                    Body=body,
                    ContentLength=spooled.size,
                    ContentType="application/octet-stream",
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(spooled.address)).decode(),
                    **self._locked_until(keep_until),
                )
            except self.client.exceptions.ClientError as error:
                if _code(error) not in _TAKEN:
                    raise
        if self.size(spooled.address) != spooled.size:
            raise StoreError(f"the store did not keep object {spooled.address} whole")

    def read(self, address: str, start: int, end: int) -> bytes:
        """As ``Store``."""
        with _told(address):
            found = self.client.get_object(**self._at(address), Range=f"bytes={start}-{end - 1}")
            data: bytes = found["Body"].read()
        return data

    def size(self, address: str) -> int | None:
        """As ``Store``."""
        try:
            with _told(address):
                return int(self.client.head_object(**self._at(address))["ContentLength"])
        except MissingObjectError:
            return None

    def hold(self, address: str, *, held: bool) -> None:
        """As ``Store``: S3's own legal hold, where the bucket locks."""
        if self.place.lock == "none":
            return
        with _told(address):
            self.client.put_object_legal_hold(
                **self._at(address), LegalHold={"Status": "ON" if held else "OFF"}
            )

    def remove(self, address: str) -> None:
        """As ``Store``: with a lock, each version by its name; else the object."""
        at = self._at(address)
        try:
            with _told(address):
                if self.place.lock == "none":
                    self.client.delete_object(**at)
                    return
                for version in list(self._versions(at["Key"])):
                    self.client.delete_object(**at, VersionId=version)
        except MissingObjectError:
            return

    def addresses(self) -> Iterator[str]:
        """As ``Store``."""
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.place.bucket, Prefix=f"{self.place.prefix}objects/"):
            for one in page.get("Contents", ()):
                *_, folder, name = one["Key"].split("/")
                yield folder + name

    def _at(self, address: str) -> dict[str, str]:
        key = f"{self.place.prefix}objects/{address[:2]}/{address[2:]}"
        return {"Bucket": self.place.bucket, "Key": key}

    def _versions(self, key: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self.place.bucket, Prefix=key):
            for one in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                if one["Key"] == key:
                    yield one["VersionId"]

    def _locked_until(self, moment: datetime | None) -> Mapping[str, Any]:
        if self.place.lock == "none" or moment is None:
            return {}
        return {
            "ObjectLockMode": self.place.lock.upper(),
            "ObjectLockRetainUntilDate": moment.astimezone(UTC),
        }


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Tell what S3 answers, and what keeps it from answering, as the store's own errors."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  an extra

    from carrears.vault.guarded_s3 import refusal  # noqa: PLC0415  an extra

    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in _GONE:
            raise MissingObjectError(f"no object {address}") from error
        if code in _LOCKED and error.operation_name == "DeleteObject":
            raise LockedObjectError(f"the store keeps object {address} until later") from error
        raise StoreError(f"the store refused: {error.operation_name} {code}") from error
    except BotoCoreError as error:
        why = refusal(error) or type(error).__name__
        raise StoreError(f"the store is out of reach: {why}") from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
