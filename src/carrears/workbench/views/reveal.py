from __future__ import annotations

import uuid

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.parties.blind import Kind
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.reveal import clear_value
from carrears.workbench.view_models.common import Sensitive
from carrears.workbench.views.gate import StaffRequest, staff


@require_POST
@staff("casework.work_case")
@stepped_up
def reveal(request: StaffRequest, loan_no: str, kind: str, ref: str) -> HttpResponse:
    """Show one masked value in clear to somebody who works the case, and record that."""
    cases_of_loan(request.user, loan_no)
    if kind not in set(Kind):
        raise Http404
    value = reveal_value(request.user, loan_no, kind, ref)
    sequence()
    return render(request, "workbench/_sensitive.html", {"value": Sensitive(value)})


@transaction.atomic
def reveal_value(user: User, loan_no: str, kind: str, ref: str) -> str:
    """One value in clear; that ``user`` saw it is recorded with it."""
    value = clear_value(loan_no, Kind(kind), ref)
    record(
        "person.revealed",
        subject=loan_no,
        payload={"loan_no": loan_no, "what": kind, "of": ref},
        actor=user.get_username(),
        key=f"reveal:{uuid.uuid4()}",
        occurred_at=now(),
    )
    return value
