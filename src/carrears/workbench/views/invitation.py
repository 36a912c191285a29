"""The link by which somebody sets his own password."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from carrears.access.organisations import AccessError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.accounts import accept, find_invitation
from carrears.workbench.people_forms import ChosenPasswordForm
from carrears.workbench.views.errors import told as say
from carrears.workbench.views.errors import too_many
from carrears.workbench.views.sign_in import wait_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Choose a password; then one signs in with it, and sets a second factor up."""
    if wait := wait_of(request):
        return too_many(request, wait=wait)
    moment = now()
    found = find_invitation(secret, at=moment)
    if found is None:
        return _gone()
    form = ChosenPasswordForm(request.POST or None, user=found.user)
    if request.method == "POST" and form.is_valid():
        try:
            accept(found, password=form.cleaned_data["password2"], at=moment)
        except AccessError:
            return _gone()
        sequence()
        messages.success(request, gettext("Your password is set. Sign in with it."))
        return redirect(f"{reverse('login')}?next={reverse('mfa_index')}")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "username": found.user.get_username(), "name": str(found.user)}
    return render(request, "workbench/invitation.html", context, status=status)


def _gone() -> HttpResponse:
    return say(
        HTTPStatus.GONE,
        title=gettext("This link is not good any more"),
        detail=gettext("It was used, has expired, or was replaced. Ask for a new one."),
    )
