from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import local_day, now
from carrears.conduct.models import DoNotContact
from carrears.conduct.services import Scope, bar_contact, bar_value, lift_bar
from carrears.evidence.services import sequence
from carrears.parties.blind import Kind
from carrears.workbench.bar_forms import BarForm
from carrears.workbench.forms import ReasonForm
from carrears.workbench.queries.bars import bars_page, search_params
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("conduct.view_donotcontact")
def show_bars(request: StaffRequest) -> HttpResponse:
    """The do-not-contact list."""
    return _show(request, BarForm(today=local_day(now(), settings.TIME_ZONE)))


@require_POST
@staff("conduct.view_donotcontact")
def find(request: StaffRequest) -> HttpResponse:
    """Search the list; a number or an address does not get into the page's address."""
    told = request.POST
    found = search_params(told.get("text", "")[:200])
    if not found and told.get("find"):
        found = {"find": told["find"]}
    if told.get("state"):
        found["state"] = told["state"]
    params = urlencode(found)
    return redirect(f"{reverse('workbench:bars')}{'?' if params else ''}{params}")


@require_POST
@staff("conduct.add_donotcontact")
def add_bar(request: StaffRequest) -> HttpResponse:
    """Put a borrower, a number or an address on the list."""
    form = BarForm(request.POST, today=local_day(now(), settings.TIME_ZONE))
    if form.is_valid():
        _add(request, form)
    if form.errors:
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("It is on the list."))
    return redirect("workbench:bars")


@require_POST
@staff("conduct.lift_donotcontact")
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    """Lift a bar, with a reason; it stays in the list."""
    bar, form = get_object_or_404(DoNotContact, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("A reason is needed."))
    elif _lift(bar, form.cleaned_data["reason"], by=request.user):
        sequence()
        messages.success(request, gettext("The bar is lifted."))
    return redirect("workbench:bars")


def _lift(bar: DoNotContact, words: str, *, by: User) -> bool:
    return lift_bar(bar, reason=DoNotContact.BY_HAND, words=words, by=by, at=now())


def _add(request: StaffRequest, form: BarForm) -> None:
    told, at = form.cleaned_data, now()
    days: dict[str, Any] = {"from_on": told["from_on"], "until_on": told["until_on"]}
    days |= {"reason": DoNotContact.BY_HAND, "words": told["reason"]}
    scope = Scope(told["channel"], told["product"], told["actor"])
    if told["kind"] != "loan":
        kind = Kind(told["kind"])
        bar_value(kind, told["value"], **days, scope=scope, by=request.user, at=at)
        return
    case = Case.objects.filter(loan_no=told["value"]).order_by("-pk").first()
    if case is None or case.party is None:
        form.add_error("value", gettext("Nobody is on record for this case."))
        return
    bar_contact(
        case.party,
        **days,
        channel=scope.channel,
        product=scope.product,
        actor=scope.actor,
        by=request.user,
        at=at,
    )


def _show(
    request: StaffRequest, form: BarForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"page": bars_page(request.GET), "form": form}
    return render(request, "workbench/bars.html", context, status=status)
