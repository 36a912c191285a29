from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.evidence.services import keep_verification, verify_log
from carrears.workbench.queries.evidence import evidence_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("evidence.view_entry")
def show_evidence(request: StaffRequest) -> HttpResponse:
    """The state of the log."""
    page = evidence_page(request.GET)
    return render(request, "workbench/evidence.html", {"page": page, "section": "evidence"})


@require_POST
@staff("evidence.view_entry")
def verify_evidence(request: StaffRequest) -> HttpResponse:
    """Check the whole log and keep what came of it."""
    verification = verify_log()
    keep_verification(verification, at=now())
    if verification.ok:
        messages.success(request, gettext("The whole log was checked."))
    else:
        messages.error(request, gettext("The log does not verify."))
    return redirect("workbench:evidence")
