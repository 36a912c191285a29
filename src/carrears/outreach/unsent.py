"""Messages that a person wrote and that did not get through: work for whoever has the case.

What the gate stopped, what failed and what nobody knows the end of is told on the timeline
(``message_unsent``), where *Next case* and the day plan find it: at once, or from the moment on
at which the gate would let it go, or at which a mail that came back is tried again no more by
itself. It is seen to (``message_settled``) once it is said after all,
is let be, arrives, or lies with a second person; or by an outcome or another day of the case. Of
what the strategy sends by itself nobody has to hear one by one: that stands among the dead letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from carrears.casework.case_time import business_time
from carrears.casework.models import CaseEvent
from carrears.casework.services import Line, tell_many
from carrears.outreach.delivery_models import DEAD, Delivery
from carrears.outreach.mail_in.passing import tried_until
from carrears.outreach.messages import Wanted
from carrears.outreach.models import Attempt, AttemptState, Override, OverrideState

UNSENT, SETTLED = "message_unsent", "message_settled"
_AGAIN = "again:"  # how the keys begin of what takes a dead letter's place


def note_judged(wanted: Sequence[Wanted], attempts: Sequence[Attempt]) -> None:
    """Of messages by hand as they are booked: the stopped ones are told.

    One that may leave settles what was to be seen to on its case before. Part of the transaction
    that books them. Of what was to take a dead letter's place, that stays what somebody has to see
    to; of what two people let go, their word.
    """
    by_hand = [
        (one, attempt)
        for one, attempt in zip(wanted, attempts, strict=True)
        if one.by is not None and one.action is None
    ]
    tell_many(
        _line(attempt, attempt.state, at=attempt.at, opens_at=attempt.verdict.next_allowed_at)
        for one, attempt in by_hand
        if attempt.state == AttemptState.BLOCKED
        and one.override is None
        and not one.key.startswith(_AGAIN)
    )
    left = {one.case_id for _, one in by_hand if one.state != AttemptState.BLOCKED}
    if left:
        _settle(CaseEvent.objects.filter(case__in=left, kind=UNSENT))


def note_ended(deliveries: Sequence[Delivery]) -> None:
    """Of messages by hand that have ended: what did not get through is told, what did settles it.

    Part of the transaction that keeps them.
    """
    may_be = [
        one
        for one in deliveries
        if one.attempt.action_id is None
        and (one.attempt.made_by_id is not None or one.attempt.key.startswith(_AGAIN))
    ]
    dead = [one for one in may_be if one.state in DEAD and not one.closing]
    by_hand = _by_hand([one.attempt for one in dead])
    tell_many(
        _line(one.attempt, one.state, at=at, opens_at=tried_until(one, at=at))
        for one in dead
        if one.attempt_id in by_hand
        for at in [business_time(one.attempt.case)[1]]
    )
    settle_unsent(one.attempt for one in may_be if one.state not in DEAD or one.closing)


def note_decided(override: Override) -> None:
    """A second person decides on a stopped message, or has: approved, it may leave by now."""
    if override.channel in {"call", "visit"}:
        return
    if override.state == OverrideState.ASKED:
        settle_unsent([override.stopped])
        return
    at = business_time(override.case)[1]
    tell_many([_line(override.stopped, f"override_{override.state}", at=at)])


def waiting_on(case: Any) -> QuerySet[CaseEvent]:
    """What is to be seen to on a case, also what may not leave yet; the newest first.

    Of one message what was told of it last. ``case``: a row, or the blank of a prepared question.
    """
    later = CaseEvent.objects.filter(case=case, pk__gt=OuterRef("pk")).order_by()
    same = Q(kind__in=(SETTLED, UNSENT), data__attempt=OuterRef("data__attempt"))
    told = CaseEvent.objects.filter(case=case, kind=UNSENT).order_by("-pk")
    return told.exclude(Exists(later.filter(same | Q(kind__in=("outcome", "follow_up")))))


def settle_unsent(attempts: Iterable[Attempt]) -> None:
    """Nobody has to see to these any more, where somebody had."""
    known = {one.pk: one.case_id for one in attempts}
    if known:
        cases = set(known.values())
        _settle(
            CaseEvent.objects.filter(case__in=cases, kind=UNSENT, data__attempt__in=list(known))
        )


def _line(attempt: Attempt, state: str, *, at: datetime, opens_at: datetime | None = None) -> Line:
    told: dict[str, Any] = {"attempt": attempt.pk, "channel": attempt.channel, "state": state}
    if opens_at is not None:
        told["opens_at"] = opens_at.isoformat()
    return Line(
        case=attempt.case,
        kind=UNSENT,
        at=at,
        data=told,
        key=f"unsent:{attempt.key}:{state}",
        agency=attempt.agency,
    )


def _settle(told: QuerySet[CaseEvent]) -> None:
    """Told once of each; by nobody, so that it does not count as work on the case."""
    tell_many(
        Line(
            case=one.case,
            kind=SETTLED,
            at=business_time(one.case)[1],
            data={"attempt": one.data["attempt"]},
            key=f"settled:{one.pk}",
            agency=one.agency,
        )
        for one in told.select_related("case").order_by("pk")
    )


def _by_hand(attempts: Sequence[Attempt]) -> set[int]:
    """Those that a person wrote: what takes a dead letter's place is by whom that was."""
    found: set[int] = set()
    asked = {one.pk: (one.key, one.made_by_id, one.action_id) for one in attempts}
    while asked:
        again: dict[int, int] = {}
        for pk, (key, by, action) in asked.items():
            if key.startswith(_AGAIN):
                again[pk] = int(key.split(":")[1])
            elif by is not None and action is None:
                found.add(pk)
        rows = Delivery.objects.filter(pk__in=again.values())
        before = {
            pk: (key, by, action)
            for pk, key, by, action in rows.values_list(
                "pk", "attempt__key", "attempt__made_by", "attempt__action"
            )
        }
        asked = {pk: before[number] for pk, number in again.items() if number in before}
    return found
