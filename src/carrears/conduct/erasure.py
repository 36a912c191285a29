"""Erase a person at his word, unless something has to be kept; he stays on the list.

PIPL art. 47 lets a person have his data erased when its purpose is reached, unless a period that
the law sets for keeping runs on; then it is only stored. While a loan runs, its parties are
needed to perform the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, CloseReason, Hold
from carrears.clock import local_day
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.forgetting import forget_words, strike_out
from carrears.conduct.models import DoNotContact
from carrears.conduct.retention import keep_until
from carrears.conduct.services import ConductError, Scope, bar_contact, bar_index
from carrears.conduct.striking import loans_of
from carrears.conduct.vault_keeping import active_days
from carrears.evidence.services import record
from carrears.parties.erasing import erase_person
from carrears.parties.models import LoanParty, Party, Role
from carrears.parties.words import commit_words
from carrears.portfolio.models import Snapshot
from carrears.portfolio.products import load_products
from carrears.vault.destruction import destroy_of_person, files_of, kept_at_least
from carrears.vault.holding import holds_on

Why = Literal[
    "open_case",
    "hold",
    "complaint",
    "dispute",
    "loan_runs",
    "charged_off",
    "retention",
    "file",
    "file_held",
]
# Whoever owes or answers for a loan is party to it; a contact person (联系人) is not.
_CONTESTED = frozenset({"legal", "complaint", "dispute"})
_PARTIES = frozenset({Role.OBLIGOR, Role.CO_OBLIGOR, Role.GUARANTOR})


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a person has to be kept: for which loan, until when if that is known, by what."""

    why: Why
    loan_no: str
    until: date | None = None
    citation: str = ""

    def __str__(self) -> str:
        until = f" until {self.until}" if self.until else ""
        by = f" ({self.citation})" if self.citation else ""
        return f"{_WORDS[self.why]}, loan {self.loan_no}{until}{by}"


_WORDS: dict[Why, str] = {
    "open_case": "a case is open",
    "complaint": "a complaint is open",
    "dispute": "a dispute is open",
    "hold": "collection is held for a reason that is not settled",
    "loan_runs": "the loan has not ended",
    "charged_off": "the loan was charged off, and what is owed remains",
    "retention": "the law has it kept",
    "file": "the law has a file in the vault kept",
    "file_held": "a file in the vault is held",
}


class KeptError(ConductError):
    """The person is not erased; ``grounds`` say why, and nothing was changed."""

    def __init__(self, grounds: list[Ground]) -> None:
        super().__init__("; ".join(map(str, grounds)))
        self.grounds = grounds


def grounds_to_keep(party: Party, *, on: date) -> list[Ground]:
    """All that stands in the way of erasing a person on a day, as far as the system knows it."""
    roles: dict[str, set[str]] = {}
    for loan_no, role in LoanParty.objects.filter(party=party).values_list("loan_no", "role"):
        roles.setdefault(loan_no, set()).add(role)
    bound = {loan_no for loan_no, told in roles.items() if told & _PARTIES}
    cases = list(Case.objects.filter(loan_no__in=roles).order_by("pk"))
    grounds = [
        Ground("hold", hold.case.loan_no if hold.case else "", hold.until_on)
        for hold in _live_holds(party, cases, on)
        if hold.case is None or hold.case.loan_no in bound or hold.reason in _CONTESTED
    ]
    complaints = Complaint.objects.filter(
        Q(party=party) | Q(loan_no__in=roles, loan_no__gt=""), closed_at=None
    )
    grounds += [
        Ground("complaint", loan_no)
        for loan_no in sorted(set(complaints.values_list("loan_no", flat=True)))
    ]
    disputes = Dispute.objects.filter(party=party, closed_at=None)
    grounds += [
        Ground("dispute", loan_no)
        for loan_no in sorted(set(disputes.values_list("loan_no", flat=True)))
    ]
    # The file of a loan that was only reminded keeps nobody; the loan does while it runs.
    open_cases = {case.loan_no for case in cases if case.state == CaseState.OPEN}
    grounds += [Ground("open_case", loan_no) for loan_no in sorted(bound & open_cases)]
    grounds += _of_loans(bound - open_cases, cases, on)
    owed = {loan_no for loan_no, told in roles.items() if Role.OBLIGOR in told}
    grounds += _of_files(party, owed, on)
    return grounds


@transaction.atomic
def erase_subject(party: Party, *, reason: str, by: User | None, at: datetime) -> bool:
    """Erase a person, and bar him and each of his numbers and addresses for good.

    What he was written, what staff noted of his cases and his files in the vault go with him;
    attempts, verdicts and evidence stay, which hold tokens. False: he was erased before.

    Raises:
        ConductError: no reason.
        KeptError: something has to be kept.
    """
    if not reason.strip():
        raise ConductError("a reason is needed")
    # Whoever books a contact takes this row first, and a tape's import before it writes.
    party = Party.objects.select_for_update().get(pk=party.pk)
    if party.erased_at is not None:
        return False
    if grounds := grounds_to_keep(party, on=local_day(at, settings.TIME_ZONE)):
        raise KeptError(grounds)
    _erase(party, reason=reason.strip()[:120], by=by, at=at)
    return True


@transaction.atomic
def erase_again(party: Party, *, at: datetime) -> bool:
    """Erase a person who was erased before and whom a backup brought back, whatever it says of him.

    What stood in the way was judged when he was erased. False: he is erased here too.
    """
    party = Party.objects.select_for_update().get(pk=party.pk)
    if party.erased_at is not None:
        return False
    _erase(party, reason="erased before, and brought back by a backup", by=None, at=at)
    return True


def _erase(party: Party, *, reason: str, by: User | None, at: datetime) -> None:
    files = destroy_of_person(party, loans_of(party).owed, by=by, at=at)
    struck_out = strike_out(party)  # while it still opens what he is called
    had = erase_person(party, by=by, at=at) or []
    today = local_day(at, settings.TIME_ZONE)
    days: dict[str, Any] = {"from_on": today, "until_on": None, "by": by, "at": at}
    bar_contact(party, reason=DoNotContact.ERASED, **days)
    for index, index_key in had:
        bar_index(index, index_key=index_key, reason=DoNotContact.ERASED, scope=Scope(), **days)
    notes = forget_words(party)
    key = erased_key(party)
    # Why he was erased has to outlive him: it is the house's, and names nobody that it need not.
    said = commit_words(key, {"reason": reason}, party=None)
    record(
        "person.erased",
        subject=str(party.token),
        payload={
            "party": str(party.token),
            "numbers_and_addresses": len(had),
            "notes": notes,
            "struck_out": struck_out,
            "files": files,
            **said,
        },
        actor=by.get_username() if by else "",
        key=key,
        occurred_at=at,
    )


def erased_key(party: Party) -> str:
    """The key of the evidence of an erasure, beside which its reason lies."""
    return f"erased:{party.token}"


def _live_holds(party: Party, cases: list[Case], on: date) -> list[Hold]:
    mine = Q(case__in=cases) | Q(case=None, party=party)
    holds = Hold.objects.filter(mine, lifted_on=None).select_related("case")
    return [hold for hold in holds if hold.until_on is None or hold.until_on >= on]


def _of_loans(loan_nos: set[str], cases: list[Case], on: date) -> Iterator[Ground]:
    """What keeps the parties of loans without an open case: the loan, the claim, the law."""
    closed = {case.loan_no: case for case in cases}  # the newest of each
    book = _in_the_book(loan_nos)
    laws = load_products(Path(settings.CARREARS_HOME))
    for loan_no in sorted(loan_nos):
        case, loan = closed.get(loan_no), book.get(loan_no)
        if case is None and loan is None:
            continue  # nothing is known of a contract
        ended, why = (loan.ended_on, loan.why) if loan else (None, "")
        if case is not None and (loan is None or ended is None):
            over = case.close_reason in {CloseReason.PAID_OFF, CloseReason.CHARGED_OFF}
            ended, why = (case.closed_on if over else None), case.close_reason
        if ended is None:
            yield Ground("loan_runs", loan_no)
            continue
        if why == CloseReason.CHARGED_OFF:
            yield Ground("charged_off", loan_no)
            continue
        product = loan.product if loan else ""
        law = case.jurisdiction if case else laws[product].jurisdiction
        if kept := keep_until(ended, jurisdiction=law, on=on):
            yield Ground("retention", loan_no, kept.until, kept.duty.citation)


def _of_files(party: Party, owed: set[str], on: date) -> Iterator[Ground]:
    """What of his in the vault has to be kept; of each loan, the file that is kept longest."""
    files = list(files_of(party, owed))
    active = active_days({one.loan_no for one in files}, on)
    longest: dict[str, Ground] = {}
    for one in files:
        until, citation = kept_at_least(one, on=on, active_on=active.get(one.loan_no))
        known = longest.get(one.loan_no)
        if until and on <= until and not (known and known.until and known.until >= until):
            longest[one.loan_no] = Ground("file", one.loan_no, until, citation)
    yield from longest.values()
    held = {hold.stored.loan_no if hold.stored else hold.loan_no for hold in holds_on(files)}
    yield from (Ground("file_held", loan_no) for loan_no in sorted(held))


@dataclass(frozen=True, slots=True)
class _Loan:
    product: str
    ended_on: date | None
    why: str


def _in_the_book(loan_nos: set[str]) -> dict[str, _Loan]:
    """These loans as the newest snapshot has them."""
    newest = Snapshot.objects.order_by("as_of", "revision").last()
    if newest is None or not loan_nos:
        return {}
    with duckdb.connect() as session:
        rows = session.execute(
            "select loan_no, product, closed_on, closed_reason from read_parquet(?)"
            " where loan_no in (select unnest(?::text[]))",
            [str(Path(newest.folder) / "loans.parquet"), sorted(loan_nos)],
        ).fetchall()
    return {number: _Loan(product, ended, why or "") for number, product, ended, why in rows}
