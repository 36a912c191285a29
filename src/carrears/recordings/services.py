"""Take a recording in: begun, chunk after chunk, ended. Each step bears a second try.

A browser keeps every chunk until it hears that it is here, and sends what it still has when
it comes back: after a lost line, a reload, a crash. What was vouched for in the evidence log
(``recording.portion``) can never be replaced by something else.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.services import record
from carrears.outreach.models import Attempt, AttemptState
from carrears.parties.models import Party
from carrears.parties.services import keyring, open_for_house, seal_for_house
from carrears.parties.vault import open_subject_key
from carrears.recordings.absent import meet
from carrears.recordings.chain import Frame, first_link, next_link, read_frame
from carrears.recordings.models import Chunk, Kind, RecordedContact, Recording, RecordingState
from carrears.recordings.sealing import KEY_BYTES, seal_frame

# At most this long nothing in the evidence log vouches for what arrived.
TOLD_EVERY = timedelta(minutes=1)
# Why a recording ended, or never began.
END_REASONS = frozenset({"left", "stopped", "told", "idle", "device_lost"})
REFUSALS = frozenset({"denied", "no_device", "busy", "unsupported", "insecure"})


class RecordingError(Exception):
    """A recording cannot go on as asked; the message says why."""


class OutOfPlaceError(RecordingError):
    """Not the chunk that is wanted next: ``wanted`` is its number, ``head`` the link before it."""

    def __init__(self, wanted: int, head: bytes) -> None:
        super().__init__(f"chunk {wanted} is wanted")
        self.wanted, self.head = wanted, head


class NotAsToldError(RecordingError):
    """A chunk whose bytes are not what its hash says, or another one under a number taken."""


class TooLongError(RecordingError):
    """A chunk more than ``CARREARS_RECORDING_MB`` allows of one recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a browser says of a recording that it began."""

    token: UUID
    kind: Kind
    case: Case
    started_at: datetime
    page: str = ""
    masked: bool = True
    mime: str = ""
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One chunk as it was sent: its number, the link that it follows, its hash, its frame."""

    seq: int
    previous: bytes
    sha256: bytes
    frame: bytes


@transaction.atomic
def begin(beginning: Beginning, *, by: User, at: datetime) -> Recording:
    """Take note of a recording that began. The same again is the same recording.

    Raises:
        RecordingError: the token is another recording's, or the call is not ``by``'s to record.
    """
    return _begin(beginning, by=by, at=at, state=RecordingState.OPEN)


def known(token: UUID, *, by: User) -> Recording | None:
    """The recording of ``by`` with this token, if it began here before."""
    return Recording.objects.filter(pk=token, staff=by).first()


@transaction.atomic
def refuse(beginning: Beginning, *, reason: str, by: User, at: datetime) -> Recording:
    """Keep that a recording could not begin, and why: no leave, no microphone, no such browser.

    Raises:
        RecordingError: an unknown reason, or as ``begin``.
    """
    if reason not in REFUSALS:
        raise RecordingError(f"unknown reason {reason!r}")
    return _begin(beginning, by=by, at=at, state=RecordingState.REFUSED, reason=reason)


def _begin(
    told: Beginning, *, by: User, at: datetime, state: RecordingState, reason: str = ""
) -> Recording:
    if (known := Recording.objects.filter(pk=told.token).first()) is not None:
        if (known.staff_id, known.case_id, known.kind) != (by.pk, told.case.pk, told.kind):
            raise RecordingError("this is the token of another recording")
        return known
    _check_call(told, by)
    party = told.case.party if told.case.party and told.case.party.wrapped_key else None
    started_at = min(told.started_at, at)
    made = Recording.objects.create(
        token=told.token,
        kind=told.kind,
        case=told.case,
        staff=by,
        page=told.page,
        masked=told.masked,
        mime=told.mime,
        state=state,
        reason=reason,
        started_at=started_at,
        received_at=at,
        last_at=at,
        ended_at=at if state == RecordingState.REFUSED else None,
        head=first_link(told.token, told.kind),
        told_at=at,
        key_party=party,
        sealed_key=_sealed_key(told.token, party),
    )
    refused = state == RecordingState.REFUSED
    write_down(made, "refused" if refused else "started", at=at, reason=reason, page=told.page)
    meet(made, attempt=told.attempt, at=at)
    if told.attempt is not None:
        tie(made, told.attempt, at=at)
    return made


def _check_call(told: Beginning, by: User) -> None:
    if told.kind != Kind.AUDIO:
        return
    call = told.attempt
    if call is None or call.channel != "call" or call.case.loan_no != told.case.loan_no:
        raise RecordingError("a sound belongs to a call of its case")
    if call.state != AttemptState.BOOKED or call.made_by_id != by.pk:
        raise RecordingError("only one's own open call is recorded")


def tie(recording: Recording, attempt: Attempt, *, at: datetime) -> None:
    """Say that a contact was made while this was recorded. Belongs into a transaction."""
    since = max(at - recording.started_at, timedelta())
    _, is_new = RecordedContact.objects.get_or_create(
        recording=recording,
        attempt=attempt,
        defaults={"at_ms": since // timedelta(milliseconds=1)},
    )
    if is_new:
        write_down(recording, "tied", at=at, key=attempt.key, attempt=attempt.key)


@transaction.atomic
def tie_open_screens(attempt: Attempt, *, by: User, at: datetime) -> int:
    """Tie a contact that was just made to the screens of ``by`` that record its case; how many."""
    screens = Recording.objects.filter(
        kind=Kind.SCREEN, state=RecordingState.OPEN, staff=by, case__loan_no=attempt.case.loan_no
    )
    found = list(screens.select_related("case", "staff"))
    for recording in found:
        tie(recording, attempt, at=at)
    return len(found)


@transaction.atomic
def append(token: UUID, sent: Sent, *, by: User, at: datetime) -> Recording:
    """Take the next chunk. One that is here already is taken as such.

    Raises:
        Recording.DoesNotExist: nothing of ``by`` has this token; it has to begin first.
        OutOfPlaceError: another chunk is wanted first, or it follows from another one.
        NotAsToldError: it is not what its hash says, or another one has its number.
        BadFrameError: see ``read_frame``.
        TooLongError: the recording would be larger than one may be.
        RecordingError: the recording has ended.
    """
    recording = _locked(token, by)
    if hashlib.sha256(sent.frame).digest() != sent.sha256:
        raise NotAsToldError(f"chunk {sent.seq} is not what its hash says")
    if sent.seq < recording.chunk_count:
        _expect_same(recording, sent)
        return recording
    _expect_going(recording)
    if sent.seq != recording.chunk_count or sent.previous != bytes(recording.head):
        raise OutOfPlaceError(recording.chunk_count, bytes(recording.head))
    if recording.byte_count + len(sent.frame) > settings.RECORDING_MB << 20:
        raise TooLongError(f"a recording has at most {settings.RECORDING_MB} MB")
    _keep(recording, sent, read_frame(sent.frame), at)
    return recording


def _keep(recording: Recording, sent: Sent, frame: Frame, at: datetime) -> None:
    link = next_link(sent.previous, sent.seq, sent.sha256)
    Chunk.objects.create(
        recording=recording,
        seq=sent.seq,
        size=len(sent.frame),
        sha256=sent.sha256,
        link=link,
        from_ms=frame.from_ms,
        to_ms=frame.to_ms,
        peaks=frame.peaks,
        sealed=seal_frame(
            data_key(recording),
            sent.frame,
            token=recording.token,
            seq=sent.seq,
            previous=sent.previous,
            compress=recording.kind == Kind.SCREEN,
        ),
        received_at=at,
    )
    resumed = recording.state == RecordingState.BROKEN_OFF
    recording.head, recording.last_at = link, at
    recording.chunk_count += 1
    recording.byte_count += len(sent.frame)
    recording.duration_ms = max(recording.duration_ms, frame.to_ms)
    if resumed:
        recording.state, recording.ended_at, recording.reason = RecordingState.OPEN, None, ""
    if resumed or at - recording.told_at >= TOLD_EVERY:
        tell_head(recording, "resumed" if resumed else "portion", at=at)
    recording.save()


def _expect_same(recording: Recording, sent: Sent) -> None:
    stored = Chunk.objects.only("sha256").get(recording=recording, seq=sent.seq)
    if bytes(stored.sha256) != sent.sha256:
        raise NotAsToldError(f"another chunk has the number {sent.seq}")


def _expect_going(recording: Recording) -> None:
    if recording.state in {RecordingState.ENDED, RecordingState.REFUSED}:
        raise RecordingError(f"this recording has {recording.state}")


@transaction.atomic
def finish(
    token: UUID, *, count: int, head: bytes, reason: str, by: User, at: datetime
) -> Recording:
    """End a recording of which all ``count`` chunks are here.

    Raises:
        Recording.DoesNotExist, OutOfPlaceError: as ``append``.
        RecordingError: an unknown reason, or it has other chunks than the browser says.
    """
    recording = _locked(token, by)
    if reason not in END_REASONS:
        raise RecordingError(f"unknown reason {reason!r}")
    if recording.state == RecordingState.REFUSED:
        raise RecordingError("this recording never began")
    if count > recording.chunk_count:
        raise OutOfPlaceError(recording.chunk_count, bytes(recording.head))
    if (count, head) != (recording.chunk_count, bytes(recording.head)):
        raise NotAsToldError("the recording has other chunks than its end says")
    if recording.state != RecordingState.ENDED:
        close(recording, RecordingState.ENDED, reason=reason, at=at)
    return recording


def close(recording: Recording, state: RecordingState, *, reason: str, at: datetime) -> None:
    """Close a locked recording, with its head in the evidence log. Belongs into a transaction."""
    recording.state, recording.reason = state, reason
    recording.ended_at = at if state == RecordingState.ENDED else recording.last_at
    tell_head(recording, state, at=at, reason=reason)
    recording.save()


def tell_head(recording: Recording, step: str, *, at: datetime, **more: Any) -> None:
    """Have the evidence log vouch for all chunks so far; the caller saves."""
    write_down(
        recording,
        step,
        at=at,
        key=str(recording.chunk_count),
        chunks=recording.chunk_count,
        bytes=recording.byte_count,
        head=bytes(recording.head).hex(),
        **more,
    )
    recording.told_count, recording.told_at = recording.chunk_count, at


def write_down(
    recording: Recording,
    step: str,
    *,
    at: datetime,
    key: str = "",
    actor: str | None = None,
    **facts: Any,
) -> None:
    """One entry about a recording, under its loan; ``facts`` hold no personal data.

    ``actor`` is who made the recording if not told; empty for the house itself.
    """
    payload = {"recording": str(recording.token), "what": recording.kind} | facts
    record(
        f"recording.{step}",
        subject=recording.case.loan_no,
        key=":".join(filter(None, ("recording", str(recording.token), step, key))),
        actor=recording.staff.get_username() if actor is None else actor,
        occurred_at=at,
        payload={name: value for name, value in payload.items() if value != ""},
    )


def _locked(token: UUID, by: User) -> Recording:
    rows = Recording.objects.select_for_update(of=("self",))
    return rows.select_related("case", "staff", "key_party").get(pk=token, staff=by)


def data_key(recording: Recording) -> bytes:
    """The key that a recording's frames are sealed under.

    Raises:
        SubjectErasedError: the person was erased, and the recording with him.
        VaultError: it cannot be opened.
    """
    field, party = f"recording {recording.token}", recording.key_party
    if party is None:
        return base64.b64decode(open_for_house(field, recording.sealed_key))
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    return base64.b64decode(key.open(field, recording.sealed_key))


def _sealed_key(token: UUID, party: Party | None) -> bytes:
    field, secret = f"recording {token}", base64.b64encode(os.urandom(KEY_BYTES)).decode()
    if party is None:
        return seal_for_house(field, secret)
    return open_subject_key(keyring(), str(party.token), party.wrapped_key).seal(field, secret)


@transaction.atomic
def keep_conflict(token: UUID, sent: Sent, *, by: User, at: datetime) -> None:
    """Keep that a chunk came which was not as told: what its hash was, and what it should be."""
    recording = _locked(token, by)
    digest = hashlib.sha256(sent.frame).hexdigest()
    write_down(
        recording,
        "conflict",
        at=at,
        key=f"{sent.seq}:{digest[:16]}:{sent.sha256.hex()[:16]}",
        chunk=sent.seq,
        told=sent.sha256.hex(),
        came=digest,
    )
