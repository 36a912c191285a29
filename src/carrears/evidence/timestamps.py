"""Have an authority time-stamp the log's checkpoints, and check what it stamped."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from carrears.evidence.models import StoredCheckpoint, StoredTimestamp
from carrears.evidence.refusals import STAMPS, note_accepted, note_refused, record_refused
from carrears.evidence.tsa import FalseStampError, StampError, ask_stamp, verify_stamp

_CLOCKS_APART = timedelta(minutes=5)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps: where it answers, the certificates trusted for it (PEM), and how often."""

    url: str
    roots: bytes
    every: timedelta


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time-stamp that verifies: of the checkpoint with ``size`` entries, at ``at``."""

    size: int
    at: datetime
    response: bytes


def read_authority() -> Authority | None:
    """The authority that the settings name; None when they name none.

    Raises:
        StampError: its roots are not named, or cannot be read.
    """
    if not settings.TSA_URL:
        return None
    try:
        roots = Path(settings.TSA_ROOTS).read_bytes()
    except OSError as error:
        raise StampError(f"CARREARS_TSA_ROOTS: {error}") from error
    return Authority(settings.TSA_URL, roots, timedelta(minutes=settings.TSA_MINUTES))


def stamp_newest(authority: Authority, *, at: datetime, forced: bool = False) -> Stamped | None:
    """Have the newest checkpoint stamped, when the last stamp is old enough and there is a new one.

    Raises:
        StampError: it could not be had.
        FalseStampError: the authority stamped something else, or before it was signed.
    """
    newest = StoredCheckpoint.objects.order_by("-size").first()
    last = StoredTimestamp.objects.order_by("-received_at").first()
    if newest is None or (last and last.checkpoint_id == newest.size):
        return None
    # A clock that was put back must not keep the authority from being asked.
    if last and not forced and last.received_at <= at < last.received_at + authority.every:
        return None
    message = newest.note.encode()
    response = ask_stamp(authority.url, message, roots=authority.roots)
    stamped_at = verify_stamp(response, message, roots=authority.roots)
    if stamped_at < newest.signed_at - _CLOCKS_APART:
        raise FalseStampError(f"stamped {stamped_at}, before it was signed: {newest.signed_at}")
    StoredTimestamp.objects.create(
        checkpoint_id=newest.size,
        authority=authority.url,
        response=response,
        stamped_at=stamped_at,
        received_at=at,
    )
    return Stamped(newest.size, stamped_at, response)


def stamp_when_due(*, at: datetime) -> None:
    """As ``stamp_newest`` for the authority of the settings; what fails is logged.

    That it stamps falsely leaves evidence, once until it stamps well.
    """
    try:
        if (authority := read_authority()) and stamp_newest(authority, at=at):
            note_accepted(STAMPS)
    except FalseStampError as error:
        _log.warning("a false time-stamp: %s", error)
        if note_refused(STAMPS):
            record_refused("stamp.refused", subject=STAMPS, payload={}, at=at)
    except StampError as error:
        _log.warning("no time-stamp: %s", error)


def first_stamp_after(size: int, authority: Authority) -> Stamped | None:
    """The earliest true time-stamp of a checkpoint with at least ``size`` entries."""
    found = StoredTimestamp.objects.filter(checkpoint_id__gte=size)
    for stored in found.select_related("checkpoint").order_by("checkpoint_id", "pk"):
        with suppress(StampError, StoredCheckpoint.DoesNotExist):
            return _verified(stored, authority)
    return None


def newest_stamp(authority: Authority) -> Stamped | None:
    """The newest true time-stamp."""
    for stored in StoredTimestamp.objects.select_related("checkpoint").order_by("-pk"):
        with suppress(StampError):
            return _verified(stored, authority)
    return None


def is_true(stored: StoredTimestamp, authority: Authority) -> bool:
    """Whether a kept time-stamp is of its checkpoint as it is stored."""
    try:
        _verified(stored, authority)
    except (StampError, StoredCheckpoint.DoesNotExist):
        return False
    return True


def false_stamps(authority: Authority) -> Iterator[str]:
    """What is wrong with kept time-stamps: one that is not of its checkpoint as it is stored."""
    # Not joined with its checkpoint, or what lacks one would not be found.
    found = StoredTimestamp.objects.order_by("checkpoint_id", "pk")
    for stored in found.iterator(chunk_size=500):
        try:
            _verified(stored, authority)
        except StampError as error:
            yield f"checkpoint {stored.checkpoint_id}, stamped {stored.stamped_at}: {error}"
        except StoredCheckpoint.DoesNotExist:
            yield f"checkpoint {stored.checkpoint_id}, stamped {stored.stamped_at}, is gone"


def _verified(stored: StoredTimestamp, authority: Authority) -> Stamped:
    response = bytes(stored.response)
    at = verify_stamp(response, stored.checkpoint.note.encode(), roots=authority.roots)
    return Stamped(stored.checkpoint_id, at, response)
