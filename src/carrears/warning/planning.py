"""Plan the reminders of watched loans, as actions that pass the gate like any contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import connection
from django.db.models.fields.json import KeyTextTransform

from carrears.calendars import Calendars
from carrears.casework.models import Case, CaseState, PlannedAction
from carrears.casework.planning import planned_time
from carrears.casework.reach import texts_arrive, ways_open
from carrears.portfolio.products import Products
from carrears.strategy.cadences import step_day
from carrears.strategy.kept_cadences import cadences_in_force
from carrears.strategy.services import published_strategy
from carrears.warning.models import Level, WatchedLoan
from carrears.warning.reminders import Reminder, due_reminder, read_offsets


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder with how to send it: the cadence's ways in their order, else the table's one."""

    reminder: Reminder
    product: str
    ways: tuple[tuple[str, str], ...]  # channel and template
    cadence: str = ""


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
    moved, said = Moved(products, calendars), _Said(products, calendars, as_of)
    for loan in watched():
        offsets = read_offsets(loan.reminders)
        if not (offsets and loan.channel and loan.template):
            continue
        for due_on, amount in asked_of(loan, moved):
            reminder = due_reminder(
                loan.loan_no,
                due_on=due_on,
                amount=amount,
                offsets=offsets,
                as_of=as_of,
                said_on=partial(said.day, loan.product, due_on),
            )
            if reminder is not None:
                own = (loan.channel, loan.template)
                yield said.planned(reminder, loan.product, own)
                break  # one message a day


class _Said:
    """How the products' cadences have the days before a due date said."""

    def __init__(self, products: Products, calendars: Calendars, as_of: date) -> None:
        self._products, self._calendars = products, calendars
        self._cadences = cadences_in_force(on=as_of)
        self._known: dict[tuple[str, date, int], date | None] = {}

    def day(self, product: str, due_on: date, offset: int) -> date | None:
        """On which day the reminder of so many days before is said; None: it is skipped."""
        if (product, due_on, offset) not in self._known:
            self._known[product, due_on, offset] = self._day(product, due_on, offset)
        return self._known[product, due_on, offset]

    def _day(self, product: str, due_on: date, offset: int) -> date | None:
        cadence = self._cadences.of_product(product)
        step = cadence.step(-offset) if cadence else None
        if cadence is None or step is None:
            return due_on - timedelta(days=offset)
        calendar = self._calendars[self._products[product].due_dates.calendar]
        on, is_skipped = step_day(cadence, step, due_on=due_on, calendar=calendar)
        return None if is_skipped else on

    def planned(self, reminder: Reminder, product: str, own: tuple[str, str]) -> Planned:
        """The reminder with its ways; ``own`` is the one that the table names."""
        cadence = self._cadences.of_product(product)
        step = cadence.step(-reminder.offset) if cadence else None
        if cadence is None or step is None:
            return Planned(reminder, product, (own,))
        ways = tuple((way.channel, way.template) for way in step.by)
        return Planned(reminder, product, ways or (own,), cadence.key)


class Moved:
    """Where the products' calendars and conventions move due dates; each is asked once."""

    def __init__(self, products: Products, calendars: Calendars) -> None:
        self._products, self._calendars = products, calendars
        self._known: dict[tuple[str, date], date] = {}

    def day(self, product: str, due_on: date) -> date:
        """Where a due date of a product goes."""
        if (product, due_on) not in self._known:
            terms = self._products[product].due_dates
            moved = self._calendars[terms.calendar].shift(due_on, terms.convention)
            self._known[product, due_on] = moved
        return self._known[product, due_on]


class Watched(NamedTuple):
    """What reminders need to know of a loan; the last three only where it is watched."""

    loan_no: str
    product: str
    next_due_on: date | None
    next_due_amount: int | None
    open_due_on: date | None
    arrears: int
    is_paid_ahead: bool
    channel: str | None = None
    template: str | None = None
    reminders: str | None = None


_SAID = ("channel", "template", "reminders")  # by the table, in this order


def watched(**narrowed: Any) -> Iterator[Watched]:
    """The loans that are watched now, or those of them that are asked for."""
    found = WatchedLoan.objects.exclude(level=Level.NONE).filter(**narrowed)
    columns = [name for name in Watched._fields if name not in _SAID]
    said = [KeyTextTransform(name, "decision") for name in _SAID]
    yield from map(Watched._make, found.values_list(*columns, *said))


def asked_of(loan: Watched, moved: Moved) -> Iterator[tuple[date, int]]:
    """The days and amounts that a borrower may be reminded of; what is open before what comes."""
    if loan.open_due_on is not None:
        yield moved.day(loan.product, loan.open_due_on), loan.arrears
    if loan.next_due_on is not None and not loan.is_paid_ahead:
        yield moved.day(loan.product, loan.next_due_on), loan.next_due_amount or 0


def plan_reminders(
    wanted: Iterable[Planned], *, as_of: date, products: Products, moment: datetime
) -> int:
    """Plan these reminders on their loans' watch files; returns how many were planned.

    A loan without a watch file gets none: it has an open case, whose treatment speaks.
    """
    by_loan = {one.reminder.loan_no: one for one in wanted}
    found = Case.objects.filter(state=CaseState.WATCH, loan_no__in=list(by_loan))
    files = list(found.select_related("party"))
    _speak_of(files, by_loan, as_of)
    reach = ways_open([file.party_id for file in files if file.party_id])
    actions = [
        _action(
            file,
            by_loan[file.loan_no],
            as_of=as_of,
            at=planned_time(as_of, _zone(file, products), moment=moment),
            open_to_us=reach.get(file.party_id, frozenset()) if file.party_id else frozenset(),
        )
        for file in files
    ]
    PlannedAction.objects.bulk_create(actions, ignore_conflicts=True, batch_size=1000)
    return len(actions)


def _speak_of(files: Sequence[Case], by_loan: Mapping[str, Planned], as_of: date) -> None:
    """Let the files tell of the instalment, which is due on the day where the calendar has it."""
    reminders = [by_loan[file.loan_no].reminder for file in files]
    with connection.cursor() as cursor:
        cursor.execute(
            "update casework_case c"
            " set as_of = %s, strategy_id = %s,"
            " next_due_on = given.due_on, next_due_amount = given.amount"
            " from unnest(%s::bigint[], %s::date[], %s::bigint[]) as given (id, due_on, amount)"
            " where c.id = given.id",
            [
                as_of,
                published_strategy(as_of).pk,  # whose cadences say it
                [file.pk for file in files],
                [reminder.due_on for reminder in reminders],
                [reminder.amount for reminder in reminders],
            ],
        )


def _zone(file: Case, products: Products) -> str:
    """The debtor's own time zone, or the product's where none is on record."""
    own = file.party.time_zone if file.party else ""
    return own or products[file.product].time_zone


def _action(
    file: Case, planned: Planned, *, as_of: date, at: datetime, open_to_us: frozenset[str]
) -> PlannedAction:
    ways = [one for one in planned.ways if one[0] != "sms" or texts_arrive()] or planned.ways
    channel, template = next((one for one in ways if one[0] in open_to_us), ways[0])
    return PlannedAction(
        case=file,
        key=planned.reminder.key,
        as_of=as_of,
        channel=channel,
        template=template,
        planned_for=at,
        cadence=planned.cadence,
        step_day=-planned.reminder.offset,
        due_on=planned.reminder.due_on,
        until_on=planned.reminder.due_on,
    )
