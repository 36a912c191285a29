"""What one entry of the log says, and the bytes that its leaf hash is taken over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from carrears.evidence.canonical import canonical_moment, canonical_text
from carrears.evidence.merkle import leaf_hash

LONGEST_NAME = 200


class BadRecordError(ValueError):
    """A record cannot become an entry; the message names its key and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that was done.

    Attributes:
        kind: what, such as ``case.opened``.
        subject: the token or number it concerns, by which a timeline finds it; never a name.
        key: makes the record happen once: the same key again is the same record.
        actor: who did it; empty for the house itself.
        occurred_at: when, with a time zone.
        payload: the facts: text, whole numbers, true, false, null, lists, objects. Personal
            data goes in as a commitment only (``commitment.py``).
    """

    kind: str
    subject: str
    key: str
    actor: str
    occurred_at: datetime
    payload: Mapping[str, Any]


class Leaf(NamedTuple):
    """A record in the form that is hashed: canonical moment, payload as canonical JSON."""

    key: str
    kind: str
    subject: str
    actor: str
    occurred_at: str
    payload: str

    def hash(self) -> bytes:
        """The leaf hash over the canonical JSON of the whole entry."""
        return leaf_hash(self.data())

    def data(self) -> bytes:
        """The canonical JSON of the whole entry, in UTF-8."""
        # The members in canonical order; only the payload is longer than a line.
        return (
            f'{{"actor":{_quoted(self.actor)},"key":{_quoted(self.key)}'
            f',"kind":{_quoted(self.kind)}'
            f',"occurred_at":"{self.occurred_at}"'
            f',"payload":{self.payload}'
            f',"subject":{_quoted(self.subject)},"v":1}}'.encode()
        )


def leaf_of(record: Record) -> Leaf:
    """The stored form of ``record``.

    Raises:
        BadRecordError: the key or kind is missing, a name is longer than 200 characters or
            no plain text.
        NotCanonicalError: the payload or the moment has no canonical form.
    """
    names = (record.key, record.kind, record.subject, record.actor)
    if not record.key or not record.kind:
        raise BadRecordError(f"a record needs a key and a kind: {record.key!r}, {record.kind!r}")
    together = "".join(names)
    if len(together) > LONGEST_NAME or not together.isascii() or "\0" in together:
        _check_each(record.key, names)
    payload = record.payload if type(record.payload) is dict else dict(record.payload)
    key, kind, subject, actor = map(str, names)
    moment = canonical_moment(record.occurred_at)
    return Leaf(key, kind, subject, actor, moment, canonical_text(payload))


def _check_each(key: str, names: tuple[str, ...]) -> None:
    for name in names:
        if len(name) > LONGEST_NAME or not _is_storable(name):
            raise BadRecordError(f"record {key!r}: {name!r} is too long or no plain text")


def _is_storable(name: str) -> bool:
    if name.isascii():
        return "\0" not in name
    try:
        return b"\0" not in name.encode()
    except UnicodeEncodeError:
        return False


_quoted = json.encoder.encode_basestring
