"""Promises to pay: recorded by staff, settled from the ledger's payments.

``matching`` says which payments meet which part; here what it says is kept, with a line of the
timeline and its evidence for each change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from carrears.access.models import User
from carrears.casework.follow_up_rules import After
from carrears.casework.following import follow_up_by_rule, set_follow_up, set_follow_ups
from carrears.casework.matching import (
    Kept,
    Match,
    Paid,
    PartMatch,
    Promised,
    PromisedPart,
    match,
)
from carrears.casework.models import (
    NOT_KEPT,
    ActionState,
    Case,
    CaseState,
    PlannedAction,
    Promise,
    PromisePart,
    PromiseState,
)
from carrears.casework.promise_reminders import cancel_answered_reminders
from carrears.casework.promise_terms import PromiseTerms, load_promise_terms
from carrears.casework.services import CaseworkError, Line, tell, tell_many
from carrears.database.session import run_kept
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, notify


@dataclass(frozen=True, slots=True)
class PartWanted:
    """So many minor units by a day."""

    amount: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Who said it, and how: over which channel, in which contact (``outreach``'s attempt)."""

    party: UUID | None = None
    channel: str = ""
    attempt: int | None = None


_UNSAID = Said()


@dataclass(frozen=True, slots=True)
class _Change:
    """A promise that judging changes, to what, and the kind of line that says so, if any."""

    promise: Promise
    judged: Match
    kind: str


def terms_for(case: Case, *, today: date) -> PromiseTerms:
    """What a promise on this case may be today."""
    return load_promise_terms(Path(settings.CARREARS_HOME)).of(case.product, on=today)


@transaction.atomic
def record_promise(
    case: Case,
    *,
    parts: Sequence[PartWanted],
    today: date,
    by: User,
    at: datetime,
    said: Said = _UNSAID,
    beside: bool = False,
) -> Promise:
    """Record a promise to pay, in one part or several (PTP).

    It is settled from payments, by the terms of today. Messages that the strategy planned for the
    case already are cancelled; steps of cadences are asked of when they leave. ``beside`` lets it
    stand beside a promise that is open; the same money never counts for both.

    Raises:
        CaseworkError: the case is closed; no part, or more than the terms allow; an amount is not
            positive, or all together are above what is owed; a day is past or too far away, or
            two parts share one; a promise is open already.
    """
    held = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
    terms = terms_for(held, today=today)
    ordered = sorted(parts, key=lambda part: part.due_on)
    _refuse(held, ordered, terms, today)
    if not beside and held.promises.filter(state=PromiseState.OPEN).exists():
        raise CaseworkError("a promise is open already; it must be kept or broken first")
    promise = Promise.objects.create(
        case=held,
        amount=sum(part.amount for part in ordered),
        currency=held.currency,
        due_on=ordered[-1].due_on,
        made_on=today,
        made_by=by,
        party_id=said.party or held.party_id,
        channel=said.channel,
        attempt=said.attempt,
        treatment=held.treatment,
        strategy_id=held.strategy_id,
        book_day=held.as_of,
        slack=terms.slack_minor,
        slack_days=terms.slack_days,
    )
    PromisePart.objects.bulk_create(
        PromisePart(promise=promise, seq=seq, amount=part.amount, due_on=part.due_on)
        for seq, part in enumerate(ordered, start=1)
    )
    tell(
        held,
        "promise",
        at=at,
        by=by,
        key=f"promise:{promise.pk}:made",
        data=_made(promise, ordered) | _stop_messages(held),
    )
    ruled = follow_up_by_rule(held, "promise", today=today, due_on=ordered[0].due_on)
    if ruled is not None:
        set_follow_up(held, ruled)
    return promise


def _stop_messages(case: Case) -> dict[str, int]:
    """Ask no more for what is promised now; how many messages that stopped, if any."""
    planned = PlannedAction.objects.filter(
        case=case, state=ActionState.PLANNED, channel__in=("sms", "email", "letter", "portal")
    )
    # A reminder of a promise has its part, a step of a cadence its day.
    stopped = planned.filter(part=None, step_day=None).update(
        state=ActionState.CANCELLED, reason="promise"
    )
    return {"stopped": stopped} if stopped else {}


def _refuse(case: Case, parts: Sequence[PartWanted], terms: PromiseTerms, today: date) -> None:
    if case.state != CaseState.OPEN:
        raise CaseworkError("the case is closed")
    if not parts or len(parts) > terms.most_parts:
        raise CaseworkError("a promise has one part or some, not more than the terms allow")
    if min(part.amount for part in parts) <= 0 or sum(part.amount for part in parts) > max(
        case.arrears, case.principal_outstanding
    ):
        raise CaseworkError("the amount must be above zero and at most what is owed")
    latest = today + timedelta(days=terms.longest_days)
    if not all(today <= part.due_on <= latest for part in parts):
        raise CaseworkError("the day must lie between today and the latest that the terms allow")
    if len({part.due_on for part in parts}) < len(parts):
        raise CaseworkError("two parts of a promise cannot share a day")


def _made(promise: Promise, parts: Sequence[PartWanted]) -> dict[str, Any]:
    data = {
        "amount": promise.amount,
        "currency": promise.currency,
        "due_on": promise.due_on.isoformat(),
    }
    if len(parts) > 1:
        data["parts"] = [
            {"amount": part.amount, "due_on": part.due_on.isoformat()} for part in parts
        ]
    return data | ({"channel": promise.channel} if promise.channel else {})


@transaction.atomic(savepoint=False)
def settle_promises(
    payments: Mapping[str, Sequence[Paid]],
    promises: Iterable[Promise],
    *,
    as_of: date,
    at: datetime,
    by_newest_book: bool,
) -> Counter[str]:
    """Judge promises by all payments of their loans; how many came to which state.

    ``promises`` come from ``lock_promises``, and ``payments`` were read after it, so that of two
    who judge the later one sees what the earlier one knew. An event on a book that is older than
    the one by which the night has judged knows fewer payments, and leaves the promise alone.
    """
    by_loan: dict[str, list[Promise]] = defaultdict(list)
    for promise in promises:
        by_loan[promise.case.loan_no].append(promise)
    changed: list[_Change] = []
    for loan_no, ours in by_loan.items():
        paid = payments.get(loan_no, ())
        seen = max(promise.payments_seen for promise in ours)
        if len(paid) >= seen or by_newest_book:
            changed += _judge(ours, paid, as_of=as_of)
    _keep(changed)
    if changed:
        cancel_answered_reminders([one.promise.pk for one in changed])
    _come_back(changed, as_of=as_of)
    lines = [_line(one, at=at) for one in changed if one.kind]
    tell_many(lines)
    notify(_broken(changed), at=timezone.now())  # ``at`` is the business moment
    return Counter(line.kind for line in lines)


# What asks for a day to come back on, by the state in which a promise is settled.
_AFTER: Mapping[str, After] = {"kept": "kept", "partly": "partly", "broken": "broken"}


def _come_back(changed: Iterable[_Change], *, as_of: date) -> None:
    """Set when to come back to the cases whose promises are settled now, by the rules."""
    wanted = {}
    for one in changed:
        case, after = one.promise.case, _AFTER.get(one.promise.state)
        if one.kind and after is not None and case.state == CaseState.OPEN:
            ruled = follow_up_by_rule(case, after, today=as_of)
            if ruled is not None:
                wanted[case.pk] = ruled
    set_follow_ups(wanted)


def _broken(changed: Iterable[_Change]) -> list[Told]:
    """Whom to tell that a promise on a case of his was not kept."""
    return [
        Told(
            user=one.promise.case.assignee_id,
            kind=NoticeKind.PROMISE_BROKEN,
            key=f"promise:{one.promise.pk}:{one.promise.changes}",
            loan_no=one.promise.case.loan_no,
        )
        for one in changed
        if one.kind and one.promise.state in NOT_KEPT and one.promise.case.assignee_id is not None
    ]


_LOCK = """
select p.id from casework_promise p
where p.state <> 'cancelled' and p.case_id in (
  select c.id from casework_case c where c.loan_no = any(%(loan_nos)s::text[])
    and exists (select from casework_promise live where live.case_id = c.id
                and (live.state = 'open' or live.due_on >= %(since)s::date)))
order by p.id for update of p
"""


def lock_promises(loan_nos: Sequence[str], *, as_of: date) -> list[Promise]:
    """The promises of these loans, where any may still change; held until the transaction ends."""
    since = as_of - timedelta(days=_rejudged_days())
    [found] = run_kept([(_LOCK, {"loan_nos": list(loan_nos), "since": since})])
    if not found.rows:
        return []
    wanted = Promise.objects.filter(pk__in=[row[0] for row in found.rows]).order_by("pk")
    return list(wanted.select_related("case").prefetch_related("parts"))


def loans_with_promises(*, as_of: date) -> dict[str, int]:
    """The loans of which a promise may still change: their ids by number."""
    since = as_of - timedelta(days=_rejudged_days())
    live = Promise.objects.exclude(state=PromiseState.CANCELLED)
    wanted = live.filter(state=PromiseState.OPEN) | live.filter(due_on__gte=since)
    return dict(wanted.order_by().values_list("case__loan_no", "case__loan_id").distinct())


def _rejudged_days() -> int:
    return load_promise_terms(Path(settings.CARREARS_HOME)).longest_rejudged_days


def _judge(promises: Sequence[Promise], paid: Sequence[Paid], *, as_of: date) -> list[_Change]:
    day = max([as_of, *(one.judged_on for one in promises if one.judged_on)])
    since = day - timedelta(days=_rejudged_days())
    found = match([promised(one) for one in promises], paid, as_of=day)
    changed = []
    for promise, judged in zip(promises, found, strict=True):
        # What was settled before promises were matched by payment stands as it was settled.
        by_hand = promise.judged_on is None and promise.state != PromiseState.OPEN
        if by_hand or (promise.state != PromiseState.OPEN and promise.due_on < since):
            continue
        if _differs(promise, judged):
            promise.judged_on, promise.payments_seen = day, len(paid)
            changed.append(_Change(promise, judged, _kind(promise, judged)))
    return changed


def promised(promise: Promise) -> Promised:
    """A promise as the matching wants it."""
    return Promised(
        key=promise.pk,
        made_on=promise.made_on,
        made_at=promise.made_at,
        book_day=promise.book_day,
        parts=tuple(
            PromisedPart(key=part.pk, amount=part.amount, due_on=part.due_on)
            for part in promise.parts.all()
        ),
        slack=promise.slack,
        slack_days=promise.slack_days,
    )


def _differs(promise: Promise, judged: Match) -> bool:
    if (promise.state, promise.settled_on) != (judged.state, judged.settled_on):
        return True
    return any(
        (part.state, part.met_by) != (now.state, _shares(now))
        for part, now in zip(promise.parts.all(), judged.parts, strict=True)
    )


def _shares(part: PartMatch) -> list[dict[str, Any]]:
    return [
        {"payment": one.no, "paid_on": one.paid_on.isoformat(), "amount": one.amount}
        for one in part.shares
    ]


def _keep(changed: Sequence[_Change]) -> None:
    parts = []
    for change in changed:
        promise, judged = change.promise, change.judged
        for part, now in zip(promise.parts.all(), judged.parts, strict=True):
            part.state, part.met, part.met_by = now.state.value, now.met, _shares(now)
            part.settled_on = now.kept_on or now.missed_on
            parts.append(part)
        promise.state, promise.settled_on = judged.state.value, judged.settled_on
        promise.paid_since = judged.met
        promise.changes += 1
    Promise.objects.bulk_update([one.promise for one in changed], _OF_PROMISE)
    PromisePart.objects.bulk_update(parts, ["state", "met", "met_by", "settled_on"])


_OF_PROMISE = ["state", "paid_since", "settled_on", "judged_on", "payments_seen", "changes"]


def _line(change: _Change, *, at: datetime) -> Line:
    """What the timeline says of a change."""
    promise = change.promise
    return Line(
        case=promise.case,
        kind=change.kind,
        at=at,
        key=f"promise:{promise.pk}:judged:{promise.changes}",
        data={
            "amount": promise.amount,
            "currency": promise.currency,
            "due_on": promise.due_on.isoformat(),
            "paid": promise.paid_since,
            "parts": [
                {
                    "amount": part.amount,
                    "due_on": part.due_on.isoformat(),
                    "state": part.state,
                    "met": part.met,
                    "by": part.met_by,
                }
                for part in promise.parts.all()
            ],
        },
    )


def _kind(promise: Promise, judged: Match) -> str:
    """What kind of line says so; none of money that decides nothing yet."""
    if promise.state != judged.state:
        return "promise_reopened" if judged.state is Kept.OPEN else f"promise_{judged.state}"
    pairs = zip(promise.parts.all(), judged.parts, strict=True)
    moved = {now.state for part, now in pairs if part.state != now.state}
    if not moved:
        return ""
    return "promise_part_kept" if Kept.KEPT in moved else "promise_part_missed"
