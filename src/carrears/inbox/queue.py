"""The order in which waiting events are taken, and what becomes of those that fail.

Events of one loan are taken in the order in which they came in, one after the other; events of
different loans pass each other. One that fails is tried again later and keeps the later ones of
its loan waiting, until it is set aside: then they go on. Nothing holds other loans up.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Min

from carrears.clock import now
from carrears.dayrun.standing import find_loans, free_stripes, stripes_of
from carrears.evidence.services import gathering
from carrears.inbox.models import Event, EventState
from carrears.inbox.working import take_events
from carrears.tracing import span

BATCH = 128
# 2, 4, 8 … 256 seconds apart: nine minutes, longer than a database takes to come back.
MOST_ATTEMPTS = 9
_FIRST_WAIT = timedelta(seconds=2)
_WORKERS = 4  # of so many at a time each finds events that no other has
# A run has a stripe of loans for some tenths of a second.
_RUN_PASSES = timedelta(milliseconds=100)

_log = logging.getLogger(__name__)


def work_once(*, batch: int = BATCH) -> int:
    """Take in the oldest waiting event of each of up to ``batch`` loans; returns how many.

    They go together in one transaction, but for those whose loans a run is moving. Where that
    fails each goes alone, so that only the one that is at fault has to wait.
    """
    claimed = _claim(batch)
    fresh = [pk for pk, attempts in claimed if attempts == 1]
    tried = [pk for pk, attempts in claimed if attempts > 1]
    if fresh:
        try:
            _take(fresh)
        except Exception:  # noqa: BLE001  whatever it was, only the one at fault shall wait
            _log.warning("%d events failed together; trying each", len(fresh), exc_info=True)
            tried = fresh + tried
    for pk in tried:
        _take_alone(pk)
    return len(claimed)


def next_due() -> datetime | None:
    """When the next waiting event may be taken; None when nothing waits."""
    waiting = Event.objects.filter(state=EventState.WAITING)
    first: datetime | None = waiting.aggregate(first=Min("due_at"))["first"]
    return first


def _claim(batch: int) -> list[tuple[int, int]]:
    """Count an attempt for the events to take, before anything else: numbers and attempts.

    A worker that an event kills leaves that count behind, so the event cannot kill workers for
    ever. The mark may be lost with the power; then one attempt more is made.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local synchronous_commit = off")
        cursor.execute(_CLAIM, {"most": batch, "looked_at": _WORKERS * batch})
        return sorted(cursor.fetchall())


# One pass over what waits, in the order of its index: with thousands waiting, looking for an
# earlier one of each event's loan takes longer than taking the events in.
_CLAIM = """
with heads as materialized (
  select distinct on (loan_no) id, due_at from event_inbox
  where state = 'waiting' order by loan_no, id
), due as materialized (
  select id from heads where due_at <= clock_timestamp() order by id limit %(looked_at)s
), claimed as (
  select id from event_inbox where id = any(array(select id from due)) and state = 'waiting'
  order by id limit %(most)s for update skip locked
)
update event_inbox e set attempts = e.attempts + 1
from claimed where e.id = claimed.id returning e.id, e.attempts
"""


@transaction.atomic
def _take(pks: Sequence[int]) -> None:
    """Take in those that nobody else has taken meanwhile."""
    waiting = Event.objects.filter(pk__in=pks, state=EventState.WAITING).order_by("pk")
    events = _leave_to_the_run(list(waiting.select_for_update(skip_locked=True)))
    if events:
        with span("events", count=len(events)), gathering():
            take_events(events)


def _leave_to_the_run(events: list[Event]) -> list[Event]:
    """Those events whose loans no run is moving at this moment; the others wait a little.

    So a batch does not wait for the run because one of its loans does.
    """
    stripes = stripes_of(find_loans(event.loan_no for event in events))
    free = free_stripes(stripes.values())
    later = [event.pk for event in events if stripes[event.loan_no] not in free]
    if later:
        Event.objects.filter(pk__in=later).update(
            due_at=now() + _RUN_PASSES, attempts=F("attempts") - 1
        )
    return [event for event in events if stripes[event.loan_no] in free]


def _take_alone(pk: int) -> None:
    event = Event.objects.get(pk=pk)
    if event.attempts > MOST_ATTEMPTS:
        put_off(event, RuntimeError("whoever takes it in is killed"))
        return
    try:
        _take([pk])
    except Exception as error:  # noqa: BLE001  it is kept with the event
        _log.exception("event %s", event)
        put_off(event, error)


def put_off(event: Event, error: Exception) -> None:
    """Try a failed event again later, or set it aside after the last attempt."""
    waiting = Event.objects.filter(pk=event.pk, state=EventState.WAITING)
    reason = f"{type(error).__name__}: {error}"[:500]
    if event.attempts >= MOST_ATTEMPTS:
        waiting.update(state=EventState.ASIDE, error=reason, done_at=now(), attempts=event.attempts)
    else:
        wait = _FIRST_WAIT * 2 ** max(event.attempts - 1, 0)
        waiting.update(error=reason, due_at=now() + wait, attempts=event.attempts)
