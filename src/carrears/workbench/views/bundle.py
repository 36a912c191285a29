"""Hand out the proof bundle of a case."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from carrears.bundles.services import BundleError, make_bundle
from carrears.clock import now
from carrears.evidence.policy import PolicyError
from carrears.evidence.services import LogAlteredError
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.views.gate import StaffRequest, staff


@require_POST
@staff("casework.view_case")
@stepped_up
def download_bundle(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The bundle as a file; that it was made, and by whom, is evidence."""
    case = cases_of_loan(request.user, loan_no)[0]  # whose case it is comes first: 404
    if not request.user.has_perm("evidence.make_bundle"):
        raise PermissionDenied
    try:
        made = make_bundle(case.loan_no, by=request.user.get_username(), at=now())
    except BundleError:
        messages.error(request, gettext("Nothing about this loan is in the log yet."))
    except (LogAlteredError, PolicyError, OSError) as error:
        text = gettext("No bundle can be made: %(why)s") % {"why": error}
        messages.error(request, text)
    else:
        response = HttpResponse(made.data, content_type="application/zip")
        name = re.sub(r"[^\w.-]+", "-", case.loan_no).strip(".-") or "case"
        response.headers["Content-Disposition"] = content_disposition_header(
            True, f"{name}.carrears.zip"
        )
        return response
    return redirect("workbench:case", case.loan_no)
