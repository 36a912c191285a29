"""Correct a dispute that an event told and that could not be raised, and raise it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from carrears.casework.seeing import sees_everything
from carrears.conduct.dispute_models import Dispute
from carrears.inbox.correcting import correct_dispute
from carrears.inbox.kinds import MalformedEventError
from carrears.inbox.models import Event, EventState
from carrears.inbox.services import currency_of
from carrears.money import MoneyError, to_minor
from carrears.portfolio.services import BookError
from carrears.workbench.dispute_forms import AsideForm
from carrears.workbench.queries.disputes_aside import DEAL, why_aside
from carrears.workbench.views.gate import StaffRequest, staff


@require_POST
@staff(DEAL)
def raise_aside(request: StaffRequest, pk: int) -> HttpResponse:
    """Raise it with the kind and the amount that are given now."""
    if not sees_everything(request.user):
        raise Http404
    event = get_object_or_404(Event, pk=pk, kind="dispute")
    form = AsideForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("The kind or the amount makes no sense."))
        return redirect("workbench:disputes")
    try:
        event = correct_dispute(
            event, kind=form.cleaned_data["kind"], amount=_amount(form, event), by=request.user
        )
    except (BookError, MoneyError, MalformedEventError) as error:
        messages.error(request, why_aside(str(error)))
        return redirect("workbench:disputes")
    if event.state == EventState.DONE:
        messages.success(request, gettext("The dispute is raised; collection of its loans stops."))
        return redirect("workbench:dispute", Dispute.objects.get(key=f"event:{event.key}").pk)
    messages.error(request, why_aside(event.error))
    return redirect("workbench:disputes")


def _amount(form: AsideForm, event: Event) -> int | None:
    amount = form.cleaned_data["amount"]
    return None if amount is None else to_minor(amount, currency_of(event.loan_no))
