"""Messages that did not get through: looked at by a person, sent again or let be.

What is sent again is judged anew and booked as another contact: the verdict of the first has
aged, and the gate may object by now. What is uncertain is never sent again before a person said
that it did not leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.clock import local_day, now
from carrears.evidence.services import Record, record_many
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, count_down, counted_of, holders, notify
from carrears.outreach.delivery_models import DEAD, Closing
from carrears.outreach.ended import delivery_record
from carrears.outreach.messages import OutreachError, Wanted, find_template
from carrears.outreach.models import Attempt, AttemptState, Delivery, DeliveryState
from carrears.outreach.sending import SAID_BY_HAND, keep
from carrears.outreach.services import contact_moment, send_wanted
from carrears.outreach.unsent import settle_unsent
from carrears.parties.words import commit_words, words_of

__all__ = [
    "OutreachError",
    "let_be",
    "send_dead_again",
    "settle_dead_notices",
    "settle_uncertain",
    "tell_of_dead_letters",
]


def send_dead_again(
    delivery: Delivery, *, by: User | None, settles_notices: bool = True
) -> Attempt:
    """Say the same once more, through the gate; where it is blocked the dead letter stays open.

    Clicked twice, it is sent once. Without ``by`` it is the house that does it by itself. Who
    sends many settles the notices of them himself, once: for each all that are left are counted.

    Raises:
        OutreachError: it is no dead letter, was closed, or is uncertain; or its template is gone.
    """
    found = _open(delivery)
    if found.state == DeliveryState.UNCERTAIN:
        raise OutreachError("it may have arrived: say first what became of it")
    attempt, prefix = found.attempt, f"again:{found.pk}:"
    blocked = Attempt.objects.filter(key__startswith=prefix, state=AttemptState.BLOCKED).count()
    again = send_wanted(
        Wanted(
            key=f"{prefix}{blocked}",
            case=attempt.case,
            party=attempt.party,
            template=find_template(attempt.template),
            at=contact_moment(attempt.case),
            locale=attempt.locale,
            by=by,
            choice=attempt.choice,
        )
    )
    if again.state != AttemptState.BLOCKED:
        _close(found, Closing.AGAIN, by=by, reason="", replaced_by=again)
        if settles_notices:
            settle_dead_notices(at=now())
    return again


def let_be(delivery: Delivery, *, reason: str, by: User) -> None:
    """Close a dead letter without sending it again.

    Raises:
        OutreachError: no reason, no dead letter, or closed before.
    """
    if not reason.strip():
        raise OutreachError("a reason is needed")
    _close(_open(delivery), Closing.LEFT, by=by, reason=reason.strip(), replaced_by=None)
    settle_dead_notices(at=now())


@transaction.atomic
def settle_uncertain(delivery: Delivery, *, left: bool, reason: str, by: User) -> None:
    """Say, having asked the gateway's operator or the person, whether an uncertain message left.

    Raises:
        OutreachError: no reason, or it is not uncertain (any more).
    """
    if not reason.strip():
        raise OutreachError("a reason is needed")
    found = _locked(delivery)
    if found.state != DeliveryState.UNCERTAIN:
        raise OutreachError("this message is not uncertain any more")
    at, attempt = now(), found.attempt
    found.settled_at, found.error = at, SAID_BY_HAND
    if left:
        found.state, attempt.state, attempt.sent_at = DeliveryState.ACCEPTED, AttemptState.SENT, at
    else:
        found.state, attempt.state = DeliveryState.FAILED, AttemptState.FAILED
    attempt.error = found.error
    keep([found])
    said = {"reason": reason.strip()}
    record_many([delivery_record(found, by=by.get_username(), words=said)])
    settle_dead_notices(at=at)


def tell_of_dead_letters(*, at: datetime) -> int:
    """Tell those who see the cases of others and may send of open dead letters; how many people.

    Once a day, and again when there are more of them. Bears a second start.
    """
    told = [
        Told(user=one.pk, kind=NoticeKind.DEAD_LETTERS, key=_key_of(at), many=many)
        for one in holders("outreach.send_message")
        if one.has_perm("casework.view_all_cases") and (many := _open_for(one))
    ]
    settle_dead_notices(at=at)
    return notify(told, at=at)


def settle_dead_notices(*, at: datetime) -> None:
    """Whom nothing waits for any more need not look; whom less waits for is told of less.

    So it is once a message was sent again, let be, or arrived after all.
    """
    for notice in counted_of(NoticeKind.DEAD_LETTERS, key=_key_of(at)):
        count_down(notice, _open_for(notice.user), at=at)


def _key_of(at: datetime) -> str:
    return f"dead_letters:{local_day(at, settings.TIME_ZONE)}"


def _open_for(user: User) -> int:
    """How many dead letters of cases that he sees nobody has closed."""
    found = Delivery.objects.filter(state__in=DEAD, closing="")
    return of_visible_cases(found, user, by="attempt__case").count()


def _open(delivery: Delivery) -> Delivery:
    found = Delivery.objects.select_related("attempt__case", "attempt__party").get(pk=delivery.pk)
    if found.state not in DEAD or found.closing:
        raise OutreachError("this is no dead letter any more")
    return found


def _locked(delivery: Delivery) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",))
    return rows.select_related("attempt__case", "attempt__verdict", "attempt__made_by").get(
        pk=delivery.pk
    )


def close_reasons(letters: Iterable[Delivery]) -> dict[int, str]:
    """Why dead letters were let be, by their numbers."""
    found = list(letters)
    said = words_of(closed_key(one) for one in found)
    return {one.pk: said.get(closed_key(one), one.close_reason) for one in found}


def closed_key(delivery: Delivery) -> str:
    """The key of the evidence of a dead letter's end."""
    return f"deadletter:{delivery.attempt.key}"


@transaction.atomic
def _close(
    delivery: Delivery, how: Closing, *, by: User | None, reason: str, replaced_by: Attempt | None
) -> None:
    found = _locked(delivery)
    if found.closing:
        return
    found.closing, found.closed_at, found.closed_by = how, now(), by
    found.replaced_by = replaced_by
    found.save()
    settle_unsent([found.attempt])
    key = closed_key(found)
    said = commit_words(key, {"reason": reason}, party=found.attempt.party_id)
    record_many(
        [
            Record(
                kind=f"deadletter.{how}",
                subject=found.attempt.case.loan_no,
                key=key,
                actor=by.get_username() if by else "",
                occurred_at=found.closed_at,
                payload={
                    "attempt": found.attempt_id,
                    "replaced_by": replaced_by.pk if replaced_by else None,
                    **said,
                },
            )
        ]
    )
