"""The printable statement of a loan."""

from __future__ import annotations

import re
import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from carrears.access.seeing import acts_for
from carrears.clock import now
from carrears.dayrun.loan_ledger import UnknownLoanError
from carrears.dayrun.statement_paper import hand_out_statement, keep_statement
from carrears.delinquency.reckoning.statement import LedgerDisagreementError
from carrears.evidence.services import sequence
from carrears.portfolio.services import BookError
from carrears.vault.stores import StoreError
from carrears.workbench.forms import StatementForm
from carrears.workbench.queries.case import cases_of_loan, product_of
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
    stem = re.sub(r"[^\w.-]+", "-", case.loan_no).strip(".-") or "loan"
    name = f"statement-{stem}-{told['on']}-{told['language']}.pdf"
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
