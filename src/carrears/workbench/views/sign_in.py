from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.access.demo import DEMO_PASSWORD, DEMO_USERS
from carrears.access.services import roles
from carrears.signin import sso
from carrears.signin.limits import take
from carrears.signin.origin import client_ip, kept_origin
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.access import DemoUser
from carrears.workbench.views.errors import told, too_many

_ABOUT = {
    "collector": _("works the cases of a queue"),
    "team_lead": _("sees the cases of everybody"),
    "strategy_manager": _("looks at the book and the strategy"),
    "compliance_officer": _("checks messages, verdicts and evidence"),
    "operator": _("brings books in and runs the days"),
    "auditor": _("reads everything and changes nothing"),
    "administrator": _("says who belongs where and may do what"),
    "agency_user": _("works what was placed with an agency"),
}


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in; in a demo also as one of its people."""
    if request.method == "POST" and (wait := wait_of(request)):
        return too_many(request, wait=wait)
    view = LoginView.as_view(
        template_name="workbench/sign_in.html",
        extra_context={
            "demo_users": demo_users() if settings.DEMO else (),
            "company": settings.SSO_NAME if sso.is_on() else "",
            "next": request.POST.get("next") or request.GET.get("next", ""),
        },
    )
    answer: HttpResponseBase = view(request)
    return answer


def wait_of(request: HttpRequest) -> int:
    """After how many seconds this address may try again; 0 at once."""
    key = f"sign-in:{kept_origin(client_ip(request))['address']}"
    return take(key, at_most=settings.SIGN_IN_PER_MINUTE)


def locked_out(_request: HttpRequest, *_args: Any) -> HttpResponse:
    """429 after too many wrong passwords."""
    wait = settings.AXES_COOLOFF_TIME
    minutes = int(wait.total_seconds() // 60)
    answer = told(
        HTTPStatus.TOO_MANY_REQUESTS,
        title=gettext("Too many wrong passwords"),
        detail=gettext("From here this user name may try again in %(minutes)d minutes.")
        % {"minutes": minutes},
    )
    answer.headers["Retry-After"] = str(int(wait.total_seconds()))
    return answer


def demo_users() -> tuple[DemoUser, ...]:
    """The people whom a demo offers."""
    titles = {
        name: chosen(role["title"]["zh"], role["title"]["en"]) for name, role in roles().items()
    }
    return tuple(
        DemoUser(username, DEMO_PASSWORD, name, titles[role], str(_ABOUT[role]))
        for username, (role, name) in DEMO_USERS.items()
    )
