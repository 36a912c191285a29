"""Hand out the proof bundle of a case: at once with hashes only, or prepared with its files."""

from __future__ import annotations

import re
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from carrears.bundles.models import PreparedBundle
from carrears.bundles.preparing import NotReadyError, TooLargeError, ask, read_prepared
from carrears.bundles.services import BundleError, make_bundle
from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.policy import PolicyError
from carrears.evidence.services import LogAlteredError, sequence
from carrears.signin.step_up import stepped_up
from carrears.vault.streaming import StreamAlteredError
from carrears.workbench.file_forms import OpenFileForm
from carrears.workbench.queries.bundle import bundle_page
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.views.gate import StaffRequest, is_part, staff

_FILES = "vault.view_storedobject"


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.view_case")
def bundle(request: StaffRequest, loan_no: str) -> HttpResponseBase:
    """What can be had and what was prepared; posting makes one or has one prepared."""
    case = _case(request, loan_no)
    if request.method == "POST":
        return _make(request, case)
    return _show(request, case, OpenFileForm())


@require_safe
@staff("casework.view_case")
@stepped_up
def fetch_bundle(request: StaffRequest, loan_no: str, token: UUID) -> HttpResponseBase:
    """A prepared bundle as a file, for whoever asked for it, until its hours are over."""
    case = _case(request, loan_no)
    prepared = PreparedBundle.objects.filter(case__loan_no=case.loan_no, by=request.user)
    asked = get_object_or_404(prepared.select_related("case"), pk=token)
    try:
        pieces = read_prepared(asked, by=request.user, at=now())
    except NotReadyError:
        messages.error(request, gettext("This bundle is not here any more; prepare it again."))
        return redirect("workbench:bundle", case.loan_no)
    except StreamAlteredError:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response.headers["Content-Length"] = str(asked.size)
    return _named(response, case)


@stepped_up
def _make(request: StaffRequest, case: Case) -> HttpResponseBase:
    if request.POST.get("with") == "files":
        return _ask(request, case)
    try:
        made = make_bundle(case.loan_no, by=request.user.get_username(), at=now())
    except BundleError:
        messages.error(request, gettext("Nothing about this loan is in the log yet."))
    except (LogAlteredError, PolicyError, OSError) as error:
        text = gettext("No bundle can be made: %(why)s") % {"why": error}
        messages.error(request, text)
    else:
        return _named(HttpResponse(made.data, content_type="application/zip"), case)
    return redirect("workbench:case", case.loan_no)


def _ask(request: StaffRequest, case: Case) -> HttpResponse:
    if not request.user.has_perm(_FILES):
        raise PermissionDenied
    form = OpenFileForm(request.POST)
    if form.is_valid():
        try:
            ask(case, by=request.user, at=now(), **form.cleaned_data)
        except TooLargeError:
            form.add_error(None, gettext("The files are too large to be prepared here."))
        except BundleError:
            form.add_error(None, gettext("Nothing about this loan is in the log yet."))
    if form.errors:
        return _show(request, case, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The bundle is being prepared."))
    return redirect("workbench:bundle", case.loan_no)


def _show(
    request: StaffRequest, case: Case, form: OpenFileForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    page = bundle_page(case.loan_no, request.user, with_files=request.user.has_perm(_FILES))
    context = {"page": page, "form": form, "section": "queue"}
    template = "_bundles.html" if is_part(request) else "bundle.html"
    return render(request, f"workbench/{template}", context, status=status)


def _case(request: StaffRequest, loan_no: str) -> Case:
    case: Case = cases_of_loan(request.user, loan_no)[0]  # whose case it is comes first: 404
    if not request.user.has_perm("evidence.make_bundle"):
        raise PermissionDenied
    return case


def _named(response: HttpResponseBase, case: Case) -> HttpResponseBase:
    name = re.sub(r"[^\w.-]+", "-", case.loan_no).strip(".-") or "case"
    response.headers["Content-Disposition"] = content_disposition_header(
        True, f"{name}.carrears.zip"
    )
    return response
