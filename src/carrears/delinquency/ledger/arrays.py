"""The flat arrays the kernel reads and writes: one book, or one loan.

Loans lie one after the other; ``*_start`` gives where each loan's part begins, with one entry
more than there are loans (the Arrow list layout). Days are int32 days since 1970-01-01 (Arrow
``date32``), money int64 minor units, yearly rates int64 hundred-millionths. -1 means none.

Input (``BookArrays``):

========================  =========  ===========================================================
array                     type       meaning
========================  =========  ===========================================================
``terms_no``              int32[n]   row of the terms table the loan goes by
``penalty_rate``          int64[n]   yearly rate that overdue principal bears
``due_start``             int64[n+1] where its instalments begin
``due_from``, ``due_on``  int32[m]   first day of the instalment's period, and its due date
``due_principal``         int64[m]   and ``due_interest``, ``due_fee``: what falls due
``event_start``           int64[n+1] where its entries begin; sorted by day, then as entered
``event_day``             int32[k]   the day the entry counts for
``event_known``           int32[k]   the day it became known
``event_kind``            int8[k]    ``entries.Kind``
``event_amount``          int64[k]   amount (RESTATE: principal, RESTATE_FEE: fee;
                                     PENALTY_RATE: the rate)
``event_interest``        int64[k]   RESTATE: interest; else 0
``event_ref``             int32[k]   place within the loan of the instalment (RESTATE,
                                     RESTATE_FEE, MOVE_DUE) or of the entry that REVERSAL takes
                                     back; WAIVER: the component
``event_until``           int32[k]   PAUSE: its end; RESTATE, MOVE_DUE: the new due date
========================  =========  ===========================================================

Terms table (``TermsArrays``), a row per product: what else ``entries.LoanTerms`` holds, the
waterfall as ``band_timings`` int8[t, 15] (0 ends the list) and ``band_order`` int8[t, 15, 5].

Output (``Standing``): per loan ``arrears``, ``overdue``, ``outstanding`` int64[n, 5] by
``waterfall.Component``, ``oldest_due``, ``dpd``, ``paused_days`` int32[n], ``credit``, ``payoff``
int64[n]; ``due_total`` (fell due, less what was waived), ``paid_ahead`` (beyond it), ``behind``
(instalments), ``next_due`` and ``next_amount`` (all that falls due that day); ``habits``
int32[n, 8] by ``habits.HABITS``, NO_DELAY for none. With ``detail`` also per instalment
``owed``, ``paid``, ``waived`` int64[m + n, 5], ``row_due`` and ``row_paid_on`` (day of the last
payment into it) int32[m + n]; per entry ``moved`` int64[k, 5], the money it allocated; else these
are empty. Loan i's instalments lie at ``due_start[i] + i``: each loan has one more row
for what falls due after its schedule.

Loans do not know of each other: a book larger than memory is fed some hundred thousand loans at
a time, with the offsets of each part beginning at 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carrears.delinquency.ledger.entries import (
    Account,
    Due,
    Entry,
    GraceRule,
    Kind,
    LoanTerms,
    PayoffInterest,
    replay_order,
)
from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.ledger.waterfall import Advance, Component

Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

EPOCH = date(1970, 1, 1).toordinal()
MAX_BANDS = 15
NO_DELAY = -(2**31)  # none of the days or counts of ``habits``
ADVANCES = tuple(Advance)
GRACE_RULES = tuple(GraceRule)
PAYOFF_RULES = tuple(PayoffInterest)
OF_A_ROW = frozenset({Kind.MOVE_DUE, Kind.RESTATE, Kind.RESTATE_FEE})


class TermsArrays(NamedTuple):
    """The terms table: a row per product, by the names of ``entries.LoanTerms``."""

    band_timings: Int8
    band_order: Int8
    by_row: Int8
    advance: Int8
    penalty_year_days: Int64
    penalty_grace_days: Int32
    penalty_grace_rule: Int8
    grace_days: Int32
    grace_rule: Int8
    materiality_minor: Int64
    materiality_millionths: Int64
    compound: Int8
    pause_stops_penalty: Int8
    pause_stops_days: Int8
    charge_off_stops_penalty: Int8
    payoff_interest: Int8
    gives_back_unearned: Int8
    dpd_components: Int8  # [t, 5], 1 where the component counts


class BookArrays(NamedTuple):
    """Loans, instalments and entries, as the module describes."""

    terms_no: Int32
    penalty_rate: Int64
    due_start: Int64
    due_from: Int32
    due_on: Int32
    due_principal: Int64
    due_interest: Int64
    due_fee: Int64
    event_start: Int64
    event_day: Int32
    event_known: Int32
    event_kind: Int8
    event_amount: Int64
    event_interest: Int64
    event_ref: Int32
    event_until: Int32


class Standing(NamedTuple):
    """How each loan stands, as the module describes."""

    arrears: Int64
    overdue: Int64
    outstanding: Int64
    oldest_due: Int32
    dpd: Int32
    paused_days: Int32
    credit: Int64
    payoff: Int64
    due_total: Int64
    paid_ahead: Int64
    behind: Int32
    next_due: Int32
    next_amount: Int64
    habits: Int32
    owed: Int64
    paid: Int64
    waived: Int64
    row_due: Int32
    row_paid_on: Int32
    moved: Int64


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def empty_standing(book: BookArrays, *, detail: bool = False, days: int = 1) -> Standing:
    """The output arrays of a book, zeroed; those by instalment and entry only with ``detail``.

    Of several days, those of the first day's loans come first.
    """
    loans = len(book.terms_no) * days
    rows = len(book.due_on) + len(book.terms_no) if detail else 0
    parts = len(Component)
    return Standing(
        arrears=np.zeros((loans, parts), np.int64),
        overdue=np.zeros((loans, parts), np.int64),
        outstanding=np.zeros((loans, parts), np.int64),
        oldest_due=np.full(loans, -1, np.int32),
        dpd=np.zeros(loans, np.int32),
        paused_days=np.zeros(loans, np.int32),
        credit=np.zeros(loans, np.int64),
        payoff=np.zeros(loans, np.int64),
        due_total=np.zeros(loans, np.int64),
        paid_ahead=np.zeros(loans, np.int64),
        behind=np.zeros(loans, np.int32),
        next_due=np.full(loans, -1, np.int32),
        next_amount=np.zeros(loans, np.int64),
        habits=np.zeros((loans, len(HABITS)), np.int32),
        owed=np.zeros((rows, parts), np.int64),
        paid=np.zeros((rows, parts), np.int64),
        waived=np.zeros((rows, parts), np.int64),
        row_due=np.zeros(rows, np.int32),
        row_paid_on=np.full(rows, -1, np.int32),
        moved=np.zeros((len(book.event_day) if detail else 0, parts), np.int64),
    )


def split_standing(standing: Standing, *, days: int) -> list[Standing]:
    """The standing of each of the days of ``empty_standing``."""
    loans = len(standing.dpd) // days
    return [
        Standing._make(column[day * loans : (day + 1) * loans] for column in standing)
        for day in range(days)
    ]


def pack_terms(table: Sequence[LoanTerms]) -> TermsArrays:
    """The terms table of some terms, in their order.

    Raises ``ValueError`` where a waterfall has more than ``MAX_BANDS`` bands.
    """
    timings = np.zeros((len(table), MAX_BANDS), np.int8)
    orders = np.full((len(table), MAX_BANDS, len(Component)), -1, np.int8)
    for no, terms in enumerate(table):
        if len(terms.waterfall.bands) > MAX_BANDS:
            raise ValueError(f"a waterfall has at most {MAX_BANDS} bands")
        for place, band in enumerate(terms.waterfall.bands):
            timings[no, place] = band.timings
            orders[no, place, : len(band.order)] = band.order

    def column(name: str, kind: type[np.signedinteger]) -> NDArray[np.signedinteger]:
        return np.array([int(getattr(terms, name)) for terms in table], kind)

    return TermsArrays(
        band_timings=timings,
        band_order=orders,
        by_row=np.array([terms.waterfall.by_row for terms in table], np.int8),
        advance=np.array([ADVANCES.index(t.waterfall.advance) for t in table], np.int8),
        penalty_year_days=column("penalty_year_days", np.int64),
        penalty_grace_days=column("penalty_grace_days", np.int32),
        penalty_grace_rule=column("penalty_grace_rule", np.int8),
        grace_days=column("grace_days", np.int32),
        grace_rule=column("grace_rule", np.int8),
        materiality_minor=column("materiality_minor", np.int64),
        materiality_millionths=column("materiality_millionths", np.int64),
        compound=column("compound", np.int8),
        pause_stops_penalty=column("pause_stops_penalty", np.int8),
        pause_stops_days=column("pause_stops_days", np.int8),
        charge_off_stops_penalty=column("charge_off_stops_penalty", np.int8),
        payoff_interest=column("payoff_interest", np.int8),
        gives_back_unearned=column("gives_back_unearned", np.int8),
        dpd_components=np.array(
            [[c in terms.dpd_components for c in Component] for terms in table], np.int8
        ),
    )


def pack_book(accounts: Sequence[Account]) -> tuple[BookArrays, TermsArrays]:
    """The arrays of some loans, each with a terms row of its own."""
    dues = [due for account in accounts for due in account.schedule]
    events = [event for account in accounts for event in _sorted_events(account)]

    def starts(lengths: Sequence[int]) -> Int64:
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    book = BookArrays(
        terms_no=np.arange(len(accounts), dtype=np.int32),
        penalty_rate=np.array([account.terms.penalty_rate for account in accounts], np.int64),
        due_start=starts([len(account.schedule) for account in accounts]),
        due_from=np.array([day_number(due.starts_on) for due in dues], np.int32),
        due_on=np.array([day_number(due.due_on) for due in dues], np.int32),
        due_principal=np.array([due.principal for due in dues], np.int64),
        due_interest=np.array([due.interest for due in dues], np.int64),
        due_fee=np.array([due.fee for due in dues], np.int64),
        event_start=starts([len(account.entries) for account in accounts]),
        event_day=np.array([day_number(e.day) for e, _ in events], np.int32),
        event_known=np.array([day_number(e.known_on or e.day) for e, _ in events], np.int32),
        event_kind=np.array([e.kind for e, _ in events], np.int8),
        event_amount=np.array([e.amount for e, _ in events], np.int64),
        event_interest=np.array([e.interest for e, _ in events], np.int64),
        event_ref=np.array([ref for _, ref in events], np.int32),
        event_until=np.array(
            [-1 if e.until is None else day_number(e.until) for e, _ in events], np.int32
        ),
    )
    return book, pack_terms([account.terms for account in accounts])


def unpack_account(book: BookArrays, *, loan: int, terms: LoanTerms) -> Account:
    """One loan of a book as the twin reads it; its own penalty rate stands in for ``terms``'."""
    rows = range(int(book.due_start[loan]), int(book.due_start[loan + 1]))
    events = range(int(book.event_start[loan]), int(book.event_start[loan + 1]))
    return Account(
        terms=replace(terms, penalty_rate=int(book.penalty_rate[loan])),
        schedule=tuple(
            Due(
                starts_on=_day(book.due_from[row]),
                due_on=_day(book.due_on[row]),
                principal=int(book.due_principal[row]),
                interest=int(book.due_interest[row]),
                fee=int(book.due_fee[row]),
            )
            for row in rows
        ),
        entries=tuple(_entry(book, event) for event in events),
    )


def _entry(book: BookArrays, event: int) -> Entry:
    kind, ref, until = Kind(book.event_kind[event]), int(book.event_ref[event]), book.event_until
    return Entry(
        kind=kind,
        day=_day(book.event_day[event]),
        known_on=_day(book.event_known[event]),
        amount=int(book.event_amount[event]),
        interest=int(book.event_interest[event]),
        row=ref if kind in OF_A_ROW else -1,
        target=ref if kind is Kind.REVERSAL else -1,
        component=Component(ref) if kind is Kind.WAIVER else Component.PENALTY,
        until=None if until[event] < 0 else _day(until[event]),
    )


def _day(number: np.int32) -> date:
    return date.fromordinal(EPOCH + int(number))


def _sorted_events(account: Account) -> list[tuple[Entry, int]]:
    """The entries in order of replay, with what each refers to."""
    order = replay_order(account.entries)
    place_of = {place: index for index, place in enumerate(order)}
    events = []
    for place in order:
        entry = account.entries[place]
        ref = entry.row
        if entry.kind is Kind.REVERSAL:
            ref = place_of[entry.target]
        elif entry.kind is Kind.WAIVER:
            ref = int(entry.component)
        events.append((entry, ref))
    return events
