"""The contract schedule of a case: from its terms, payouts and reschedules, before any payment.

Where the terms give the schedule it is taken; else it is worked out (``plan``). A down payment
falls due on the payout day. A later payout changes what is still to come, in the way of the
schedule's type:

- ``progressive``: what is left and the new money are spread over the instalments due later;
- ``cumulative``: each instalment due then or later is the share of all money paid out, and the
  last one takes what earlier ones were short.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from carrears.delinquency.ledger.cases.plan import Line, Plan, read_plan, split, two_stage
from carrears.delinquency.ledger.cases.reading import (
    Case,
    CaseError,
    Event,
    parse_day,
    parse_number,
    parse_whole,
)
from carrears.delinquency.ledger.cases.restructure import reschedule
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import due_dates

NO_START = date(2001, 1, 1)  # where a case is about months only, any start will do


def build_contract(case: Case, events: Sequence[Event] | None = None) -> list[Line]:
    """The schedule after the payouts and reschedules of some events (default all).

    Raises ``CaseError`` where the terms do not tell.
    """
    events = case.events if events is None else events
    payouts = live_payouts(events)
    is_whole = len(payouts) == len(live_payouts(case.events))
    start = payouts[0].day if payouts else _submitted(case)
    plan = read_plan(case)
    moves = _live_moves(events)
    if case.terms.get("schedule") and is_whole:
        lines = _written(case, start)
        for event in moves:
            lines = reschedule(lines, case, event)
        return _sorted(case, lines)
    due = _first_due_dates(case, start)
    if not payouts:
        principal = case.money(case.terms.get("principal") or 0, "terms: principal")
        return split(plan, start=start, due=due, principal=principal)
    lines = []
    order = {event.id: index for index, event in enumerate(events)}
    for event in sorted([*payouts, *moves], key=lambda event: order[event.id]):
        if event.type == "disburse":
            lines = _pay_out(case, plan, lines, event, due)
        else:
            lines = reschedule(lines, case, event)
        due = [line.due_on for line in lines if not line.is_down_payment]
    return _sorted(case, lines)


def live_payouts(events: Sequence[Event]) -> list[Event]:
    """The payouts that were not undone, by day."""
    payouts: list[Event] = []
    for event in events:
        if event.type == "disburse":
            payouts.append(event)
        elif event.type == "undo_disburse_last" and payouts:
            payouts.pop()
        elif event.type == "undo_disburse_all":
            payouts.clear()
    return sorted(payouts, key=lambda event: event.day)


def _live_moves(events: Sequence[Event]) -> list[Event]:
    undone = {str(event.fields.get("target")) for event in events if event.type == "undo"}
    return [event for event in events if event.type == "reschedule" and event.id not in undone]


def is_progressive(case: Case) -> bool:
    """Whether a later payout is unknown until it is made."""
    return case.terms.get("schedule_type") == "progressive"


def _sorted(case: Case, lines: Sequence[Line]) -> list[Line]:
    """By due date; a down payment stands before a cumulative schedule's instalment of the day."""
    first = not is_progressive(case)
    return sorted(lines, key=lambda line: (line.due_on, line.is_down_payment != first))


def _submitted(case: Case) -> date:
    if case.terms.get("submitted_on"):
        return parse_day(case.terms["submitted_on"], "terms: submitted_on")
    return NO_START if case.as_of == date.max else case.as_of


def _first_due_dates(case: Case, start: date) -> list[date]:
    every, unit = case.terms.get("every") or (1, "months")
    number = parse_whole(case.terms.get("installments"), "terms: installments")
    if number < 1:
        raise CaseError("terms: no number of instalments")
    if not case.terms.get("first_due_date"):
        return due_dates(start, number=number, every=int(every), unit=str(unit))
    first = parse_day(case.terms["first_due_date"], "terms: first_due_date")
    return [first, *due_dates(first, number=number - 1, every=int(every), unit=str(unit))]


def _written(case: Case, start: date) -> list[Line]:
    lines = []
    for row in case.terms["schedule"]:
        due = parse_day(row.get("due_date"), "terms: schedule: due_date")
        is_down = bool(row.get("down_payment"))
        lines.append(
            Line(
                starts_on=due if is_down else start,
                due_on=due,
                principal=case.money(row.get("principal") or 0, "terms: schedule: principal"),
                interest=case.money(row.get("interest") or 0, "terms: schedule: interest"),
                is_down_payment=is_down,
            )
        )
        start = start if is_down else due
    return lines


def _pay_out(
    case: Case, plan: Plan, lines: Sequence[Line], payout: Event, due: Sequence[date]
) -> list[Line]:
    """Add a payout to the schedule so far: its down payment, and the rest over what is to come."""
    down = 0
    if case.terms.get("down_payment_pct"):
        share = parse_number(case.terms["down_payment_pct"], "terms: down_payment_pct") / 100
        down = round_to(payout.amount * share, rounding=Rounding.HALF_UP, unit=plan.unit)
    is_first = not lines
    includes_day = not is_progressive(case) and not is_first

    def is_ahead(day: date) -> bool:
        return day >= payout.day if includes_day else day > payout.day

    coming = [line for line in lines if not line.is_down_payment and is_ahead(line.due_on)]
    past = [line for line in lines if line not in coming]
    ahead = [day for day in due if is_ahead(day)]
    if not ahead:
        raise CaseError(f"event {payout.id}: a payout after the last due date")
    start = coming[0].starts_on if coming else payout.day
    principal = sum(line.principal for line in coming) + payout.amount - down
    rest = split(
        plan,
        start=start,
        due=ahead,
        principal=principal,
        already=len(due) - len(ahead),
        behind=0 if is_progressive(case) else _behind(lines, coming),
    )
    if coming and plan.rate and not plan.is_flat:
        rest = two_stage(plan, rest, coming, day=payout.day, amount=payout.amount - down)
    if down:
        past.append(
            Line(starts_on=payout.day, due_on=payout.day, principal=down, is_down_payment=True)
        )
    return _sorted(case, [*past, *rest])


def _behind(lines: Sequence[Line], coming: Sequence[Line]) -> int:
    """Principal of the instalments that fell due before: part of what shares are taken of."""
    regular = [line for line in lines if not line.is_down_payment and line not in coming]
    return sum(line.principal for line in regular)
