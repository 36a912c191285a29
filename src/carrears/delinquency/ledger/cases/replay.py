"""Replay a case's events in the order of the days they count for.

Each run starts from the contract. Undone events do not count; what they had done before they
were undone is taken from a run of what was entered until then. A charge counts from the start
unless the case's notes say from its due date or its day of entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from carrears.delinquency.ledger.cases.allocation import Rules, pay, read_rules
from carrears.delinquency.ledger.cases.contract import (
    build_contract,
    is_progressive,
    live_payouts,
)
from carrears.delinquency.ledger.cases.credits import extra_row, give_back
from carrears.delinquency.ledger.cases.plan import Line
from carrears.delinquency.ledger.cases.reading import (
    Case,
    CaseError,
    Event,
    parse_day,
    parse_number,
)
from carrears.delinquency.ledger.cases.restructure import reage, reamortize
from carrears.delinquency.ledger.cases.state import (
    COMPONENTS,
    Booked,
    Charge,
    Instalment,
    Loan,
    find_charge,
    settle,
)
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.waterfall import Component

PAYMENTS = {
    "down_payment",
    "repayment",
    "goodwill_credit",
    "payout_refund",
    "merchant_issued_refund",
    "charge_adjustment",
    "interest_payment_waiver",
    "recovery_repayment",
}
UNDOES = {
    "undo_charge_off": "charge_off",
    "undo_reage": "reage",
    "undo_reamortize": "reamortize",
    "undo_waive": "waive_charge",
    "undo_write_off": "write_off",
    "undo_payoff": "payoff",
}
SILENT = {"pause", "resume", "undo", "undo_disburse_last", "undo_disburse_all", "reschedule"}
NAMES = {
    "disburse": "disbursement",
    "charge_off": "charge-off",
    "reage": "re-age",
    "reamortize": "re-amortize",
    "waive_charge": "waive_loan_charges",
    "write_off": "close_(as_written-off)",
    "payoff": "repayment",
}


def replay_case(case: Case) -> Loan:
    """The loan after all events. Raises ``CaseError`` where an event is not understood."""
    loan = run(case, case.events)
    booked = {entry.event: entry for entry in loan.booked}
    for index, event in enumerate(case.events):
        for target in undone_by(case.events, index):
            before = run(case, case.events[:index])
            found = [entry for entry in before.booked if entry.event == target]
            for entry in found:
                entry.is_reverted = True
                booked[target] = entry
        if event.type not in SILENT | PAYMENTS | set(UNDOES) | set(ACTIONS) | {"charge"}:
            raise CaseError(f"event {event.id}: not known: {event.type}")
    order = {event.id: (event.day, index) for index, event in enumerate(case.events)}
    loan.booked = sorted(booked.values(), key=lambda entry: order[entry.event])
    return loan


def undone_by(events: tuple[Event, ...], index: int) -> list[str]:
    """The ids of the events that the event at ``index`` takes back."""
    event = events[index]
    if event.type == "undo" or (event.type in UNDOES and event.fields.get("target")):
        return [str(event.fields.get("target"))]
    if event.type in UNDOES:
        same = [e.id for e in events[:index] if e.type == UNDOES[event.type]]
        return same[-1:]
    return []


def run(case: Case, events: tuple[Event, ...]) -> Loan:
    """One run of the events entered so far."""
    undone = {target for index in range(len(events)) for target in undone_by(events, index)}
    gone = _undisbursed(events) | undone
    live = [event for event in events if event.id not in gone]
    loan = Loan(rows=_first_rows(case, events))
    counts = "given" if is_taken_as_given(case) else _charges_count(case)
    if counts == "start":
        for event in live:
            if event.type == "charge":
                add_charge(loan, case, event)
    late = counts in {"due", "entry"}
    steps = [e for e in live if e.type not in SILENT and (e.type != "charge" or late)]
    steps.sort(key=lambda event: _step_order(event, counts))
    rules = read_rules(case)
    for event in steps:
        if event.type == "charge":
            add_charge(loan, case, event)
        elif event.type in PAYMENTS:
            _receive(loan, case, event, rules)
        elif event.type in ACTIONS:
            ACTIONS[event.type](loan, case, event, rules)
    return loan


def is_taken_as_given(case: Case) -> bool:
    """Whether the due amounts are those of the asserted table.

    So where the case says that nobody recomputed them and the peer worked interest out anew on
    each payment.
    """
    recalculated = case.terms.get("interest_recalculation") not in {None, "none"}
    rows = case.expect.get("schedule") or []
    return case.is_given and recalculated and any("due" in row for row in rows)


def _first_rows(case: Case, events: tuple[Event, ...]) -> list[Instalment]:
    if not is_taken_as_given(case):
        return [_instalment(line) for line in build_contract(case, _known_first(case, events))]
    start = min((event.day for event in events if event.type == "disburse"), default=case.as_of)
    rows = []
    for raw in case.expect["schedule"]:
        if raw.get("disbursement"):
            continue
        due = parse_day(raw.get("due_date"), "expect: schedule: due_date")
        named = ("fees", "penalties", None, "interest", "principal")
        owed = [case.money(raw.get(name) or 0, str(name)) if name else 0 for name in named]
        rows.append(Instalment(starts_on=start, due_on=due, owed=owed))
        start = due
    return rows


def _known_first(case: Case, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """What a progressive schedule starts from: the first payout, and what came before the next."""
    payouts = live_payouts(events)
    later = payouts[1:2] if is_progressive(case) else []
    return events[: events.index(later[0])] if later else events


def _step_order(event: Event, counts: str) -> date:
    if event.type == "charge" and counts == "due":
        return parse_day(event.fields.get("due_date"), f"event {event.id}: due_date")
    return event.day


def _charges_count(case: Case) -> str:
    """From when a charge counts, as the notes of the case say."""
    if "charge counts from its due date" in case.notes:
        return "due"
    is_entry = "charge counts from its day of entry" in case.notes
    return "entry" if is_entry else "start"


def _undisbursed(events: tuple[Event, ...]) -> set[str]:
    """Ids of payouts taken back, with the automatic down payments they brought."""
    gone: set[str] = set()
    for index, event in enumerate(events):
        if event.type not in {"undo_disburse_last", "undo_disburse_all"}:
            continue
        before = [e for e in events[:index] if e.id not in gone]
        payouts = [e for e in before if e.type == "disburse"]
        if event.type == "undo_disburse_all":
            gone.update(e.id for e in before if e.type != "charge")
        elif payouts:
            last = payouts[-1]
            gone.add(last.id)
            later = before[before.index(last) :]
            gone.update(e.id for e in later if e.type == "down_payment" and e.fields.get("auto"))
    return gone


def _instalment(line: Line) -> Instalment:
    return Instalment(
        starts_on=line.starts_on,
        due_on=line.due_on,
        owed=[0, 0, 0, line.interest, line.principal],
        is_down_payment=line.is_down_payment,
        extra=line.extra,
        shown_balance=line.balance,
    )


def _book(loan: Loan, event: Event, *, amount: int, parts: list[int], overpaid: int = 0) -> None:
    loan.booked.append(
        Booked(
            event=event.id,
            type=NAMES.get(event.type, event.type),
            day=event.day,
            amount=amount,
            parts=parts,
            overpaid=overpaid,
            balance=loan.principal,
        )
    )


def _receive(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    """Money comes in; an automatic down payment asks only for what is open of it that day."""
    amount = event.amount
    if event.type == "down_payment" and event.fields.get("auto") and is_progressive(case):
        amount = min(amount, _open_down_payment(case, event))
        if amount == 0:
            return
    parts, left = pay(loan, amount, day=event.day, rules=rules, kind=event.type)
    loan.overpaid += left
    _book(loan, event, amount=amount, parts=parts, overpaid=left)


def _open_down_payment(case: Case, event: Event) -> int:
    """What the down payments of the day owed when the event was entered."""
    events = case.events[: case.events.index(event)]
    rows = run(case, events).rows
    return sum(row.open_amount for row in rows if row.is_down_payment and row.due_on == event.day)


def _disburse(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    """Money goes out; what was overpaid before pays what is owed now."""
    loan.paid_out += event.amount
    if is_progressive(case) and loan.paid_out > event.amount:
        _extend(loan, case, event)
    if loan.overpaid:
        amount, loan.overpaid = loan.overpaid, 0
        _, left = pay(loan, amount, day=event.day, rules=rules, kind="repayment")
        loan.overpaid = left
    _book(loan, event, amount=event.amount, parts=_none())


def _extend(loan: Loan, case: Case, event: Event) -> None:
    """Give the rows what a later payout makes of them; what was paid stays."""
    events = case.events[: case.events.index(event) + 1]
    rows = {(row.due_on, row.is_down_payment): row for row in loan.rows if not row.is_additional}
    for line in build_contract(case, events):
        row = rows.get((line.due_on, line.is_down_payment))
        if row is None:
            loan.rows.append(_instalment(line))
        else:
            row.owed[Component.PRINCIPAL] = line.principal + row.credited
            row.owed[Component.INTEREST] = line.interest
            settle(row, event.day)
    loan.sort()


def _payoff(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    """All that is owed is paid."""
    del case
    amount = event.amount or sum(row.open_amount for row in loan.rows)
    parts, left = pay(loan, amount, day=event.day, rules=rules, kind="repayment")
    loan.overpaid += left
    _book(loan, event, amount=amount, parts=parts, overpaid=left)


def _credit(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    """A chargeback or a refund of overpaid money."""
    del rules
    parts, covered = give_back(loan, case, event)
    _book(loan, event, amount=event.amount, parts=parts, overpaid=covered)


def _close(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    """Charge off or write off: all that is owed is booked, nothing is paid."""
    del case, rules
    parts = [sum(row.open_part(c) for row in loan.rows) for c in Component]
    _book(loan, event, amount=sum(parts), parts=parts)
    loan.booked[-1].balance = 0
    loan.is_closed_by = event.type


def _waive(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    """What is open of a charge is waived."""
    del case, rules
    charge = find_charge(loan, str(event.fields.get("target")))
    part = charge.open_amount
    row = loan.rows[charge.row]
    charge.waived += part
    row.waived[charge.component] += part
    settle(row, min(event.day, charge.due_on))
    _book(loan, event, amount=part, parts=_none())
    loan.booked[-1].day = min(event.day, charge.due_on)


def _reage(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    del rules
    moved = reage(loan, case, event)
    _book(loan, event, amount=moved, parts=[0, 0, 0, 0, moved])
    loan.booked[-1].balance = 0


def _reamortize(loan: Loan, case: Case, event: Event, rules: Rules) -> None:
    del rules
    moved = reamortize(loan, case, event)
    _book(loan, event, amount=moved, parts=[0, 0, 0, 0, moved])
    loan.booked[-1].balance = 0


def _none() -> list[int]:
    return [0] * len(Component)


ACTIONS: dict[str, Callable[[Loan, Case, Event, Rules], None]] = {
    "disburse": _disburse,
    "payoff": _payoff,
    "chargeback": _credit,
    "credit_balance_refund": _credit,
    "charge_off": _close,
    "write_off": _close,
    "waive_charge": _waive,
    "reage": _reage,
    "reamortize": _reamortize,
}


def add_charge(loan: Loan, case: Case, event: Event) -> None:
    """Put a charge on the instalment whose period holds its due date, or on an extra one."""
    due = event.day_of("due_date")
    name = str(event.fields.get("component") or "fee")
    if name not in COMPONENTS:
        raise CaseError(f"event {event.id}: component: not known: {name}")
    place = _place_of(loan, due)
    row = loan.rows[place]
    amount = event.amount or _share(loan, event)
    row.owed[COMPONENTS[name]] += amount
    loan.charges.append(
        Charge(event=event.id, component=COMPONENTS[name], due_on=due, amount=amount, row=place)
    )
    settle(row, due)
    del case


def _share(loan: Loan, event: Event) -> int:
    """A charge given as a share of the loan's principal and interest."""
    percent = event.fields.get("percent_of_principal_plus_interest")
    if percent is None:
        return 0
    parts = (Component.PRINCIPAL, Component.INTEREST)
    base = sum(row.owed[part] for row in loan.rows for part in parts)
    share = parse_number(percent, f"event {event.id}: percent") / 100
    return round_to(base * share, rounding=Rounding.HALF_EVEN)


def _place_of(loan: Loan, due: date) -> int:
    """The instalment that takes a charge; a down payment takes none."""
    regular = [
        place
        for place, row in enumerate(loan.rows)
        if not (row.is_additional or row.is_down_payment)
    ]
    for place in regular:
        if due <= loan.rows[place].due_on:
            return place
    return extra_row(loan, due)
