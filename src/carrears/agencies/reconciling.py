"""An agency's invoice against our statement, line by line: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from carrears.agencies.commission import CommissionLine


class Verdict(StrEnum):
    """What became of a line of an invoice; MISSING is one of ours that it does not claim."""

    AGREED = "agreed"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    TWICE = "twice"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A line of an invoice; minor units. ``payment_no`` may be empty."""

    row_no: int
    loan_no: str
    paid_on: date
    amount: int
    commission: int
    payment_no: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim and the line of ours that it is about, of which one may be lacking."""

    verdict: Verdict
    claim: Claim | None
    ours: CommissionLine | None


def reconcile(
    ours: Sequence[CommissionLine],
    claims: Iterable[Claim],
    *,
    claimed_before: AbstractSet[tuple[str, str]],
) -> list[Finding]:
    """Each claim with its line, and each line that nobody claims.

    ``claimed_before`` are loan and payment of lines of earlier invoices. Claims that name their
    payment find it by that; the others by loan and day, first that of the very amount.
    """
    known: dict[str, list[CommissionLine]] = {}
    free: dict[str, list[CommissionLine]] = {}
    for line in ours:
        known.setdefault(line.loan_no, []).append(line)
        if (line.loan_no, line.payment_no) not in claimed_before:
            free.setdefault(line.loan_no, []).append(line)
    found = []
    for claim in _most_certain_first(claims, free):
        mine = _line_for(claim, free.get(claim.loan_no, ()))
        if mine is not None:
            free[claim.loan_no].remove(mine)
            same = (claim.amount, claim.commission) == (mine.amount, mine.commission)
            found.append(Finding(Verdict.AGREED if same else Verdict.DIFFERS, claim, mine))
            continue
        again = _line_for(claim, known.get(claim.loan_no, ()))
        found.append(Finding(Verdict.TWICE if again else Verdict.UNKNOWN, claim, again))
    found.sort(key=lambda one: one.claim.row_no if one.claim else 0)
    return found + [
        Finding(Verdict.MISSING, None, line) for lines in free.values() for line in lines
    ]


def _most_certain_first(
    claims: Iterable[Claim], free: Mapping[str, Sequence[CommissionLine]]
) -> list[Claim]:
    """Those that name their payment, then those of the very amount, then the others."""

    def doubt(claim: Claim) -> tuple[int, int]:
        line = _line_for(claim, free.get(claim.loan_no, ()))
        is_exact = line is not None and line.amount == claim.amount
        return (0 if claim.payment_no else 1 if is_exact else 2), claim.row_no

    return sorted(claims, key=doubt)


def _line_for(claim: Claim, of_loan: Sequence[CommissionLine]) -> CommissionLine | None:
    if claim.payment_no:
        return next((one for one in of_loan if one.payment_no == claim.payment_no), None)
    of_day = [
        one
        for one in of_loan
        if one.paid_on == claim.paid_on and (one.amount < 0) == (claim.amount < 0)
    ]
    return next((one for one in of_day if one.amount == claim.amount), next(iter(of_day), None))
