"""The files of a case in the vault: listed, added, opened for a reason, kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.access.seeing import acts_for
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.parties.vault import SubjectErasedError
from carrears.signin.step_up import stepped_up
from carrears.vault.errors import DestroyedError, NotOpenedError, TooLargeError, VaultError
from carrears.vault.holding import ask_to_lift, decide_lift, place_hold
from carrears.vault.models import LegalHold, Opening, Origin, StoredObject
from carrears.vault.opening import open_objects
from carrears.vault.queries import may_open, seen_by
from carrears.vault.serving import respond
from carrears.vault.sniffing import RefusedFileError
from carrears.vault.stores import StoreError
from carrears.vault.streaming import StreamAlteredError
from carrears.vault.uploading import take_upload
from carrears.workbench.file_forms import AddFileForm, HoldFileForm, OpenFileForm
from carrears.workbench.forms import ReasonForm
from carrears.workbench.labels import label_of
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.documents import documents_panel
from carrears.workbench.queries.files import files_page, opened_file
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("vault.view_storedobject")
def show_files(request: StaffRequest, loan_no: str) -> HttpResponse:
    """What the vault holds of a case."""
    cases_of_loan(request.user, loan_no)
    return _show(request, loan_no, _add_form(request))


@require_safe
@staff("vault.view_storedobject")
def show_documents(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Every document of a case, for the panel on its page."""
    panel = documents_panel(request.user, cases_of_loan(request.user, loan_no), request.GET)
    context = {"panel": panel, "open_form": OpenFileForm(auto_id=False)}
    return render(request, "workbench/_documents.html", context)


@require_POST
@staff("vault.add_storedobject")
def add_file(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Put a file into the vault."""
    case = cases_of_loan(request.user, loan_no)[0]
    form = _add_form(request, request.POST, request.FILES)
    if form.is_valid():
        sent: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            take_upload(
                sent,
                kind=form.cleaned_data["kind"],
                origin=form.cleaned_data.get("origin", Origin.AGENCY),
                case=case,
                name=sent.name or "",
                declared=sent.content_type or "",
                by=request.user,
                at=now(),
            )
        except RefusedFileError as error:
            form.add_error("file", str(label_of(error.why, "file_refused").text))
        except TooLargeError:
            form.add_error("file", gettext("The file is too large."))
        except SubjectErasedError:
            form.add_error("file", gettext("The debtor was erased; nothing new is kept about him."))
        except (StoreError, OSError):
            form.add_error("file", gettext("The vault cannot be reached; nothing was kept."))
    if form.errors:
        return _show(request, loan_no, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The file is in the vault."))
    return redirect("workbench:files", loan_no)


@require_POST
@staff("vault.view_storedobject")
@stepped_up
def open_file(request: StaffRequest, loan_no: str, token: UUID) -> HttpResponse:
    """Open a file for a reason; that is evidence."""
    stored, form = _stored(request, loan_no, token), OpenFileForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("A reason is needed."))
        return redirect("workbench:files", loan_no)
    try:
        opening = open_objects([stored], by=request.user, at=now(), **form.cleaned_data)
    except DestroyedError:
        messages.error(request, gettext("The file was destroyed."))
        return redirect("workbench:files", loan_no)
    sequence()
    return redirect("workbench:file", loan_no, token, opening.token)


@require_safe
@staff("vault.view_storedobject")
def show_file(request: StaffRequest, loan_no: str, token: UUID, opening: UUID) -> HttpResponse:
    """An opened file: shown, played, or to be saved."""
    stored = _stored(request, loan_no, token)
    found = get_object_or_404(Opening, pk=opening, by=request.user, objects_opened=stored)
    if now() >= found.until or stored.destroyed_at is not None:
        messages.error(request, gettext("The time for which it was opened is over."))
        return redirect("workbench:files", loan_no)
    context = {"page": opened_file(found, stored), "section": "queue", "loan_no": loan_no}
    return render(request, "workbench/file.html", context)


@require_safe
@staff("vault.view_storedobject")
def send_file(request: StaffRequest, loan_no: str, token: UUID, opening: UUID) -> HttpResponseBase:
    """The bytes of an opened file, or the range that a player asks for."""
    stored = _stored(request, loan_no, token)
    found = get_object_or_404(Opening, pk=opening, by=request.user)
    try:
        return respond(request, found, stored, at=now(), download="save" in request.GET)
    except NotOpenedError as error:
        raise PermissionDenied from error
    except (DestroyedError, SubjectErasedError):
        return HttpResponse(status=HTTPStatus.GONE)
    except (StreamAlteredError, StoreError):
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


@require_POST
@staff("vault.place_hold")
def hold_files(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Keep one file, or all of the loan, whatever its time."""
    cases_of_loan(request.user, loan_no)
    form, token = HoldFileForm(request.POST), request.POST.get("token", "")
    if not form.is_valid():
        messages.error(request, gettext("A reason is needed."))
        return redirect("workbench:files", loan_no)
    stored = None
    if token:
        tokens = {str(one.pk): one for one in StoredObject.objects.filter(loan_no=loan_no)}
        if (stored := tokens.get(token)) is None:
            raise PermissionDenied
    on = {"stored": stored} if stored else {"loan_no": loan_no}
    try:
        place_hold(**on, **form.cleaned_data, by=request.user, at=now())
    except VaultError:
        messages.error(request, gettext("The file was destroyed."))
    else:
        sequence()
        messages.success(request, gettext("It is kept until the hold is lifted."))
    return redirect("workbench:files", loan_no)


@require_POST
@staff("vault.lift_hold")
def lift_hold(request: StaffRequest, loan_no: str, pk: int, step: str) -> HttpResponse:
    """Ask that a hold be lifted, agree, or refuse."""
    cases_of_loan(request.user, loan_no)
    hold = get_object_or_404(LegalHold, pk=pk)
    if (hold.stored.loan_no if hold.stored else hold.loan_no) != loan_no:
        raise PermissionDenied
    form = ReasonForm(request.POST)
    try:
        if step != "ask":
            decide_lift(hold, agreed=step == "agree", by=request.user, at=now())
        elif form.is_valid():
            reason = form.cleaned_data["reason"]
            ask_to_lift(hold, note=reason, by=request.user, at=now())
        else:
            messages.error(request, gettext("A reason is needed."))
            return redirect("workbench:files", loan_no)
    except VaultError:
        messages.error(request, gettext("Another person has to decide, or has decided already."))
    else:
        sequence()
        messages.success(request, gettext("It is on record."))
    return redirect("workbench:files", loan_no)


def _stored(request: StaffRequest, loan_no: str, token: UUID) -> StoredObject:
    """A file of a case that the user may see, and whose kind he may open."""
    cases_of_loan(request.user, loan_no)
    found = seen_by(request.user, StoredObject.objects.filter(loan_no=loan_no))
    stored = get_object_or_404(found, pk=token)
    if not may_open(request.user, stored):
        raise PermissionDenied
    return stored


def _add_form(request: StaffRequest, *sent: Any) -> AddFileForm:
    """The form to add a file; who sent what somebody of an agency brings is not asked."""
    form = AddFileForm(*sent)
    if acts_for(request.user):
        del form.fields["origin"]
    return form


def _show(
    request: StaffRequest,
    loan_no: str,
    form: AddFileForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "page": files_page(request.user, loan_no),
        "form": form,
        "open_form": OpenFileForm(auto_id=False),
        "hold_form": HoldFileForm(auto_id=False),
        "section": "queue",
        "loan_no": loan_no,
    }
    return render(request, "workbench/files.html", context, status=status)
