"""Cancel the reminders before the due date of what nobody asks for any more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from carrears.calendars import Calendars
from carrears.casework.models import ActionState, Case, CaseState, PlannedAction
from carrears.database.session import run_kept
from carrears.portfolio.products import Products
from carrears.strategy.kept_cadences import KeptCadences, kept_cadences
from carrears.warning.models import Level, WatchedLoan
from carrears.warning.planning import Moved, Watched, asked_of, watched
from carrears.warning.reminders import due_date_of

_PLANNED = PlannedAction.objects.filter(state=ActionState.PLANNED, attempts=None)


@transaction.atomic(savepoint=False)
def cancel_answered(
    loan_nos: Sequence[str] | None = None, *, products: Products, calendars: Calendars
) -> int:
    """Cancel planned reminders of what nobody asks for any more; returns how many.

    Of these loans, which an event has just decided (``warned`` in the session tells what they are
    asked for by now), or of all that were ever watched: paid meanwhile, or warned of no more where
    only the watched are reminded. Where a part was paid, the message asks for the rest. One that is
    being sent already goes out.
    """
    waiting = _PLANNED.filter(case__state=CaseState.WATCH)
    told: dict[str, Watched] = {}
    if loan_nos is None:
        known = WatchedLoan.objects.filter(loan_no=OuterRef("case__loan_no"))
        waiting = waiting.filter(Exists(known))
    else:
        [found] = run_kept([(_WAITING, {"loan_nos": list(loan_nos)})])
        if not found.rows:
            return 0
        waiting = waiting.filter(pk__in=[row[0] for row in found.rows])
        told = {one.loan_no: one for one in _told_now(loan_nos)}
    actions = list(waiting.select_related("case"))
    numbers = [action.case.loan_no for action in actions]
    asked = {one.loan_no: one for one in watched(loan_no__in=numbers)}
    return _settle(
        actions, asked, told, is_event=loan_nos is not None, moved=Moved(products, calendars)
    )


def _settle(
    actions: Sequence[PlannedAction],
    asked: Mapping[str, Watched],
    told: Mapping[str, Watched],
    *,
    is_event: bool,
    moved: Moved,
) -> int:
    kept = kept_cadences() if actions else None
    answered, changed = [], []
    for action in actions:
        number = action.case.loan_no
        loan = asked.get(number)
        if loan is None and kept is not None and is_said_to_all(action, kept):
            if not is_event:
                continue  # whatever was told of it has been heeded then
            loan = told.get(number)
            reason = "paid"
        else:
            reason = "paid" if loan else "overtaken"
        amounts = dict(reversed([*asked_of(loan, moved)])) if loan else {}
        amount = amounts.get(due_date_of(action.key), 0)
        if amount <= 0:
            action.state, action.reason = ActionState.CANCELLED, reason
            answered.append(action)
        elif amount != action.case.next_due_amount:
            action.case.next_due_amount = amount
            changed.append(action.case)
    PlannedAction.objects.bulk_update(answered, ["state", "reason"], batch_size=2000)
    Case.objects.bulk_update(changed, ["next_due_amount"], batch_size=2000)
    return len(answered)


def is_said_to_all(action: PlannedAction, kept: KeptCadences) -> bool:
    """Whether a reminder is a step that its cadence has said to all, watched or not."""
    cadence = kept.of(action.case.strategy_id).named.get(action.cadence)
    step = cadence.step(action.step_day) if cadence and action.step_day is not None else None
    return cadence is not None and step is not None and step in cadence.before_all


_WAITING = """
select a.id from casework_plannedaction a join casework_case c on c.id = a.case_id
where c.loan_no = any(%(loan_nos)s::text[]) and c.state = 'watch' and a.state = 'planned'
"""
_FIGURES = ("loan_no", "product", "next_due_on", "next_due_amount", "open_due_on", "arrears")
_TOLD = f"""
select {", ".join(_FIGURES)}, is_paid_ahead from warned where loan_no = any(%(loan_nos)s::text[])
"""  # noqa: S608  names of this module


def _told_now(loan_nos: Sequence[str]) -> Iterator[Watched]:
    """What an event left in the session of its loans that are not behind."""
    [found] = run_kept([(_TOLD, {"loan_nos": list(loan_nos)})])
    yield from (Watched(*row) for row in found.rows)


def cancel_leftovers(
    still_asked: Callable[[Sequence[int]], Sequence[tuple[str, str, date]]],
    *,
    as_of: date,
    products: Products,
    calendars: Calendars,
    skip: Collection[str],
) -> int:
    """Cancel what a night planned and has not left: too late by now, or paid as the book has it.

    ``still_asked`` tells of loans, by their ids, which due dates (number, product, agreed day) they
    may be reminded of. Watched loans are left to ``cancel_answered``, and ``skip`` are those of
    which more was told since. Returns how many.
    """
    left = _PLANNED.filter(case__state=CaseState.WATCH, step_day__lte=0, as_of__lte=as_of)
    late = left.filter(until_on__lt=as_of).update(state=ActionState.CANCELLED, reason="late")
    actions = list(_not_watched(left).exclude(case__loan_no__in=skip).select_related("case"))
    if not actions:
        return late
    moved = Moved(products, calendars)
    asked = {
        (loan_no, moved.day(product, due_on))
        for loan_no, product, due_on in still_asked([one.case.loan_id for one in actions])
    }
    paid = [one for one in actions if (one.case.loan_no, due_date_of(one.key)) not in asked]
    for one in paid:
        one.state, one.reason = ActionState.CANCELLED, "paid"
    PlannedAction.objects.bulk_update(paid, ["state", "reason"], batch_size=2000)
    return late + len(paid)


def _not_watched(actions: QuerySet[PlannedAction]) -> QuerySet[PlannedAction]:
    known = WatchedLoan.objects.filter(loan_no=OuterRef("case__loan_no"))
    return actions.exclude(Exists(known.exclude(level=Level.NONE)))
