"""Views of lists that somebody keeps: use, save, rename, share, drop."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.access.seeing import acts_for
from carrears.savedviews.models import SavedView
from carrears.savedviews.services import (
    PLACES,
    SavedViewError,
    change_view,
    keep_view,
    kept_of,
    views_for,
)
from carrears.workbench.view_models.saved_views import ViewBar, ViewRow
from carrears.workbench.views.gate import StaffRequest, is_part, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a view needs a name"),
    gettext_noop("these are too many filters for a view"),
    gettext_noop("these are too many views; drop one first"),
    gettext_noop("another view has this name"),
    gettext_noop("there is nobody to share it with"),
)


def view_bar(request: StaffRequest, place: str) -> ViewBar | None:
    """The views of a list for its page; none for a part of it, and for people of agencies."""
    if is_part(request) or acts_for(request.user):
        return None
    here = _query_of(request, place)
    rows = (_row(one, request, here=here) for one in views_for(request.user, place))
    return ViewBar(place=place, rows=tuple(rows))


def default_of(request: StaffRequest, place: str) -> HttpResponse | None:
    """Where somebody begins who asks for a list without saying how."""
    if request.GET or request.htmx or acts_for(request.user):
        return None
    mine = SavedView.objects.filter(owner=request.user, place=place, is_default=True).first()
    return redirect(_address(mine)) if mine is not None and mine.query else None


@require_safe
@staff()
def show_views(request: StaffRequest) -> HttpResponse:
    """One's own views of all lists."""
    mine = SavedView.objects.filter(owner=request.user).select_related("owner", "shared_with")
    return render(request, "workbench/views.html", {"rows": [_row(one, request) for one in mine]})


@require_safe
@staff()
def new_view(request: StaffRequest, place: str) -> HttpResponse:
    """The form that keeps the list as its address says."""
    _known(place)
    context = {"place": place, "query": _query_of(request, place)}
    template = "_view_form.html" if request.htmx else "view_new.html"
    return render(request, f"workbench/{template}", context)


@require_POST
@staff()
def save_view(request: StaffRequest, place: str) -> HttpResponse:
    """Keep a view."""
    _known(place)
    asked = kept_of(place, parse_qsl(request.POST.get("query", "")))
    try:
        kept = keep_view(
            request.user,
            place,
            name=request.POST.get("name", ""),
            query=asked,
            shared="shared" in request.POST,
            is_default="default" in request.POST,
        )
    except SavedViewError as error:
        context = {"place": place, "query": asked, "problem": gettext(str(error))}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "workbench/view_new.html", context, status=status)
    messages.success(request, gettext("The view is saved."))
    return redirect(_address(kept))


@require_POST
@staff()
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename it, share it, begin with it."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    try:
        change_view(
            view,
            name=request.POST.get("name", ""),
            shared="shared" in request.POST,
            is_default="default" in request.POST,
        )
    except SavedViewError as error:
        messages.error(request, gettext(str(error)))
    else:
        messages.success(request, gettext("The view is saved."))
    return redirect("workbench:views")


@require_POST
@staff()
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Drop it, for those with whom it is shared too."""
    get_object_or_404(SavedView, pk=pk, owner=request.user).delete()
    messages.success(request, gettext("The view is dropped."))
    return redirect("workbench:views")


def _known(place: str) -> None:
    if place not in PLACES:
        raise Http404


def _query_of(request: StaffRequest, place: str) -> str:
    pairs = [(name, value) for name in request.GET for value in request.GET.getlist(name)]
    return kept_of(place, pairs)


def _address(view: SavedView) -> str:
    return f"{reverse(f'workbench:{view.place}')}?{view.query or 'all=1'}"


def _row(one: SavedView, request: StaffRequest, *, here: str | None = None) -> ViewRow:
    return ViewRow(
        pk=one.pk,
        place=one.place,
        name=one.name,
        url=_address(one),
        by="" if one.owner_id == request.user.pk else str(one.owner),
        team=one.shared_with.name if one.shared_with else "",
        is_default=one.is_default and one.owner_id == request.user.pk,
        is_here=here is not None and here == one.query,
    )
