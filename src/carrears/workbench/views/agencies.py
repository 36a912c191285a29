"""Batches for agencies: propose, look, have a second person approve."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, refuse
from carrears.agencies.models import Batch, Placing
from carrears.agencies.proposing import propose
from carrears.agencies.queries import require_house
from carrears.agencies.terms import extend_batch, recall_batch
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.agencies import batch_page, placing_page, placing_rows
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a placement cannot begin in the past"),
    gettext_noop("another proposal has to be decided and placed first"),
    gettext_noop("there is no open agency"),
    gettext_noop("no rule fits any debtor"),
    gettext_noop("whoever proposed it does not approve it"),
    gettext_noop("its first day is over; refuse it and propose anew"),
    gettext_noop("it is decided already"),
    gettext_noop("a reason is needed"),
    gettext_noop("it is extended to a later day only"),
    gettext_noop("nobody of this batch is with the agency"),
    gettext_noop("it is too soon after another agency"),
)


class ProposeForm(forms.Form):
    """From which day the debtors would be placed."""

    first_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@require_safe
@staff("agencies.view_placing")
def show_placings(request: StaffRequest) -> HttpResponse:
    """The proposals of late."""
    require_house(request.user, "agencies.view_placing")
    form = ProposeForm(initial={"first_on": access_day(now())})
    return render(request, "workbench/agencies.html", {"rows": placing_rows(), "form": form})


@require_POST
@staff("agencies.add_placing")
def propose_one(request: StaffRequest) -> HttpResponse:
    """Propose what the rules would place."""
    require_house(request.user, "agencies.add_placing")
    form = ProposeForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("That is no day."))
        return redirect("workbench:agencies")
    try:
        placing = propose(first_on=form.cleaned_data["first_on"], by=request.user, at=now())
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
        return redirect("workbench:agencies")
    sequence()
    return redirect("workbench:placing", placing.pk)


@require_safe
@staff("agencies.view_placing")
def show_placing(request: StaffRequest, pk: int) -> HttpResponse:
    """One proposal: what goes to whom, and who is taken out and why."""
    require_house(request.user, "agencies.view_placing")
    page = placing_page(request.user, pk, request.GET)
    return render(request, "workbench/placing.html", {"page": page})


@require_POST
@staff("agencies.approve_placing")
@stepped_up
def approve_one(request: StaffRequest, pk: int) -> HttpResponse:
    """Have it placed."""
    require_house(request.user, "agencies.approve_placing")
    return _decide(
        request, pk, lambda one: approve(one, by=request.user, at=now()), gettext("It is approved.")
    )


@require_POST
@staff("agencies.view_placing")
def refuse_one(request: StaffRequest, pk: int) -> HttpResponse:
    """Place nobody of it; whoever proposed it takes it back."""
    found = get_object_or_404(Placing, pk=pk)
    is_mine = found.made_by_id == request.user.pk
    require_house(request.user, f"agencies.{'add' if is_mine else 'approve'}_placing")
    reason = request.POST.get("reason", "")
    return _decide(
        request,
        pk,
        lambda one: refuse(one, reason=reason, by=request.user, at=now()),
        gettext("It is refused."),
    )


def _decide(
    request: StaffRequest, pk: int, work: Callable[[Placing], Placing], done: str
) -> HttpResponse:
    try:
        work(get_object_or_404(Placing, pk=pk))
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, done)
    return redirect("workbench:placing", pk)


@require_safe
@staff("agencies.view_placing")
def show_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """One batch: its terms, and how its debtors stand."""
    require_house(request.user, "agencies.view_placing")
    page = batch_page(request.user, pk, request.GET)
    return render(request, "workbench/batch.html", {"page": page})


@require_POST
@staff("agencies.approve_placing")
@stepped_up
def extend(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the agency have them longer."""
    until_on = day_of(request.POST.get("until_on", ""))
    if until_on is None:
        messages.error(request, gettext("That is no day."))
        return redirect("workbench:batch", pk)
    reason = request.POST.get("reason", "")
    return _change(
        request,
        pk,
        lambda one: extend_batch(one, until_on=until_on, reason=reason, by=request.user, at=now()),
        gettext_noop("Stay longer: %(many)d."),
    )


@require_POST
@staff("agencies.approve_placing")
@stepped_up
def call_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the whole batch back."""
    reason = request.POST.get("reason", "")
    return _change(
        request,
        pk,
        lambda one: recall_batch(one, reason=reason, by=request.user, at=now()),
        gettext_noop("Called back: %(many)d."),
    )


def _change(
    request: StaffRequest, pk: int, work: Callable[[Batch], int], done: str
) -> HttpResponse:
    require_house(request.user, "agencies.approve_placing")
    try:
        many = work(get_object_or_404(Batch, pk=pk))
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, gettext(done) % {"many": many})
    return redirect("workbench:batch", pk)
