"""API tokens of one's own, and for administrators those of everybody."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from carrears.access.models import ApiToken
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.four_eyes import issue_for_oneself
from carrears.signin.step_up import stepped_up
from carrears.signin.tokens import Issued, TokenError, revoke, rotate
from carrears.workbench.queries.tokens import tokens_page
from carrears.workbench.token_forms import TokenForm
from carrears.workbench.views.errors import refused
from carrears.workbench.views.gate import StaffRequest, staff

_MAY = "access.add_apitoken"
_ALL = "access.view_apitoken"


@require_http_methods(["GET", "HEAD", "POST"])
@staff(_MAY)
@stepped_up
def tokens(request: StaffRequest) -> HttpResponse:
    """The tokens; a new one by POST, whose secret is shown this once."""
    if request.method != "POST":
        return _show(request, TokenForm())
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    issued = issue_for_oneself(
        request.user,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        valid_for=timedelta(days=form.cleaned_data["days"]),
        reason=form.cleaned_data["reason"],
        at=now(),
    )
    sequence()
    return _show(request, TokenForm(), issued=issued)


@require_POST
@staff(_MAY)
@stepped_up
def renew(request: StaffRequest, pk: int) -> HttpResponse:
    """A new secret for one of one's own tokens, shown this once."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    try:
        issued = rotate(token, by=request.user.get_username())
    except TokenError:
        return refused(gettext("This token was revoked, or waits for a second person."))
    sequence()
    return _show(request, TokenForm(), issued=issued)


@require_POST
@staff(_MAY)
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    if revoke(get_object_or_404(_seen_by(request), pk=pk), by=request.user.get_username()):
        sequence()
        messages.success(request, gettext("The token is revoked."))
    return redirect("tokens")


def _seen_by(request: StaffRequest) -> QuerySet[ApiToken]:
    found = ApiToken.objects.select_related("user").order_by("-pk")
    return found if request.user.has_perm(_ALL) else found.filter(user=request.user)


def _show(
    request: StaffRequest,
    form: TokenForm,
    *,
    issued: Issued | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    page = tokens_page(_seen_by(request), reader=request.user)
    secret = issued.secret if issued else ""
    context = {"page": page, "form": form, "secret": secret}
    return render(request, "workbench/tokens.html", context, status=status)
