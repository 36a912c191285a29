"""Stop collection of many at once: whom it is about, do it, how far it is, lift it as a whole."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carrears.casework.holding_together import lift_order, order_holding, orders_seen
from carrears.casework.models import CaseState
from carrears.casework.seeing import visible_cases
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.step_up import stepped_up
from carrears.workbench.hold_forms import HoldManyForm
from carrears.workbench.queries.case_filters import filters_of, parse_filters
from carrears.workbench.queries.holding import holding_orders, holding_preview
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.ordering import order_of
from carrears.workbench.views.typed_words import takes_words

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("say whose collection is meant"),
    gettext_noop("whoever's case opens later cannot be chosen by words"),
    gettext_noop("nobody fits"),
    gettext_noop("these are more than can be held at once"),
    gettext_noop("there are more or fewer by now: look at them once more"),
    gettext_noop("this order was lifted before"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.lift_hold")
@takes_words
def show_holding(request: StaffRequest) -> HttpResponse:
    """The orders of late; and, of what was chosen, what stopping it would come to.

    The queue hands its filters over in a form.
    """
    told = request.GET
    asked = "reason" in told
    query = parse_filters(told, with_current=True)
    form = HoldManyForm(told if asked else None, among=query.narrowing(request.user))
    seen = None
    if asked and form.is_valid():
        seen = holding_preview(request.user, form.chosen(), form.wanted())
    mine = visible_cases(request.user).exclude(state=CaseState.CLOSED)
    context = {
        "form": form,
        "filters": filters_of(request.user, query, mine, with_current=True),
        "preview": seen,
        "orders": holding_orders(request.user),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "workbench/holding.html", context | {"section": "holds"}, status=status)


@require_safe
@staff("casework.lift_hold")
def show_orders(request: StaffRequest) -> HttpResponse:
    """How far the orders are, as a part of the page."""
    context = {"orders": holding_orders(request.user)}
    return render(request, "workbench/_holding_orders.html", context)


@require_POST
@staff("casework.lift_hold")
@stepped_up
def hold_many(request: StaffRequest) -> HttpResponse:
    """Have the collection of all that were shown stopped in the background."""
    told = request.POST
    query = parse_filters(told, with_current=True)
    form = HoldManyForm(told, among=query.narrowing(request.user))
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("workbench:holding")
    try:
        order_holding(
            form.chosen(),
            form.wanted(),
            why=told.get("why", ""),
            by=request.user,
            at=now(),
            **order_of(request),
        )
        messages.success(request, gettext("Their collection is stopped, one after another."))
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:holding")


@require_POST
@staff("casework.lift_hold")
@stepped_up
def lift_many(request: StaffRequest, pk: int) -> HttpResponse:
    """Let collection go on of all whom an order stopped."""
    found = get_object_or_404(orders_seen(request.user), pk=pk)
    try:
        lift_order(found, why=request.POST.get("why", ""), by=request.user, at=now())
        messages.success(request, gettext("Their collection goes on, one after another."))
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:holding")
