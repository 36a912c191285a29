"""Order a field visit, check in, tell what came of it, call it off; and those of a day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.case_product import product_of
from carrears.casework.models import Case, CaseState
from carrears.clock import local_day
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import FieldVisit
from carrears.outreach.outcomes import Told, codes_for, record_visit, today_of
from carrears.outreach.services import contact_moment
from carrears.outreach.visit_queries import on_his_way, visible_visits
from carrears.outreach.visit_steps import keep_waiting
from carrears.outreach.visits import VisitOrder, call_off, check_in, is_present, order_visit
from carrears.parties.models import LoanParty
from carrears.workbench.labels import label_of
from carrears.workbench.middleware import content_policy
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.map_tiles import tile_server
from carrears.workbench.queries.outcomes import people_choices
from carrears.workbench.queries.visits import day_asked, visit_page, visits_page
from carrears.workbench.queries.visits_route import visits_route
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.held import holding
from carrears.workbench.visit_forms import CallOffForm, VisitForm, VisitResultForm

_SEE, _ADD = "outreach.view_fieldvisit", "outreach.add_fieldvisit"
_DO = "outreach.change_fieldvisit"
# What the services may answer, in their words, so that it can be said in the reader's.
_REFUSALS = frozenset(
    {
        gettext_noop("two people of the side that orders it go together"),
        gettext_noop("a window is of one day and up to four hours"),
        gettext_noop("the window is over, or too far ahead"),
        gettext_noop("no address of this person is in use"),
        gettext_noop("one of the two is on another visit then"),
        gettext_noop("an announcement has a way and a moment"),
        gettext_noop("only who was to go may check in"),
        gettext_noop("this is outside the window of the visit"),
        gettext_noop("this visit has moved on meanwhile"),
        gettext_noop("who goes is active, and makes visits"),
        gettext_noop("the second of you has not checked in yet"),
        gettext_noop("the follow-up day is past, or too far ahead"),
    }
)


@require_safe
@staff(_SEE)
def show_visits(request: StaffRequest) -> HttpResponse:
    """The visits of a day."""
    page = visits_page(request.user, request.GET)
    return render(request, "workbench/visits.html", {"page": page})


@require_safe
@staff(_SEE)
def show_route(request: StaffRequest) -> HttpResponse:
    """One's own visits of a day by the shortest way."""
    page = visits_route(request.user, day_asked(request.GET))
    response = render(request, "workbench/visits_route.html", {"page": page})
    if page.drawing and page.drawing.tiles and (server := tile_server()) is not None:
        response.headers["Content-Security-Policy"] = content_policy(server.origin)
    return response


@require_safe
@staff(_SEE)
def show_visit(request: StaffRequest, pk: int) -> HttpResponse:
    """One visit, and what may be done next."""
    return _show(request, pk)


@staff(_ADD)
@holding()
def new_visit(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Order a visit about a case."""
    case = cases_of_loan(request.user, loan_no)[0]
    if case.state == CaseState.CLOSED:
        raise Http404
    data = request.POST if request.method == "POST" else None
    day = local_day(contact_moment(case), product_of(case).time_zone)
    people = people_choices(request.user, case)
    form = VisitForm(data, people=people, day=day, first=request.user)
    visit = _order(request, case, form) if data is not None and form.is_valid() else None
    if visit is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        context = {"form": form, "loan_no": loan_no}
        return render(request, "workbench/visit_new.html", context, status=status)
    sequence()
    if visit.state == "blocked":
        messages.error(request, gettext("The gate does not let this visit go."))
    else:
        messages.success(request, gettext("The visit is ordered."))
    return redirect("workbench:visit", visit.pk)


@require_POST
@staff(_DO)
def take_step(request: StaffRequest, pk: int, step: str) -> HttpResponse:
    """Check in, tell the result, or call it off."""
    found = visible_visits(request.user, Q(pk=pk))
    with on_his_way(request.user):
        return _take_step(request, get_object_or_404(found), step)


def _take_step(request: StaffRequest, visit: FieldVisit, step: str) -> HttpResponse:
    pk = visit.pk
    steps = {"check-in": _check_in, "result": _result, "call-off": _call_off}
    if step not in steps:
        raise Http404
    try:
        refused = steps[step](request, visit)
    except OutreachError as error:
        return _show(request, pk, problem=_say(error), status=HTTPStatus.CONFLICT)
    if refused:
        return _show(request, pk, status=HTTPStatus.UNPROCESSABLE_ENTITY, **refused)
    sequence()
    return redirect("workbench:visit", pk)


def _check_in(request: StaffRequest, visit: FieldVisit) -> dict[str, Any]:
    made = check_in(visit, by=request.user)
    if made.state == "stopped":
        messages.error(request, gettext("The gate lets this visit go no more; it is called off."))
    elif made.called_off:
        why = label_of(made.called_off, "visit_called_off").text
        messages.error(request, f"{gettext('Called off')} · {why}")
    keep_waiting(made)
    return {}


def _result(request: StaffRequest, visit: FieldVisit) -> dict[str, Any]:
    form = _result_form(visit, request.POST)
    if not form.is_valid():
        return {"result_form": form}
    words = dict(form.cleaned_data)
    alone = words.pop("alone")
    record_visit(visit, told=Told(**words), by=request.user, alone=alone)
    return {}


def _call_off(request: StaffRequest, visit: FieldVisit) -> dict[str, Any]:
    form = CallOffForm(request.POST)
    if not form.is_valid():
        return {"off_form": form}
    call_off(visit, why=form.cleaned_data["why"], by=request.user)
    return {}


def _order(request: StaffRequest, case: Case, form: VisitForm) -> FieldVisit | None:
    told = form.cleaned_data
    links = LoanParty.objects.filter(loan_no=case.loan_no, party=told["party"])
    start, end = form.window()
    order = VisitOrder(
        key=told["key"],
        case=case,
        party=get_object_or_404(links.select_related("party")).party,
        from_at=start,
        until_at=end,
        visitors=(told["first"], told["second"]),
        announced_by=told["announced_by"],
        announced_at=told["announced_at"],
        by=request.user,
    )
    try:
        return order_visit(order, product_of(case))
    except OutreachError as error:
        form.add_error(None, _say(error))
        return None


def _result_form(visit: FieldVisit, data: Any = None) -> VisitResultForm:
    codes, today = codes_for(visit.case), today_of(visit.case)
    return VisitResultForm(data, pk=visit.pk, codes=codes, today=today)


def _show(
    request: StaffRequest, pk: int, *, status: HTTPStatus = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    page = visit_page(pk, request.user)
    found = visible_visits(request.user, Q(pk=pk))
    with on_his_way(request.user):
        visit = get_object_or_404(found)
    may = request.user.has_perm(_DO)
    context: dict[str, Any] = {"page": page}
    if may and page.row.state == "ordered":
        context["off_form"] = CallOffForm()
        context["may_check_in"] = request.user.pk in {visit.first_id, visit.second_id}
    elif may and page.row.state == "there":
        context["result_form"] = _result_form(visit)
        goes = request.user.pk in {visit.first_id, visit.second_id}
        context["may_check_in"] = goes and not is_present(visit, request.user)
    return render(request, "workbench/visit.html", context | more, status=status)


def _say(error: OutreachError) -> str:
    known = str(error) in _REFUSALS
    return gettext(str(error)) if known else gettext("That does not fit.")
