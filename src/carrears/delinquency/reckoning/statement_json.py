"""A statement as JSON has it: amounts in minor units, days and rates as texts.

Exact interest is a fraction of minor units, ``"130/3"``; ``"43.333333"`` beside it is for the eye.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from carrears.delinquency.ledger.entries import RATE_SCALE
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.steps import Run
from carrears.delinquency.reckoning.statement import (
    LoanStatement,
    MovedDue,
    Portion,
    StatementEntry,
    StatementInstalment,
)
from carrears.money import exponent
from carrears.portfolio.products import Part

ROUNDING = "half_up"
_PLACES = 6
_MILLIONTHS = Decimal("0.000001")


def statement_json(statement: LoanStatement) -> dict[str, Any]:
    """The statement: the position's figures with terms, and instalments and entries in full."""
    figures = statement.position.as_json()
    return figures | {
        "terms": _terms(statement),
        "instalments": [
            plain | _instalment(one, statement)
            for plain, one in zip(figures["instalments"], statement.instalments, strict=True)
        ],
        "entries": [
            plain | _entry(one)
            for plain, one in zip(figures["entries"], statement.entries, strict=True)
        ],
        "taken_back": [
            {"number": one.number, "day": one.day.isoformat(), "amount": one.amount}
            for one in statement.taken_back
        ],
    }


def yearly(units: int) -> str:
    """A rate of hundred-millionths a year as a fraction: 18 % is ``0.18``."""
    return f"{(Decimal(units) / RATE_SCALE).normalize():f}"


def decimals(exact: Fraction) -> str:
    """An exact amount with six decimals."""
    return f"{(Decimal(exact.numerator) / exact.denominator).quantize(_MILLIONTHS):f}"


def exact_major(minor: Fraction, currency: str) -> str:
    """Exact minor units in major ones, with six places more than the currency has."""
    scaled = round_to(minor * 10**_PLACES, rounding=Rounding.HALF_EVEN)
    return f"{Decimal(scaled).scaleb(-_PLACES - exponent(currency)):f}"


def _terms(statement: LoanStatement) -> dict[str, Any]:
    product = statement.terms
    penalty, allocation = product.penalty, product.allocation
    return {
        "contract_rate": f"{statement.contract_rate.normalize():f}",
        "surcharge": None if penalty.surcharge is None else str(penalty.surcharge),
        "penalty_rate": yearly(statement.penalty_rate),
        "year_days": penalty.year_days,
        "compound": penalty.compound,
        "penalty_grace_days": penalty.grace_days,
        "penalty_grace_counts": penalty.grace_counts.value,
        "pause_stops_penalty": penalty.stops_in_pause,
        "charge_off_stops_penalty": penalty.stops_at_charge_off,
        "grace_days": product.grace_days,
        "grace_counts": product.grace_counts.value,
        "allocation": {
            "style": allocation.style,
            "order": [part.value for part in allocation.order],
            "advance": allocation.advance,
        },
        "payoff_interest": product.payoff_interest,
        "payoff_unearned": product.payoff_unearned,
        "rounding": ROUNDING,
    }


def _instalment(one: StatementInstalment, statement: LoanStatement) -> dict[str, Any]:
    return {
        "days": one.days,
        "scheduled": {part.value: amount for part, amount in one.scheduled.items()},
        "changes": [{"entry": number} | _portion(portion) for number, portion in one.changes],
        "paid_by": [
            {"entry": number, "day": day.isoformat()} | _portion(portion)
            for number, day, portion in one.paid_by
        ],
        "interest_runs": [_run(run, statement) for run in one.runs],
        "interest_in_grace": [_run(run, statement) for run in one.waiting],
        "accrued": {
            part.value: {"exact": str(exact), "decimals": decimals(exact)}
            for part, exact in one.accrued.items()
        },
        "payoff": {
            "rest": one.asked.rest,
            "interest": one.asked.interest,
            "earned": one.asked.earned,
            "given_back": one.asked.given_back,
            "days": one.asked.days,
            "of_days": one.asked.of_days,
        },
    }


def _run(run: Run, statement: LoanStatement) -> dict[str, Any]:
    bases = {
        Part.PENALTY: (run.principal, run.penalty),
        Part.COMPOUND: (run.interest, run.compound),
    }
    return {
        "start": run.start.isoformat(),
        "until": run.until.isoformat(),
        "days": run.days,
        "paused": run.paused,
        "rate": yearly(run.rate),
        "year_days": statement.terms.penalty.year_days,
    } | {
        part.value: {"base": base, "exact": str(exact), "decimals": decimals(exact)}
        for part, (base, exact) in bases.items()
        if base
    }


def _entry(one: StatementEntry) -> dict[str, Any]:
    return {
        "told": one.told,
        "left": one.left,
        "used": one.used,
        "until": one.until.isoformat() if one.until else None,
        "due_moved": _moved(one.moved),
        "portions": [_portion(portion) for portion in one.portions],
    }


def _moved(moved: MovedDue | None) -> dict[str, Any] | None:
    if moved is None:
        return None
    return {"seq": moved.seq, "was": moved.was.isoformat(), "now": moved.now.isoformat()}


def _portion(portion: Portion) -> dict[str, Any]:
    return {
        "seq": portion.seq,
        "due_on": portion.due_on.isoformat(),
        "timing": portion.timing.name.lower(),
        "part": portion.part.value,
        "column": portion.column.value,
        "amount": portion.amount,
    }
