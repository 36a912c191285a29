"""The ledger in plain Python: the definition, and the oracle of the kernel.

``replay`` takes the entries of one loan in the order of the days they count for. Before each
entry the overdue instalments bear penalty and compound interest up to its day; then the entry
does what it says. Late entries therefore change everything after their day, penalties too
(frappe/lending#1150, apache/fineract#4452 kept the old ones).

What did we know on day K about day E: ``as_of`` = E, ``known_on`` = K. Entries known later do
not count; neither do those that count for a later day. A reversal makes its target never have
counted, from the day the reversal is known; its own day must not lie before its target's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.accrual import Accrued, Pauses, accrue
from carrears.delinquency.ledger.entries import (
    Account,
    Entry,
    GraceRule,
    Kind,
    LoanTerms,
    PayoffInterest,
    replay_order,
)
from carrears.delinquency.ledger.habits import (
    PaymentHabits,
    delay_of,
    looked_back,
    payment_habits,
)
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.steps import Asked, Column, Step
from carrears.delinquency.ledger.waterfall import Component, Portion, Row, allocate

MILLION = 1_000_000
CHARGED = {
    Kind.FEE: Component.FEE,
    Kind.PENALTY_CHARGE: Component.PENALTY,
    Kind.CHARGEBACK: Component.PRINCIPAL,
}
RESTATEMENTS = frozenset({Kind.MOVE_DUE, Kind.RESTATE, Kind.RESTATE_FEE})
NEW_FIGURES = {
    Kind.MOVE_DUE: (),
    Kind.RESTATE: (Component.PRINCIPAL, Component.INTEREST),
    Kind.RESTATE_FEE: (Component.FEE,),
}


@dataclass(slots=True)
class Position:
    """How a loan stands on a day. The last row is for what falls due after the schedule.

    ``overdue`` sums what fell due before the day, ``arrears`` also what falls due on it;
    ``payoff`` is what settles the loan that day, less what is overpaid; ``trace`` gives the
    portions of each entry by its place. ``due_total`` is what fell due, less what was waived,
    ``paid_ahead`` the money beyond it; ``behind`` counts instalments; ``next_amount`` is all that
    falls due on ``next_due_on``. ``paid_from`` has of each row the day from which on it, and every
    row before it, makes the loan behind no more; None where it may still. ``steps``, ``accrued``
    (by row) and ``asked`` are what the figures are made of.
    """

    as_of: date
    rows: list[Row]
    order: list[int]
    credit: int = 0
    trace: dict[int, list[Portion]] = field(default_factory=dict)
    arrears: list[int] = field(default_factory=list)
    overdue: list[int] = field(default_factory=list)
    outstanding: list[int] = field(default_factory=list)
    oldest_due_on: date | None = None
    dpd: int = 0
    paused_days: int = 0
    payoff: int = 0
    due_total: int = 0
    paid_ahead: int = 0
    behind: int = 0
    next_due_on: date | None = None
    next_amount: int = 0
    paid_from: list[date | None] = field(default_factory=list)
    habits: PaymentHabits = field(default_factory=PaymentHabits)
    steps: list[Step] = field(default_factory=list)
    accrued: list[Accrued] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


@dataclass(slots=True)
class _Replay:
    """The moving parts of a replay."""

    terms: LoanTerms
    rows: list[Row]
    accrued: list[Accrued]
    order: list[int]
    rate: int
    since: date
    paid_from: list[date | None]
    pauses: Pauses = field(default_factory=Pauses)
    credit: int = 0
    is_accruing: bool = True
    entry: int = -1
    steps: list[Step] = field(default_factory=list)

    def note(self, place: int, component: Component, column: Column, amount: int) -> None:
        """Add what the running entry did to a component of the row at ``place``."""
        if amount:
            due_on = self.rows[place].due_on
            self.steps.append(Step(self.entry, place, component, column, amount, due_on))


def replay(account: Account, *, as_of: date, known_on: date | None = None) -> Position:
    """How the loan stands at the end of ``as_of``, by what was known on ``known_on``."""
    state = _start(account)
    trace: dict[int, list[Portion]] = {}
    known = known_on or date.max
    void = void_entries(account.entries, known_on=known)
    for place in replay_order(account.entries):
        entry = account.entries[place]
        if entry.day > as_of or (entry.known_on or entry.day) > known or place in void:
            continue
        _accrue_to(state, entry.day)
        state.entry = place
        portions = _apply(state, entry)
        _note_paid(state, entry.day)
        if portions:
            trace[place] = portions
    _accrue_to(state, as_of)
    return _position(state, as_of=as_of, trace=trace)


def void_entries(entries: tuple[Entry, ...], *, known_on: date) -> set[int]:
    """Places of the entries taken back; a reversal that was itself reversed takes back nothing."""
    void: set[int] = set()
    for place in reversed(replay_order(entries)):
        entry = entries[place]
        is_known = (entry.known_on or entry.day) <= known_on
        if entry.kind is Kind.REVERSAL and is_known and place not in void:
            void.add(entry.target)
    return void


def _start(account: Account) -> _Replay:
    rows = [
        Row(
            starts_on=due.starts_on,
            due_on=due.due_on,
            owed=[due.fee, 0, 0, due.interest, due.principal],
        )
        for due in account.schedule
    ]
    end = max((row.due_on for row in rows), default=date.min)
    rows.append(Row(starts_on=end, due_on=end))
    state = _Replay(
        terms=account.terms,
        rows=rows,
        accrued=[Accrued() for _ in rows],
        order=list(range(len(rows))),
        rate=account.terms.penalty_rate,
        since=date.min,
        paid_from=[None] * len(rows),
    )
    _sort(state)
    _note_paid(state, date.min)
    return state


def _accrue_to(state: _Replay, day: date) -> None:
    if state.is_accruing:
        for row, accrued in zip(state.rows, state.accrued, strict=True):
            accrue(
                row,
                accrued,
                since=state.since,
                until=day,
                terms=state.terms,
                rate=state.rate,
                pauses=state.pauses,
            )
    state.since = day
    _note_paid(state, day)


def _note_paid(state: _Replay, day: date) -> None:
    """Note from which day on the rows at the head of the order have been paid without a gap."""
    in_order = [state.rows[place] for place in state.order]
    unpaid = next(unpaid_rows(in_order, state.terms), None)
    is_paid = True
    for place in state.order:
        is_paid = is_paid and state.rows[place] is not unpaid
        state.paid_from[place] = (state.paid_from[place] or day) if is_paid else None


def _apply(state: _Replay, entry: Entry) -> list[Portion]:
    """Do what the entry says; the portions of money it moved."""
    if entry.kind is Kind.PAYMENT:
        return _pay(state, entry.amount, day=entry.day)
    if entry.kind in CHARGED:
        _charge(state, entry)
        return _use_credit(state, day=entry.day)
    if entry.kind in RESTATEMENTS:
        _restate(state, entry)
        return _use_credit(state, day=entry.day)
    if entry.kind is Kind.WAIVER:
        _waive(state, entry)
    elif entry.kind is Kind.REFUND:
        state.credit -= min(entry.amount, state.credit)
    else:
        _change_terms(state, entry)
    return []


def _change_terms(state: _Replay, entry: Entry) -> None:
    """What an entry without money changes; a reversal's target was left out from the start."""
    if entry.kind is Kind.PAUSE:
        state.pauses.add(entry.day, entry.until or entry.day)
    elif entry.kind is Kind.RESUME:
        state.pauses.stop(entry.day)
    elif entry.kind is Kind.PENALTY_RATE:
        state.rate = entry.amount
    elif entry.kind is Kind.CHARGE_OFF:
        state.is_accruing = not state.terms.charge_off_stops_penalty


def _pay(state: _Replay, amount: int, *, day: date) -> list[Portion]:
    in_order = [state.rows[place] for place in state.order]
    portions, left = allocate(in_order, amount, day=day, waterfall=state.terms.waterfall)
    state.credit += left
    paid = [Portion(state.order[p.row], p.component, p.amount) for p in portions]
    for portion in paid:
        state.note(portion.row, portion.component, Column.PAID, portion.amount)
    return paid


def _use_credit(state: _Replay, *, day: date) -> list[Portion]:
    amount, state.credit = state.credit, 0
    return _pay(state, amount, day=day)


def _charge(state: _Replay, entry: Entry) -> None:
    """Put a charge on the first instalment due on its day or later, else on the last row."""
    last = len(state.rows) - 1
    place = next((i for i in state.order if i != last and state.rows[i].due_on >= entry.day), last)
    row = state.rows[place]
    if place == last and sum(row.owed) == 0:
        row.due_on = entry.day
        _sort(state)
    component = CHARGED[entry.kind]
    row.owed[component] += entry.amount
    if component is Component.PENALTY:
        state.accrued[place].charged += entry.amount
    state.note(place, component, Column.OWED, entry.amount)


def _waive(state: _Replay, entry: Entry) -> None:
    amount = entry.amount
    for place in state.order:
        row = state.rows[place]
        part = min(amount, max(0, row.open_part(entry.component)))
        row.waived[entry.component] += part
        state.note(place, entry.component, Column.WAIVED, part)
        amount -= part


def _restate(state: _Replay, entry: Entry) -> None:
    row = state.rows[entry.row]
    if entry.kind is not Kind.RESTATE_FEE:
        row.due_on = entry.until or row.due_on
    for component in NEW_FIGURES[entry.kind]:
        owed = entry.interest if component is Component.INTEREST else entry.amount
        state.note(entry.row, component, Column.OWED, owed - row.owed[component])
        row.owed[component] = owed
        # What was paid beyond the new figure is money in hand again.
        back = min(row.paid[component], max(0, -row.open_part(component)))
        row.paid[component] -= back
        unwaived = max(0, -row.open_part(component))
        row.waived[component] -= unwaived
        state.note(entry.row, component, Column.PAID, -back)
        state.note(entry.row, component, Column.WAIVED, -unwaived)
        state.credit += back
    _sort(state)


def _sort(state: _Replay) -> None:
    state.order.sort(key=lambda place: (state.rows[place].due_on, place))


def _position(state: _Replay, *, as_of: date, trace: dict[int, list[Portion]]) -> Position:
    def total(rows: list[Row]) -> list[int]:
        return [sum(row.open_part(c) for row in rows) for c in Component]

    due = [row for row in state.rows if row.due_on <= as_of]
    late = [row for row in due if row.due_on < as_of]
    in_order = [state.rows[place] for place in state.order if state.rows[place].due_on <= as_of]
    unpaid = [row.due_on for row in unpaid_rows(in_order, state.terms)]
    oldest = min(unpaid, default=None)
    coming = [row for row in state.rows if row.due_on > as_of]
    next_due_on = min((row.due_on for row in coming if sum(row.owed) > 0), default=None)
    paused, asked = state.pauses.total(as_of), _asked(state, as_of)
    return Position(
        as_of=as_of,
        rows=state.rows,
        order=state.order,
        credit=state.credit,
        trace=trace,
        arrears=total(due),
        overdue=total(late),
        outstanding=total(state.rows),
        oldest_due_on=oldest,
        dpd=_days_past_due(oldest, as_of=as_of, terms=state.terms, paused=paused),
        paused_days=paused,
        payoff=sum(one.rest + one.interest - one.given_back for one in asked) - state.credit,
        due_total=sum(sum(row.owed) - sum(row.waived) for row in due),
        paid_ahead=sum(sum(row.paid) for row in coming) + state.credit,
        behind=len(unpaid),
        next_due_on=next_due_on,
        next_amount=sum(sum(row.owed) for row in coming if row.due_on == next_due_on),
        paid_from=state.paid_from,
        habits=_habits(state, as_of),
        steps=state.steps,
        accrued=state.accrued,
        asked=asked,
    )


def _habits(state: _Replay, as_of: date) -> PaymentHabits:
    """The habits of paying the schedule; the last row is none of its instalments."""
    began, new_from = looked_back(as_of)
    components, delays = state.terms.dpd_components, []
    for place in reversed(state.order):
        row, paid_from = state.rows[place], state.paid_from[place]
        is_instalment = place < len(state.rows) - 1 and any(row.owed[c] for c in components)
        if is_instalment and paid_from and began < row.due_on <= as_of:
            delays.append(delay_of(row.due_on, paid_from))
    return payment_habits(delays, is_new=state.rows[0].starts_on > new_from)


def unpaid_rows(due: Iterable[Row], terms: LoanTerms) -> Iterator[Row]:
    """The due rows, in their order, by which the shortfall exceeds both tolerances.

    The shortfall sums up from row to row, so that many small ones do not pass unseen; as the
    screen counts.
    """
    short = 0
    for row in due:
        short += sum(row.open_part(c) for c in terms.dpd_components)
        whole = sum(row.owed[c] for c in terms.dpd_components)
        exceeds = short * MILLION > terms.materiality_millionths * whole
        if whole > 0 and short > terms.materiality_minor and exceeds:
            yield row


def _days_past_due(oldest: date | None, *, as_of: date, terms: LoanTerms, paused: int) -> int:
    age = 0 if oldest is None else (as_of - oldest).days
    if terms.grace_rule is GraceRule.FROM_GRACE:
        age = max(0, age - terms.grace_days)
    elif age <= terms.grace_days:
        age = 0
    return max(0, age - paused) if terms.pause_stops_days else age


def _asked(state: _Replay, day: date) -> list[Asked]:
    """What settles each instalment; a period starts no earlier than the one before it ends."""
    asked, before = [], date.min
    for place in state.order:
        row = state.rows[place]
        asked.append(_asked_of(place, row, max(before, row.starts_on), day, state.terms))
        before = row.due_on
    return asked


def _asked_of(place: int, row: Row, starts_on: date, day: date, terms: LoanTerms) -> Asked:
    """What one instalment adds to a payoff: all of it, but interest only as far as it is earned."""
    rest = row.open_amount - row.open_part(Component.INTEREST)
    earned, days, of_days = row.owed[Component.INTEREST], 0, 0
    if row.due_on > day and terms.payoff_interest is not PayoffInterest.ALL:
        if starts_on >= day:
            earned = 0
        elif terms.payoff_interest is PayoffInterest.ELAPSED:
            days, of_days = (day - starts_on).days, (row.due_on - starts_on).days
            earned = round_to(Fraction(earned * days, of_days), rounding=Rounding.HALF_UP)
    settled = row.paid[Component.INTEREST] + row.waived[Component.INTEREST]
    back = 0
    if row.due_on > day and terms.gives_back_unearned:
        back = min(row.paid[Component.INTEREST], max(0, settled - earned))
    return Asked(
        row=place,
        rest=rest,
        interest=max(0, earned - settled),
        earned=earned,
        given_back=back,
        days=days,
        of_days=of_days,
    )
