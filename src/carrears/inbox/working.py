"""Take events in: their effects, the new decision, the done mark and the evidence, all or none."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from carrears.casework.assigning import assign_opened
from carrears.casework.holding_together import hold_opened_together
from carrears.casework.intake import take_in_incoming
from carrears.casework.models import Case, CaseState
from carrears.casework.planning import cancel_changed
from carrears.casework.watching import open_watch_files
from carrears.clock import business_moment, local_day, now
from carrears.conduct.complaint_holds import hold_opened
from carrears.conduct.dispute_holds import hold_disputed
from carrears.database.session import run_kept
from carrears.dayrun.asking import decide_loans, running_division
from carrears.dayrun.promised import loan_ids, settle_loans
from carrears.dayrun.questions import load_questions
from carrears.dayrun.reminding_told import plan_told
from carrears.dayrun.standing import (
    Base,
    Rows,
    bases_of,
    find_loans,
    newest_snapshot,
    read_loans,
    rows_of,
    strategy_of,
    stripes_of,
    take_turns,
)
from carrears.dayrun.warned import decide_warnings
from carrears.evidence.services import Record, record_many
from carrears.inbox.effects import Happened, hold_loans, holds_bare, keep_effects
from carrears.inbox.kinds import Happening, MalformedEventError, read_happening
from carrears.inbox.models import Event, EventState
from carrears.parties.services import open_for_house
from carrears.portfolio.products import load_products

# How far a day may lie ahead of the house's own: the earth's zones, no more.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Book:
    """The rows of the events' loans, and the run that they stand on."""

    base: Base | None
    rows: Rows
    currencies: Mapping[str, str]


def take_events(events: Sequence[Event]) -> None:
    """Take in events of different loans, in the caller's transaction.

    The caller holds the rows of the events, each the oldest that waits for its loan. An event
    that says nonsense, or what the book or the case refuses, is set aside with the reason and
    leaves nothing else behind.

    Raises:
        Whatever is no fault of an event; the transaction has to be rolled back.
    """
    found = find_loans(event.loan_no for event in events)
    places = stripes_of(found)
    take_turns(found, places.values())
    bases = bases_of(places.values())
    said: dict[int, Happening] = {}
    results: dict[int, dict[str, Any]] = {}
    refused: dict[int, str] = {}
    for base in set(bases.values()):
        group = [event for event in events if bases[places[event.loan_no]] == base]
        for book in _open_books(base, {event.loan_no: found[event.loan_no] for event in group}):
            here = [event for event in group if event.loan_no in book.currencies]
            _take_group(here, book, said, results, refused)
    for event in events:
        if event.pk not in said:
            refused.setdefault(event.pk, f"no loan {event.loan_no!r} in the book")
    _settle(events, said, results, refused)


def _take_group(
    events: Sequence[Event],
    book: _Book,
    said: dict[int, Happening],
    results: dict[int, dict[str, Any]],
    refused: dict[int, str],
) -> None:
    """Take in the events of loans that stand on one run."""
    understood, wrong = _read(events, book)
    said |= understood
    happened = _place(events, understood, book)
    wrong |= _refuse_far_days(happened)
    happened = [one for one in happened if one.event.pk not in wrong]
    wrong |= keep_effects(happened)
    happened = [one for one in happened if one.event.pk not in wrong]
    decided, unheld = _decide_again(happened, book)
    results |= decided
    refused |= wrong | unheld


def _open_books(base: Base | None, found: Mapping[str, Sequence[int]]) -> Iterator[_Book]:
    """The loans that the run knows; then those that came with a tape it had not seen.

    Of the latter what happened is kept, and the run that is to come decides them.
    """
    known: Collection[str] = ()
    for at in dict.fromkeys((base, None)):
        lacking = {number: ids for number, ids in found.items() if number not in known}
        if lacking:
            loans = (rows := read_loans(at.snapshot if at else newest_snapshot(), lacking))["loans"]
            numbers = loans.column("loan_no").to_pylist()
            currencies = loans.column("currency").to_pylist()
            known = {*known, *numbers}
            yield _Book(at, rows, dict(zip(numbers, currencies, strict=True)))


def _read(events: Iterable[Event], book: _Book) -> tuple[dict[int, Happening], dict[int, str]]:
    """What each event says, or why it is refused."""
    said: dict[int, Happening] = {}
    refused: dict[int, str] = {}
    for event in events:
        currency = book.currencies[event.loan_no]
        try:
            one = read_happening(event.kind, whole_payload(event))
        except MalformedEventError as error:
            refused[event.pk] = str(error)
            continue
        if getattr(one, "currency", currency) != currency:
            refused[event.pk] = f"loan {event.loan_no} is in {currency}, not {one.currency}"  # type: ignore[attr-defined]
        else:
            said[event.pk] = one
    return said, refused


def whole_payload(event: Event) -> Any:
    """What an event says, with what was sealed of it."""
    if event.sealed is None or not isinstance(event.payload, dict):
        return event.payload
    return event.payload | json.loads(open_for_house(Event.SEALED_AS, event.sealed))


def _place(events: Iterable[Event], said: Mapping[int, Happening], book: _Book) -> list[Happened]:
    """The day, the moment and the case of each event: the open one, else the file of a watch."""
    understood = [event for event in events if event.pk in said]
    numbers = [event.loan_no for event in understood]
    live = Case.objects.filter(loan_no__in=numbers).exclude(state=CaseState.CLOSED).only(*_OF_CASE)
    cases = {case.loan_no: case for case in live.order_by("-state")}  # open overwrites watch
    laws = _laws(book)
    return [
        Happened(
            event=event,
            said=said[event.pk],
            day=said[event.pk].counts_on or local_day(at, settings.TIME_ZONE),
            at=at,
            case=cases.get(event.loan_no),
            jurisdiction=laws[event.loan_no],
            currency=book.currencies[event.loan_no],
        )
        for event in understood
        for at in [_moment(event, book.base)]
    ]


# What an event asks of a case; its decision and the loan's terms are long texts.
_OF_CASE = ("loan_no", "party", "state", "jurisdiction")


def _laws(book: _Book) -> dict[str, str]:
    """By whose law each loan is collected."""
    products, loans = load_products(Path(settings.CARREARS_HOME)), book.rows["loans"]
    pairs = zip(*(loans.column(name).to_pylist() for name in ("loan_no", "product")), strict=True)
    return {loan_no: products[product].jurisdiction for loan_no, product in pairs}


def _moment(event: Event, base: Base | None) -> datetime:
    """When it happened, by the clock of the book: that of a replayed one stands still."""
    if base is None:
        return event.happened_at
    return business_moment(base.as_of, settings.TIME_ZONE, moment=event.happened_at)


def _refuse_far_days(happened: Iterable[Happened]) -> dict[int, str]:
    """A day to come would move the case ahead of every night until then."""
    latest = local_day(now(), settings.TIME_ZONE) + _AHEAD
    return {
        one.event.pk: f"{one.said.day_field or 'happened_at'}: {one.day} is still to come"
        for one in happened
        if one.day > latest
    }


def _decide_again(
    happened: Sequence[Happened], book: _Book
) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
    """Decide each loan by the rules of the night, as of the newest day that is known of it.

    Returns what became of them, and why some could not be held, by the event.
    """
    if book.base is None:
        return {one.event.pk: {} for one in happened}, hold_loans(happened)
    by_day: dict[date, list[Happened]] = defaultdict(list)
    reached = _days_reached([one.event.loan_no for one in happened])
    for one in happened:
        loan_no = one.event.loan_no
        by_day[max(one.day, book.base.as_of, reached.get(loan_no, one.day))].append(one)
    results: dict[int, dict[str, Any]] = {}
    unheld: dict[int, str] = {}
    for as_of, group in sorted(by_day.items()):
        numbers = {one.event.loan_no: one.event.pk for one in group}
        states = decide(list(numbers), book=book, base=book.base, as_of=as_of)
        results |= {numbers[loan_no]: state for loan_no, state in states.items()}
        # What is told of a loan that is not behind lies in a file, as its reminders do.
        if bare := [one.event.loan_no for one in group if holds_bare(one)]:
            open_watch_files(bare)
            unheld |= hold_loans(group)
    return results, unheld


def _days_reached(loan_nos: Sequence[str]) -> dict[str, date]:
    """The day that each loan's newest case has reached: no case moves back."""
    [found] = run_kept([(_REACHED, {"loan_nos": list(loan_nos)})])
    return dict(found.rows)


_REACHED = """
select loan_no, max(as_of) from casework_case where loan_no = any(%(loan_nos)s::text[]) group by 1
"""


def decide(
    loan_nos: Sequence[str], *, book: _Book, base: Base, as_of: date
) -> dict[str, dict[str, Any]]:
    """Decide loans of one run and take the decisions in; what became of each, by loan number."""
    moment = business_moment(as_of, settings.TIME_ZONE, moment=now())
    rows = rows_of(book.rows, loan_nos)
    settle_loans(loan_ids(rows), rows["payments"], as_of=as_of, at=moment)
    decide_loans(
        rows,
        as_of=as_of,
        products=load_products(Path(settings.CARREARS_HOME)),
        strategy=strategy_of(base.strategy_id),
        questions=load_questions(),
        division=running_division(strategy_of, on=as_of),
    )
    intake = take_in_incoming(as_of=as_of, at=moment, strategy_id=base.strategy_id)
    overtaken = cancel_changed()
    if intake.opened:
        hold_opened(intake.opened, from_on=as_of, at=moment)
        hold_disputed(intake.opened, from_on=as_of, at=moment)
        hold_opened_together(intake.opened, from_on=as_of, at=moment)
        assign_opened(intake.opened, at=moment)
    levels = _warn_again(loan_nos, base=base, as_of=as_of, moment=moment)
    if as_of == base.as_of:  # a later day has a night to come
        products = load_products(Path(settings.CARREARS_HOME))
        plan_told(as_of=as_of, version=base.strategy_id, products=products)
    results = _results(as_of, overtaken)
    return {
        no: one | {"warning": levels[no]} if no in levels else one for no, one in results.items()
    }


def _warn_again(
    loan_nos: Sequence[str], *, base: Base, as_of: date, moment: datetime
) -> dict[str, str]:
    """Decide again whether these loans are watched, by the table of the night; their levels."""
    if base.warning_id is None:
        return {}
    return decide_warnings(
        loan_nos,
        as_of=as_of,
        at=moment,
        products=load_products(Path(settings.CARREARS_HOME)),
        strategy=strategy_of(base.warning_id),
        strategy_id=base.warning_id,
        questions=load_questions().postgres,
    )


def _results(as_of: date, overtaken: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """What became of each loan that was just taken in, as it is kept with its event."""
    [found] = run_kept([(_STANDS, {})])
    return {
        loan_no: {
            "as_of": as_of.isoformat(),
            "dpd": dpd,
            "bucket": bucket,
            "arrears": arrears,
            "case_id": case_id,
            "case_state": state,
            "treatment": treatment,
            "actions_cancelled": cancelled + overtaken.get(loan_no, 0),
        }
        for loan_no, dpd, bucket, arrears, case_id, state, treatment, cancelled in found.rows
    }


_STANDS = """
select s.loan_no, s.dpd, s.bucket, s.arrears, c.id, c.state, c.treatment,
       coalesce((select max((data ->> 'cancelled_actions')::integer) from change
                 where change.loan_no = s.loan_no and kind = 'closed'), 0)
from incoming s
left join lateral (
  select id, state, treatment from casework_case where loan_no = s.loan_no
  order by id desc limit 1) c on true
"""


def _settle(
    events: Sequence[Event],
    said: Mapping[int, Happening],
    results: Mapping[int, dict[str, Any]],
    refused: Mapping[int, str],
) -> None:
    """The done mark and the evidence of it."""
    moment = now()
    for event in events:
        event.done_at, event.error = moment, refused.get(event.pk, "")[:500]
        event.state = EventState.ASIDE if event.error else EventState.DONE
        if not event.error:
            event.result = results.get(event.pk, {})
            event.sealed = None
            personal = said[event.pk].personal
            event.payload = {k: v for k, v in event.payload.items() if k not in personal}
    _keep(events, moment)
    record_many(_record(event, moment) for event in events)


def _keep(events: Sequence[Event], moment: datetime) -> None:
    told = [
        {
            "id": event.pk,
            "state": event.state,
            "error": event.error,
            "result": event.result,
            "payload": event.payload,
        }
        for event in events
    ]
    with connection.cursor() as cursor:
        # One JSON text is quoted several times faster than five arrays.
        cursor.execute(
            "update event_inbox e set state = s.state, done_at = %s, error = s.error,"
            " result = s.result, payload = s.payload,"
            " sealed = case when s.state = 'aside' then e.sealed end"
            " from json_to_recordset(%s) as s"
            " (id bigint, state text, error text, result jsonb, payload jsonb) where e.id = s.id",
            [moment, json.dumps(told)],
        )


def _record(event: Event, moment: datetime) -> Record:
    return Record(
        kind=f"event.{event.state}",
        subject=event.loan_no,
        key=f"event:{event.key}:{event.state}:{moment.isoformat()}",
        actor=event.source,
        occurred_at=moment,
        payload={
            "event": event.pk,
            "kind": event.kind,
            "happened_at": event.happened_at.isoformat(),
            "error": event.error,
            "result": event.result,
        },
    )
