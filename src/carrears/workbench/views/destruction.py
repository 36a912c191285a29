"""What agencies have to destroy: what is awaited, what was stated, and the certificate."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from carrears.agencies.certificate import write_certificate
from carrears.agencies.destruction import (
    STATE,
    VIEW,
    agency_of,
    awaited,
    state_destroyed,
    statements_of,
)
from carrears.agencies.own_certificate import Paper, read_paper
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.signin.step_up import stepped_up
from carrears.vault.errors import TooLargeError
from carrears.vault.sniffing import RefusedFileError
from carrears.workbench.labels import label_of
from carrears.workbench.views.gate import StaffRequest, staff

_SHOWN = 20
# What the service may answer, in its words, so that it can be said in the reader's.
REFUSALS = (gettext_noop("say how it was destroyed"), gettext_noop("choose what is awaited of you"))


class DestructionForm(forms.Form):
    """How it was destroyed, and that it was."""

    method = forms.ChoiceField(
        label=_("Method"),
        choices=(
            ("erased", _("data erased, copies and back-ups included")),
            ("shredded", _("papers and media destroyed")),
            ("both", _("data erased, papers and media destroyed")),
        ),
    )
    paper = forms.FileField(
        label=_("Your own certificate"),
        required=False,
        max_length=200,
        help_text=_("Such as the shredder's, as PDF or picture; it is kept in the vault."),
    )
    is_stated = forms.BooleanField(
        label=_("I state for our agency that all data of the chosen placements is destroyed.")
    )


@require_safe
@staff(VIEW)
def show_destruction(request: StaffRequest) -> HttpResponse:
    """What is awaited and what was stated: of one's own agency, or for the house of all."""
    return _show(request, DestructionForm())


@require_POST
@staff(STATE)
@stepped_up
def state(request: StaffRequest) -> HttpResponse:
    """State that the data of the chosen placements is destroyed."""
    form = DestructionForm(request.POST, request.FILES)
    chosen = [int(one) for one in request.POST.getlist("placement") if one.isdecimal()]
    if form.is_valid():
        try:
            state_destroyed(
                chosen,
                method=form.cleaned_data["method"],
                paper=_paper(form.cleaned_data["paper"]),
                by=request.user,
                at=now(),
            )
        except CaseworkError as error:
            form.add_error(None, gettext(str(error)))
        except RefusedFileError as error:
            form.add_error("paper", str(label_of(error.why, "file_refused").text))
        except TooLargeError:
            form.add_error("paper", gettext("The file is too large."))
        else:
            sequence()
            messages.success(request, gettext("It is stated."))
            return redirect("workbench:destruction")
    return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_safe
@staff(VIEW)
def download_certificate(request: StaffRequest, pk: int) -> HttpResponse:
    """A statement as PDF, in the reader's language."""
    agency = agency_of(request.user)
    with as_house():  # it names placements that are over
        made = get_object_or_404(statements_of(agency), pk=pk)
        language = "en" if get_language() == "en" else "zh"
        pdf = write_certificate(made, language="en" if language == "en" else "zh")
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"destruction-{pk}.pdf"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


@require_safe
@staff(VIEW)
def download_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The certificate that the agency sent; that it was read is evidence."""
    agency = agency_of(request.user)
    with as_house():
        made = get_object_or_404(statements_of(agency), pk=pk)
        if made.certificate is None:
            raise Http404
        content = b"".join(read_paper(made, by=request.user, at=now()))
        media_type = made.certificate.media_type
    sequence()
    response = HttpResponse(content, content_type=media_type)
    name = f"destruction-{pk}-paper"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _paper(sent: UploadedFile[bytes] | None) -> Paper | None:
    if sent is None or sent.file is None:
        return None
    return Paper(sent.file, sent.name or "", sent.content_type or "")


def _show(
    request: StaffRequest, form: DestructionForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    agency = agency_of(request.user)
    with as_house():  # what was placed with it and is no more
        waiting = awaited(agency, at=now())
        stated = list(statements_of(agency).prefetch_related("lines")[:_SHOWN])
    context = {
        "waiting": waiting,
        "overdue": sum(one.overdue for one in waiting),
        "stated": stated,
        "form": form,
        "is_house": agency is None,
    }
    return render(request, "workbench/destruction.html", context, status=status)
