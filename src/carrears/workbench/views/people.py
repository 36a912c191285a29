"""People of the house: who they are, and what is changed about them. Every change is evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carrears.access.dangers import NeedsSecondError
from carrears.access.models import Membership, User
from carrears.access.organisations import AccessError, access_day
from carrears.access.people import join, leave, move_home, set_roles
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.accounts import create_account, deactivate, reset_account, unlock
from carrears.signin.four_eyes import propose
from carrears.signin.models import ProposalKind
from carrears.signin.step_up import stepped_up
from carrears.workbench.people_forms import (
    LeaveForm,
    NewPersonForm,
    PlaceForm,
    ReasonOnlyForm,
    ResetForm,
    RolesForm,
)
from carrears.workbench.queries.staff import people_page, person_of, person_page
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.typed_words import takes_words

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a user name of letters, digits and @ . + - _ is needed"),
    gettext_noop("somebody needs a name"),
    gettext_noop("this user name is taken"),
    gettext_noop("this organisation is closed"),
    gettext_noop("a membership cannot begin in the past"),
    gettext_noop("a membership cannot end before it begins"),
    gettext_noop("a membership cannot end before yesterday"),
    gettext_noop("this membership ends by itself on that day or before"),
    gettext_noop("people are moved within one's own organisation only"),
    gettext_noop("this person's home is on the other side of the wall"),
    gettext_noop("nobody sets his own roles"),
    gettext_noop("this role is not for people of that side of the wall"),
    gettext_noop("nobody does this to his own account"),
    gettext_noop("this account was deactivated before"),
    gettext_noop("nobody would be left who says what people may do"),
    gettext_noop("this link is not good any more"),
    gettext_noop("a reason is needed"),
    gettext_noop("you may not propose this"),
    gettext_noop("this is proposed already"),
)
_VIEW = "access.view_user"


@require_http_methods(["GET", "HEAD", "POST"])
@staff(_VIEW)
@takes_words
def show_people(request: StaffRequest) -> HttpResponse:
    """Everybody whom the reader may look at."""
    page = people_page(request.user, request.GET)
    return render(request, "workbench/people.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@staff("access.add_user")
@stepped_up
def new_person(request: StaffRequest) -> HttpResponse:
    """A new account; its link is shown this once."""
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        try:
            made = create_account(
                told.pop("username"),
                home=told.pop("organisation"),
                **told,
                by=request.user,
                at=now(),
            )
        except AccessError as error:
            form.add_error(None, gettext(str(error)))
        else:
            sequence()
            return _show(request, made.user, secret=made.secret)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "workbench/person_new.html", {"form": form}, status=status)


@require_safe
@staff(_VIEW)
def show_person(request: StaffRequest, pk: int) -> HttpResponse:
    """One account."""
    return _show(request, person_of(request.user, pk))


@require_POST
@staff("access.assign_role")
@stepped_up
def change_roles(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what somebody may do; what is dangerous waits for a second person."""
    user = person_of(request.user, pk)
    form = RolesForm(request.POST, user=user)
    if not form.is_valid():
        return _show(request, user, roles=form)
    wanted = form.cleaned_data["roles"]
    return _do(
        request,
        user,
        lambda: set_roles(user, wanted, by=request.user, at=now()),
        done=gettext("The roles are set."),
        otherwise=(ProposalKind.ROLES, {"roles": sorted(wanted)}, form),
    )


@require_POST
@staff("access.change_membership")
@stepped_up
def change_place(request: StaffRequest, pk: int) -> HttpResponse:
    """Let somebody belong to an organisation from a day on."""
    user = person_of(request.user, pk)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _show(request, user, place=form)
    told = form.cleaned_data
    put = move_home if told["home"] else join
    wanted = {
        "organisation": told["organisation"].key,
        "home": told["home"],
        "from_on": told["from_on"].isoformat(),
        "until_on": told["until_on"].isoformat() if told["until_on"] else None,
    }
    return _do(
        request,
        user,
        lambda: put(
            user,
            told["organisation"],
            from_on=told["from_on"],
            until_on=told["until_on"],
            by=request.user,
            at=now(),
        ),
        done=gettext("The membership is set."),
        otherwise=(ProposalKind.PLACE, wanted, form),
    )


@require_POST
@staff("access.change_membership")
@stepped_up
def end_place(request: StaffRequest, pk: int, membership: int) -> HttpResponse:
    """Let a membership end."""
    user = person_of(request.user, pk)
    found = get_object_or_404(Membership, pk=membership, user=user)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("A last day is needed."))
        return redirect("workbench:person", pk)
    last_on = form.cleaned_data["last_on"]
    return _do(
        request,
        user,
        lambda: leave(found, last_on=last_on, by=request.user, at=now()),
        done=gettext("The membership ends."),
    )


@require_POST
@staff("access.change_user")
@stepped_up
def reset(request: StaffRequest, pk: int) -> HttpResponse:
    """A new link; for who may do something dangerous, by two people."""
    user, form = person_of(request.user, pk), ResetForm(request.POST)
    if not form.is_valid():
        return _show(request, user, reset=form)
    wanted = {"factors": form.cleaned_data["factors"]}
    try:
        made = reset_account(user, **wanted, by=request.user, at=now())
    except NeedsSecondError:
        return _propose(request, user, ProposalKind.RESET, wanted, form)
    except AccessError as error:
        messages.error(request, gettext(str(error)))
        return redirect("workbench:person", pk)
    sequence()
    return _show(request, made.user, secret=made.secret)


@require_POST
@staff("access.change_user")
@stepped_up
def shut_out(request: StaffRequest, pk: int) -> HttpResponse:
    """Deactivate an account at once."""
    user, form = person_of(request.user, pk), ReasonOnlyForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _do(
        request,
        user,
        lambda: deactivate(user, reason=reason, by=request.user, at=now()),
        done=gettext("The account is deactivated; its sessions and tokens have ended."),
    )


@require_POST
@staff("access.change_user")
@stepped_up
def let_try_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget somebody's wrong passwords."""
    user = person_of(request.user, pk)
    return _do(
        request,
        user,
        lambda: unlock(user, by=request.user),
        done=gettext("He may try again."),
    )


def _do(
    request: StaffRequest,
    user: User,
    change: Callable[[], Any],
    *,
    done: str,
    otherwise: tuple[ProposalKind, Mapping[str, Any], forms.Form] | None = None,
) -> HttpResponse:
    """Make a change; where it takes two people, propose it."""
    try:
        change()
    except NeedsSecondError as error:
        if otherwise is not None:
            return _propose(request, user, *otherwise)
        messages.error(request, gettext(str(error)))
    except AccessError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, done)
    return redirect("workbench:person", user.pk)


def _propose(
    request: StaffRequest,
    user: User,
    kind: ProposalKind,
    wanted: Mapping[str, Any],
    form: forms.Form,
) -> HttpResponse:
    reason = form.cleaned_data["reason"]
    try:
        propose(kind, user, wanted=wanted, reason=reason, by=request.user, at=now())
    except AccessError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.info(request, gettext("It is proposed; a second person has to confirm it."))
    return redirect("workbench:person", user.pk)


def link_of(request: StaffRequest, secret: str) -> str:
    """The address by which somebody sets his password."""
    return request.build_absolute_uri(reverse("account_invitation", args=[secret]))


def _show(
    request: StaffRequest, user: User, *, secret: str = "", **given: forms.Form
) -> HttpResponse:
    fresh = User.objects.get(pk=user.pk)
    made = {
        "roles": RolesForm(user=fresh),
        "place": PlaceForm(today=access_day(now())),
        "reset": ResetForm(),
    }
    context = {
        "page": person_page(request.user, fresh),
        "forms": made | given,
        "link": link_of(request, secret) if secret else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if given else HTTPStatus.OK
    return render(request, "workbench/person.html", context, status=status)
