"""What waited for its line longer than a verdict may be old: judged anew, and kept in its place.

A line that is slow or away makes no dead letters of what it cannot take yet. Once it takes a text
or a mail whose verdict has aged, that is booked as another contact in its place of the queue: asked
for by the strategy still, in its words of now, and by the gate's word of now. What the gate stops,
or nobody asks for any more, does not leave. On whose case a reply waits to be read, his message
waits for that too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from carrears.casework.models import ActionState, PlannedAction
from carrears.clock import local_day, now
from carrears.database.bulk import update_rows
from carrears.evidence.services import Record, record_many
from carrears.outreach.booking import patiently
from carrears.outreach.delivery_models import Closing
from carrears.outreach.messages import BusyError, OutreachError, Wanted, find_template
from carrears.outreach.models import Attempt, AttemptState, Delivery, DeliveryState
from carrears.outreach.reply_pauses import paused_among
from carrears.outreach.sending import TOO_OLD, UNREAD_REPLY, fail, keep, send_again
from carrears.outreach.services import book_wanted, contact_moment, still_wanted
from carrears.outreach.since import UNASKED
from carrears.outreach.unsent import note_ended

_KEPT = ("closing", "closed_at", "replaced_by")
# So long until it is asked again whether the reply was read.
_UNTIL_READ = timedelta(minutes=5)
# Texts are under way meanwhile whose answers are waited for: so many seconds for what somebody
# else holds, fewer where they are taken one by one, and how long that waits then.
_PATIENCE, _PATIENCE_EACH = 2.0, 0.1
_UNTIL_FREE = timedelta(seconds=30)


def send_waiting() -> None:
    """Send what a crash or a line that was away left booked; what has aged is judged anew."""
    send_again(renew)


def renew(deliveries: Sequence[Delivery]) -> int:
    """Judge these anew, which wait and which nobody else has; how many wait again.

    What was let go by an override waits for a person: that held for one contact. So does what
    cannot be said any more. What somebody else holds waits a little longer.
    """
    return _each([one.pk for one in deliveries], _PATIENCE)


def _each(numbers: Sequence[int], patience: float) -> int:
    try:
        with patiently(patience):
            return _renew(numbers, patience)
    except OutreachError as error:
        if len(numbers) > 1:
            return sum(_each([one], _PATIENCE_EACH) for one in numbers)
        if isinstance(error, BusyError):
            _put_off(numbers[0])
        else:
            _give_up(numbers[0])
    return 0


def _renew(numbers: Sequence[int], patience: float) -> int:
    at = now()
    old = _without_paused(_held(numbers), at)
    actions = [one.attempt.action_id for one in old if one.attempt.action_id]
    # Locked: who cancels one meanwhile is either seen or comes after.
    mine = PlannedAction.objects.select_for_update().filter(pk__in=actions).order_by("pk")
    states = dict(mine.values_list("pk", "state"))
    asked = [pk for pk, state in states.items() if state == ActionState.PLANNED]
    for one in old:
        fail(one, TOO_OLD, at)
    keep(old, takes_place=True)
    # They ended with their attempts a moment ago, and are to be said still, or are not.
    for state in set(states.values()):
        of_state = [pk for pk, each in states.items() if each == state]
        PlannedAction.objects.filter(pk__in=of_state).update(state=state)
    wanted = _wanted(old, asked)
    booked = dict(zip(wanted, book_wanted([*wanted.values()], patience=patience), strict=True))
    _close(old, booked, at)
    note_ended(old)
    return sum(one.state == AttemptState.BOOKED for one in booked.values())


@transaction.atomic
def _put_off(number: int) -> None:
    """It waits a little longer, unless somebody else has it in his hands."""
    free = Delivery.objects.select_for_update(skip_locked=True)
    for one in free.filter(pk=number, state=DeliveryState.WAITING):
        one.due_at = now() + _UNTIL_FREE
        one.save(update_fields=["due_at"])


@transaction.atomic
def _give_up(number: int) -> None:
    at, old = now(), _held([number])
    for one in old:
        fail(one, TOO_OLD, at)
    keep(old)


def _held(numbers: Sequence[int]) -> list[Delivery]:
    """Those of them that wait still, locked."""
    rows = Delivery.objects.select_for_update(of=("self",)).select_related(
        "attempt__case", "attempt__party", "attempt__verdict", "attempt__made_by"
    )
    return list(rows.filter(pk__in=numbers, state=DeliveryState.WAITING).order_by("pk"))


def _without_paused(held: Sequence[Delivery], at: datetime) -> list[Delivery]:
    """Without those on whose case a reply waits to be read: they wait, and others go first."""
    day = local_day(at, settings.TIME_ZONE)
    paused = paused_among((one.attempt.case_id for one in held), day)
    waiting = [one.pk for one in held if one.attempt.case_id in paused]
    Delivery.objects.filter(pk__in=waiting).update(due_at=at + _UNTIL_READ, error=UNREAD_REPLY)
    return [one for one in held if one.attempt.case_id not in paused]


def _wanted(old: Sequence[Delivery], asked: Sequence[int]) -> dict[int, Wanted]:
    """What is to be said again, by the number of the delivery that it was."""
    plain = [one for one in old if one.attempt.override_id is None]
    numbers = {
        number: one.pk
        for one in plain
        if (number := one.attempt.action_id) is not None and number in asked
    }
    found = PlannedAction.objects.filter(pk__in=numbers)
    actions = list(found.select_related("case__party", "part").order_by("pk"))
    wanted = {
        numbers[one.action.pk]: replace(one, key=_key(numbers[one.action.pk]))
        for one in still_wanted(actions)
        if one.action is not None
    }
    for one in plain:
        if one.attempt.action_id is None and (again := _by_hand(one)):
            wanted[one.pk] = again
    return wanted


def _by_hand(delivery: Delivery) -> Wanted | None:
    """A message that a person sent, or asked for again; None where its template is gone."""
    attempt = delivery.attempt
    try:
        template = find_template(attempt.template)
    except OutreachError:
        return None
    return Wanted(
        key=_key(delivery.pk),
        case=attempt.case,
        party=attempt.party,
        template=template,
        at=contact_moment(attempt.case),
        locale=attempt.locale,
        by=attempt.made_by,
        choice=attempt.choice,
    )


def _key(delivery: int) -> str:
    return f"again:{delivery}:0"


def _close(old: Sequence[Delivery], booked: Mapping[int, Attempt], at: datetime) -> None:
    """Those that wait again have their place, those that nobody asks for are let be."""
    closed = []
    for one in old:
        again = booked.get(one.pk)
        if again is not None and again.state == AttemptState.BOOKED:
            one.closing, one.closed_at, one.replaced_by = Closing.AGAIN, at, again
            # Its place in the queue, and the tries that it had.
            Delivery.objects.filter(attempt=again).update(due_at=one.due_at, tries=one.tries)
        elif _goes_on(one, again):
            one.closing, one.closed_at = Closing.LEFT, at
        else:
            continue  # a person looks at it: the gate stopped it, or an override has ended
        closed.append(one)
    update_rows(closed, _KEPT)
    record_many(_record(one, at) for one in closed)


def _goes_on(delivery: Delivery, again: Attempt | None) -> bool:
    """Whether nobody has to look: its step was put off or goes another way, or is not asked for."""
    number = delivery.attempt.action_id
    if number is None or delivery.attempt.override_id is not None:
        return False
    state = PlannedAction.objects.values_list("state", flat=True).get(pk=number)
    if again is None and state == ActionState.CANCELLED:
        delivery.error = UNASKED
        Delivery.objects.filter(pk=delivery.pk).update(error=UNASKED)
    return state in {ActionState.PLANNED, ActionState.CANCELLED}


def _record(delivery: Delivery, at: datetime) -> Record:
    return Record(
        kind=f"deadletter.{delivery.closing}",
        subject=delivery.attempt.case.loan_no,
        key=f"deadletter:{delivery.attempt.key}",
        actor="",
        occurred_at=at,
        payload={
            "attempt": delivery.attempt_id,
            "replaced_by": delivery.replaced_by_id,
            "reason": delivery.error,
        },
    )
