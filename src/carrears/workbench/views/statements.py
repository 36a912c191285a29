"""The printable statement of a loan."""

from __future__ import annotations

import re
import uuid
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, override
from django.views.decorators.http import require_POST

from carrears.access.seeing import acts_for
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.clock import local_day, now
from carrears.dayrun.loan_ledger import UnknownLoanError
from carrears.dayrun.statement_again import Again, make_again
from carrears.dayrun.statement_paper import hand_out_statement, keep_statement
from carrears.delinquency.reckoning.statement import LedgerDisagreementError
from carrears.documents.statements import statements_made, told_of, vault_key
from carrears.evidence.services import record, sequence
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.parties.queries import open_parties
from carrears.portfolio.services import BookError
from carrears.vault.stores import StoreError
from carrears.workbench.forms import StatementForm
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.people import people_of
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.views.gate import StaffRequest, staff


@require_POST
@staff("casework.view_case")
def download_statement(request: StaffRequest, loan_no: str) -> HttpResponse:
    """What the loan owed on a day, as PDF, kept in the vault; that it was made is evidence.

    The borrower is named as the reader sees him on the case page.
    """
    case = cases_of_loan(request.user, loan_no)[0]
    form = StatementForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    told = form.cleaned_data
    sight, moment, key = sight_of(request.user, case), now(), str(uuid.uuid4())
    debtor, _ = people_of(
        case, sight, product_of(case), moment=moment, agency=acts_for(request.user)
    )
    try:
        pdf = hand_out_statement(
            case.loan_no,
            as_of=told["on"],
            known_on=told["known"],
            language=told["language"],
            borrower=debtor.name.text,
            by=request.user.get_username(),
            key=key,
            at=moment,
        )
    except (UnknownLoanError, BookError, LedgerDisagreementError):
        messages.error(request, gettext("There is no statement of this loan on that day."))
        return redirect("workbench:ledger", case.loan_no)
    name = f"statement-{_stem(case.loan_no)}-{told['on']}-{told['language']}.pdf"
    try:
        keep_statement(pdf, case=case, name=name, key=key, by=request.user, at=moment)
    except (StoreError, OSError):
        messages.error(request, gettext("The vault cannot be reached; nothing was kept."))
        return redirect("workbench:ledger", case.loan_no)
    sequence()
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _stem(loan_no: str) -> str:
    return re.sub(r"[^\w.-]+", "-", loan_no).strip(".-") or "loan"


@require_POST
@staff("casework.view_case")
def make_statement_again(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Work out a statement of which only the record is kept; what agrees with it is kept now.

    Then it is opened like any file, with a reason. What does not agree is not what was handed out,
    and nothing of it is kept.
    """
    case = cases_of_loan(request.user, loan_no)[0]
    entry = get_object_or_404(statements_made(case.loan_no), pk=pk)
    moment, told = now(), told_of(entry)
    try:
        again = make_again(entry, names=_names(case))
    except (UnknownLoanError, BookError, LedgerDisagreementError):
        messages.error(request, gettext("There is no statement of this loan on that day."))
        return redirect("workbench:files", case.loan_no)
    name = f"statement-{_stem(case.loan_no)}-{told['as_of']}-{told['language']}"
    made_on = local_day(entry.occurred_at, settings.TIME_ZONE)
    try:
        if again.agrees:
            keep_statement(
                again.pdf,
                case=case,
                name=f"{name}-made-{made_on}.pdf",
                key=vault_key(entry).removeprefix("statement:"),
                by=request.user,
                at=moment,
            )
    except (StoreError, OSError):
        messages.error(request, gettext("The vault cannot be reached; nothing was kept."))
        return redirect("workbench:files", case.loan_no)
    record(
        "loan.statement_again",
        subject=case.loan_no,
        key=f"loan.statement_again:{uuid.uuid4()}",
        actor=request.user.get_username(),
        occurred_at=moment,
        payload={"entry": entry.key, "sha256": again.sha256, "agrees": again.agrees},
    )
    sequence()
    _say(request, again)
    return redirect("workbench:files", case.loan_no)


def _names(case: Case) -> list[str]:
    """What may have stood for the borrower: his name in clear or masked, or that it is unknown."""
    data = open_parties([case.party_id])[case.party_id] if case.party_id else None
    clear = "" if data is None or data.erased_at else data.name
    names = [clear, mask(Kind.NAME, clear)] if clear else []
    for language in ("zh-hans", "en"):
        with override(language):
            names += [gettext("Name unknown"), gettext("Erased")]
    return names


def _say(request: StaffRequest, again: Again) -> None:
    told = {"then": again.handed_out[:12], "now": again.sha256[:12]}
    if again.agrees:
        said = gettext(
            "Worked out again it is the same, byte for byte (SHA-256 %(then)s…), and is kept now."
        )
        messages.success(request, said % told)
        return
    said = gettext(
        "Worked out again it is another (SHA-256 %(now)s…, not %(then)s…): the book knows more by"
        " now, or makes it otherwise. What was handed out is not kept; a new one is made from the"
        " ledger."
    )
    messages.warning(request, said % told)
