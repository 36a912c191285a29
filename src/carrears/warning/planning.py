"""Plan the reminders of watched loans, as actions that pass the gate like any contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from carrears.calendars import Calendars
from carrears.casework.models import Case, CaseState, PlannedAction
from carrears.casework.planning import planned_time
from carrears.portfolio.products import Products
from carrears.warning.models import Level, WatchedLoan
from carrears.warning.reminders import Reminder, due_reminder, read_offsets


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder with what the table says of how to send it."""

    reminder: Reminder
    product: str
    channel: str
    template: str


def due_reminders(*, as_of: date, products: Products, calendars: Calendars) -> list[Planned]:
    """The reminders of all watched loans that are due on ``as_of`` and not planned yet.

    Raises:
        RemindersError: the table's ``reminders`` cannot be read; names the loan.
    """
    found = list(_due(as_of, products, calendars))
    keys = [one.reminder.key for one in found]
    known = set(PlannedAction.objects.filter(key__in=keys).values_list("key", flat=True))
    return [one for one in found if one.reminder.key not in known]


def _due(as_of: date, products: Products, calendars: Calendars) -> Iterator[Planned]:
    moved: dict[tuple[str, date], date] = {}

    def shift(product: str, due_on: date) -> date:
        if (product, due_on) not in moved:
            terms = products[product].due_dates
            moved[product, due_on] = calendars[terms.calendar].shift(due_on, terms.convention)
        return moved[product, due_on]

    columns = ("loan_no", "product", "decision", "next_due_on", "next_due_amount")
    more = ("open_due_on", "arrears", "is_paid_ahead")
    watched = WatchedLoan.objects.exclude(level=Level.NONE).values_list(*columns, *more)
    for loan_no, product, decision, next_on, next_amount, open_on, arrears, ahead in watched:
        offsets = read_offsets(decision.get("reminders"))
        channel, template = decision.get("channel"), decision.get("template")
        if not (offsets and channel and template):
            continue
        asked = [(open_on, arrears)] + ([] if ahead else [(next_on, next_amount or 0)])
        for due_on, amount in asked:
            if due_on is None:
                continue
            reminder = due_reminder(
                loan_no,
                due_on=shift(product, due_on),
                amount=amount,
                offsets=offsets,
                as_of=as_of,
            )
            if reminder is not None:
                yield Planned(reminder, product, channel, template)
                break  # one message a day; what is open comes before what is to come


def plan_reminders(
    wanted: Iterable[Planned], *, as_of: date, products: Products, moment: datetime
) -> int:
    """Plan these reminders on their loans' watch files; returns how many were planned.

    A loan without a watch file gets none: it has an open case, whose treatment speaks.
    """
    by_loan = {one.reminder.loan_no: one for one in wanted}
    found = Case.objects.filter(state=CaseState.WATCH, loan_no__in=list(by_loan))
    files = list(found.select_related("party"))
    for file in files:
        reminder = by_loan[file.loan_no].reminder
        # The message speaks of this instalment: of the day where the calendar has it.
        file.as_of, file.next_due_on = as_of, reminder.due_on
        file.next_due_amount = reminder.amount
    Case.objects.bulk_update(files, ["as_of", "next_due_on", "next_due_amount"], batch_size=2000)
    actions = [
        _action(file, by_loan[file.loan_no], as_of, _zone(file, products), moment) for file in files
    ]
    PlannedAction.objects.bulk_create(actions, ignore_conflicts=True, batch_size=1000)
    return len(actions)


def _zone(file: Case, products: Products) -> str:
    """The debtor's own time zone, or the product's where none is on record."""
    own = file.party.time_zone if file.party else ""
    return own or products[file.product].time_zone


def _action(
    file: Case, planned: Planned, as_of: date, zone: str, moment: datetime
) -> PlannedAction:
    return PlannedAction(
        case=file,
        key=planned.reminder.key,
        as_of=as_of,
        channel=planned.channel,
        template=planned.template,
        planned_for=planned_time(as_of, zone, moment=moment),
    )
