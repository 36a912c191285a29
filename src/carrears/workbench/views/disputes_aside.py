"""Correct a dispute, or hardship, that an event told and that could not be raised: raise it."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from carrears.casework.seeing import sees_everything
from carrears.conduct.dispute_models import Dispute
from carrears.inbox.correcting import correct_dispute, correct_hardship
from carrears.inbox.kinds import MalformedEventError
from carrears.inbox.models import Event, EventState
from carrears.inbox.services import currency_of
from carrears.money import MoneyError, to_minor
from carrears.portfolio.services import BookError
from carrears.workbench.dispute_forms import AsideForm, HardshipAsideForm
from carrears.workbench.queries.disputes_aside import DEAL, why_aside
from carrears.workbench.views.gate import StaffRequest, staff


@require_POST
@staff(DEAL)
def raise_aside(request: StaffRequest, pk: int) -> HttpResponse:
    """Raise a dispute with the kind and the amount that are given now, or hold for hardship."""
    if not sees_everything(request.user):
        raise Http404
    event = get_object_or_404(Event, pk=pk, kind__in=("dispute", "hardship"))
    is_dispute = event.kind == "dispute"
    form = AsideForm(request.POST) if is_dispute else HardshipAsideForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("What was told makes no sense."))
        return redirect("workbench:disputes")
    try:
        event = _corrected(event, form, request)
    except (BookError, MoneyError, MalformedEventError) as error:
        messages.error(request, why_aside(str(error)))
        return redirect("workbench:disputes")
    if event.state != EventState.DONE:
        messages.error(request, why_aside(event.error))
        return redirect("workbench:disputes")
    if is_dispute:
        messages.success(request, gettext("The dispute is raised; collection of its loans stops."))
        return redirect("workbench:dispute", Dispute.objects.get(key=f"event:{event.key}").pk)
    messages.success(request, gettext("Collection of the loan stops for hardship."))
    return redirect("workbench:case", event.loan_no)


def _corrected(event: Event, form: Form, request: StaffRequest) -> Event:
    told = form.cleaned_data
    if event.kind == "hardship":
        return correct_hardship(event, until_on=told["until_on"], by=request.user)
    amount = _amount(told["amount"], event)
    return correct_dispute(event, kind=told["kind"], amount=amount, by=request.user)


def _amount(amount: Decimal | None, event: Event) -> int | None:
    return None if amount is None else to_minor(amount, currency_of(event.loan_no))
