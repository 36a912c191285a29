"""The computed figures of a case, under the keys its ``expect`` asks for."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from carrears.delinquency.ledger.cases.contract import build_contract, live_payouts
from carrears.delinquency.ledger.cases.days import by_range, delinquency, read_pauses
from carrears.delinquency.ledger.cases.reading import (
    Case,
    parse_day,
    parse_number,
    parse_whole,
)
from carrears.delinquency.ledger.cases.replay import replay_case
from carrears.delinquency.ledger.cases.state import Booked, Charge, Instalment, Loan
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import level_payment
from carrears.delinquency.ledger.waterfall import Component

CLOSED, OVERPAID, ACTIVE = "closed_obligations_met", "overpaid", "active"


def answer(case: Case) -> dict[str, Any]:
    """What the case's ``expect`` asks for, computed. Raises ``CaseError``.

    A key nothing is known about is null.
    """
    found: dict[str, Any] = {}
    asked = set(case.expect)
    if asked & {"pauses", "pause_log", "rejected"}:
        found |= _pauses(case)
    if "due_dates" in asked:
        rows = build_contract(case)
        found["due_dates"] = {
            number: rows[int(number) - 1].due_on.isoformat() for number in case.expect["due_dates"]
        }
    if asked - set(found):
        loan = replay_case(case)
        found |= _figures(case, loan)
        found |= _payments(case, loan) if "principal" in case.terms else {}
    return {name: found.get(name) for name in case.expect}


def _pauses(case: Case) -> dict[str, Any]:
    pauses, refused = read_pauses(case)
    log = [
        {
            "action": event.type,
            "start": event.day_of("start").isoformat(),
            "end": event.fields.get("end"),
        }
        for event in case.events
        if event.type in {"pause", "resume"}
    ]
    effective = [
        {
            "start": pause.start.isoformat(),
            "end": pause.end.isoformat(),
            "active": pause.start <= case.as_of <= pause.end,
        }
        for pause in pauses
    ]
    return {"pauses": effective, "pause_log": log, "rejected": refused}


def _figures(case: Case, loan: Loan) -> dict[str, Any]:
    """Sums, status, schedule, entries, charges and days past due."""
    is_paid_out = any(event.type == "disburse" for event in case.events)
    found = loan if is_paid_out else Loan(rows=[])  # nothing is owed before
    owed = sum(row.open_amount for row in found.rows)
    status = ACTIVE if owed else OVERPAID if loan.overpaid else CLOSED
    days = case.expect.get("delinquency") or []
    on = [parse_day(entry.get("on", case.as_of.isoformat()), "on") for entry in days]
    return {
        "schedule": schedule_rows(case, loan),
        "total": _total(case, loan),
        "transactions": [_entry(case, booked) for booked in loan.booked],
        "charges": [_charge(case, charge) for charge in _charge_order(loan)],
        "status": status,
        "outstanding": case.text(owed),
        "overpaid": case.text(loan.overpaid),
        "delinquency": [delinquency(case, found, day) for day in on],
        "installment_delinquency": by_range(case, found, case.as_of),
        "installment_outstanding": [
            {"due_date": row.due_on.isoformat(), "amount": case.text(row.open_amount)}
            for row in loan.rows
            if row.open_amount and row.due_on < case.as_of
        ],
    }


def _charge_order(loan: Loan) -> list[Charge]:
    return list(loan.charges)


def schedule_rows(case: Case, loan: Loan) -> list[dict[str, Any]]:
    """Payouts and instalments in order of day, with the balance running down."""
    rows: list[dict[str, Any]] = []
    payouts = _payouts(case)
    for row in loan.rows:
        if payouts and row.settled is None and not any(row.owed):
            row.settled = payouts[0][0]  # nothing was ever owed of it
    asked = case.expect.get("schedule") or [{"disbursement": True}]
    is_shown = any(row.get("disbursement") for row in asked)
    balance, next_payout = 0, 0
    for number, row in enumerate(loan.rows, start=1):
        before = [p for p in payouts[next_payout:] if _is_before(p[0], row)]
        next_payout += len(before)
        balance += sum(amount for _, amount in before)
        if is_shown:
            rows.extend(_payout_row(case, day, amount) for day, amount in before)
        balance += row.credited - row.owed[Component.PRINCIPAL]
        shown = balance if row.shown_balance is None else row.shown_balance
        rows.append(_row(case, row, number, shown))
    return _asked_rows(case, rows)


def _asked_rows(case: Case, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All rows, or those a case names where it says that it gives only some (``rows_given``)."""
    if not case.expect.get("rows_given"):
        return rows
    asked = {row.get("nr") for row in case.expect.get("schedule") or []}
    return [row for row in rows if row.get("nr") in asked]


def _payouts(case: Case) -> list[tuple[date, int]]:
    """Payouts by day; the one the terms foresee where none was made yet."""
    made = [(event.day, event.amount) for event in live_payouts(case.events)]
    if made or not case.terms.get("principal"):
        return made
    rows = build_contract(case)
    return [(rows[0].starts_on, case.money(case.terms["principal"], "terms: principal"))]


def _payout_row(case: Case, day: date, amount: int) -> dict[str, Any]:
    return {
        "disbursement": True,
        "date": day.isoformat(),
        "amount": case.text(amount),
        "fees": case.text(0),
    }


def _is_before(day: date, row: Instalment) -> bool:
    return day <= row.due_on if row.is_down_payment else day < row.due_on


def _row(case: Case, row: Instalment, number: int, balance: int) -> dict[str, Any]:
    owed, paid = row.owed, sum(row.paid)
    return {
        "nr": number,
        "days": (row.due_on - row.starts_on).days,
        "from": row.starts_on.isoformat(),
        "due_date": row.due_on.isoformat(),
        "paid_date": None if row.settled is None else row.settled.isoformat(),
        "balance": case.text(balance),
        "principal": case.text(owed[Component.PRINCIPAL]),
        "interest": case.text(owed[Component.INTEREST]),
        "fees": case.text(owed[Component.FEE]),
        "penalties": case.text(owed[Component.PENALTY]),
        "due": case.text(sum(owed)),
        "payment": case.text(sum(owed)),
        "paid": case.text(paid),
        "in_advance": case.text(row.in_advance),
        "late": case.text(row.late),
        "extra": case.text(row.extra),
        "waived": case.text(sum(row.waived)),
        "outstanding": case.text(row.open_amount),
    }


def _total(case: Case, loan: Loan) -> dict[str, Any]:
    def owed(component: Component) -> int:
        return sum(row.owed[component] for row in loan.rows)

    return {
        "principal": case.text(owed(Component.PRINCIPAL)),
        "interest": case.text(owed(Component.INTEREST)),
        "fees": case.text(owed(Component.FEE)),
        "penalties": case.text(owed(Component.PENALTY)),
        "due": case.text(sum(sum(row.owed) for row in loan.rows)),
        "paid": case.text(sum(sum(row.paid) for row in loan.rows)),
        "in_advance": case.text(sum(row.in_advance for row in loan.rows)),
        "late": case.text(sum(row.late for row in loan.rows)),
        "outstanding": case.text(sum(row.open_amount for row in loan.rows)),
    }


def _entry(case: Case, booked: Booked) -> dict[str, Any]:
    parts = booked.parts
    return {
        "date": booked.day.isoformat(),
        "type": booked.type,
        "amount": case.text(booked.amount),
        "principal": case.text(parts[Component.PRINCIPAL]),
        "interest": case.text(parts[Component.INTEREST]),
        "fees": case.text(parts[Component.FEE]),
        "penalties": case.text(parts[Component.PENALTY]),
        "overpayment": case.text(booked.overpaid),
        "balance": case.text(booked.balance),
        "reverted": booked.is_reverted,
    }


def _charge(case: Case, charge: Charge) -> dict[str, Any]:
    return {
        "name": None,
        "penalty": charge.component is Component.PENALTY,
        "due_date": charge.due_on.isoformat(),
        "due": case.text(charge.amount),
        "paid": case.text(charge.paid),
        "waived": case.text(charge.waived),
        "outstanding": case.text(charge.open_amount),
    }


def _payments(case: Case, loan: Loan) -> dict[str, Any]:
    """The level payment, the last one, and the sums over the term."""
    amounts = [sum(row.owed) for row in loan.rows]
    interest = sum(row.owed[Component.INTEREST] for row in loan.rows)
    rate = parse_number(case.terms.get("annual_rate_pct") or 0, "terms: annual_rate_pct") / 1200
    number = parse_whole(case.terms.get("installments"), "terms: installments")
    found: dict[str, Any] = {
        "payment": case.text(amounts[0]) if amounts else None,
        "last_payment": case.text(amounts[-1]) if amounts else None,
        "total_interest": case.text(interest),
    }
    if number:
        principal = case.money(case.terms["principal"], "terms: principal")
        exact = level_payment(principal, [rate] * number) * number / 10**case.scale
        found["total_payment_rounded"] = str(round_to(Fraction(exact), rounding=Rounding.HALF_UP))
    return found
