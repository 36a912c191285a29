"""Who should vouch for the log and does not: witnesses, time-stamps, anchors, as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from carrears.evidence.models import (
    Entry,
    StoredAnchor,
    StoredCheckpoint,
    StoredTimestamp,
    WitnessState,
)
from carrears.evidence.policy import PolicyError
from carrears.evidence.refusals import ANCHORS, STAMPS, is_refused
from carrears.evidence.services import record
from carrears.evidence.timestamps import is_true, read_authority
from carrears.evidence.witnesses import read_policy, state_of

_POLICY, _DISMISSED = "witness.policy", "vouching.dismissed"
_NEWS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PolicyFaults:
    """Witnesses that are named no longer, and whether the file is unreadable or was changed."""

    removed: int
    is_unreadable: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """Of time-stamps or anchors: whether the last was false, and for how long one is overdue."""

    is_false: bool
    by: timedelta


def refusing_witnesses() -> list[WitnessState]:
    """The policy's witnesses that hold another history."""
    return [state for state in _asked() if state.refusal]


def silent_witnesses(*, at: datetime) -> list[timedelta]:
    """For how long each of the policy's witnesses that take checkpoints has not answered."""
    if not StoredCheckpoint.objects.exists():
        return []
    found = (_silent_since(state) for state in _asked())
    return [at - since for since in found if since is not None]


def policy_faults(*, at: datetime) -> PolicyFaults:
    """What is wrong with the policy of witnesses, against what was known of it before."""
    try:
        policy, is_unreadable = read_policy(), False
    except (PolicyError, OSError, UnicodeDecodeError):
        policy, is_unreadable = None, True
    named = set(policy.vkeys()) if policy else set()
    states = [] if is_unreadable else WitnessState.objects.exclude(vkey__in=named)
    removed = [one for one in states if not _is_dismissed(one.name, one.asked_at)]
    changes = list(_policy_entries()[:2])
    is_changed = len(changes) > 1 and changes[0].occurred_at > at - _NEWS
    return PolicyFaults(len(removed), is_unreadable, is_changed)


def note_policy(*, at: datetime) -> None:
    """Record the policy's SHA-256 where it is another than the last that was recorded."""
    path = Path(settings.WITNESS_POLICY)
    raw = path.read_bytes() if path.is_file() else b""
    known = _policy_entries().values_list("payload", flat=True).first()
    sha256 = hashlib.sha256(raw).hexdigest() if raw else ""
    if (known is None and not raw) or (known is not None and f'"{sha256}"' in known):
        return
    record(
        _POLICY,
        subject=_POLICY,
        key=f"{_POLICY}:{sha256}:{at.isoformat()}",
        actor="",
        occurred_at=at,
        payload={"sha256": sha256},
    )


def stamps_overdue(*, at: datetime) -> Overdue | None:
    """None where time-stamps are neither asked for nor missed."""
    last = StoredTimestamp.objects.order_by("-received_at").first()
    if not settings.TSA_URL and (last is None or _is_dismissed(STAMPS, last.received_at)):
        return None
    by = _overdue(
        last.checkpoint_id if last else 0,
        last.received_at if last else None,
        timedelta(minutes=settings.TSA_MINUTES),
        at,
    )
    authority = read_authority()
    is_kept_false = last is not None and authority is not None and not is_true(last, authority)
    return Overdue(is_kept_false or is_refused(STAMPS), by)


def anchors_overdue(*, at: datetime) -> Overdue | None:
    """None where anchors are neither asked for nor missed."""
    last = StoredAnchor.objects.order_by("-received_at").first()
    if not (settings.EVM_URL and settings.EVM_CONTRACT) and (
        last is None or _is_dismissed(ANCHORS, last.received_at)
    ):
        return None
    by = _overdue(
        last.checkpoint_id if last else 0,
        last.received_at if last else None,
        timedelta(minutes=settings.EVM_MINUTES),
        at,
    )
    return Overdue(is_refused(ANCHORS), by)


def dismiss(name: str, *, at: datetime) -> None:
    """Record that a witness, ``time-stamps`` or ``anchors`` vouch no longer, and on purpose.

    Raises:
        LookupError: it never vouched for anything here.
    """
    vouched: Mapping[str, bool] = {
        STAMPS: StoredTimestamp.objects.exists(),
        ANCHORS: StoredAnchor.objects.exists(),
    }
    if not vouched.get(name, WitnessState.objects.filter(name=name).exists()):
        raise LookupError(name)
    record(
        _DISMISSED,
        subject=_subject(name),
        key=f"{_subject(name)}:{at.isoformat()}",
        actor="",
        occurred_at=at,
        payload={"name": name},
    )


def _policy_entries() -> QuerySet[Entry]:
    return Entry.objects.filter(subject=_POLICY, kind=_POLICY).order_by("-pk")


def _asked() -> list[WitnessState]:
    try:
        policy = read_policy()
    except (PolicyError, OSError, UnicodeDecodeError):
        return []  # which is a fault of the policy
    return [state_of(one) for one in (policy.witnesses if policy else ()) if one.url]


def _silent_since(state: WitnessState) -> datetime | None:
    if state.refusal:
        return None  # it answers
    if state.asked_at is None:
        seconds = Path(settings.WITNESS_POLICY).stat().st_mtime
        return datetime.fromtimestamp(seconds, tz=UTC)
    # Who is not asked any more does not vouch either.
    return state.silent_since or state.asked_at


def _is_dismissed(name: str, since: datetime | None) -> bool:
    found = Entry.objects.filter(subject=_subject(name), kind=_DISMISSED)
    return found.filter(occurred_at__gte=since).exists() if since else found.exists()


def _subject(name: str) -> str:
    return f"{_DISMISSED}:{name}"


def _overdue(size: int, last: datetime | None, every: timedelta, at: datetime) -> timedelta:
    """By how much the oldest checkpoint after ``size`` entries waits longer than it should."""
    waiting = StoredCheckpoint.objects.filter(size__gt=size).order_by("size").first()
    if waiting is None:
        return timedelta()
    due = max(waiting.signed_at, last + every) if last else waiting.signed_at
    return max(at - due, timedelta())
