from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from carrears.access.demo import DEMO_PASSWORD, DEMO_USERS
from carrears.access.services import roles
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.access import DemoUser

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
    view = LoginView.as_view(
        template_name="workbench/sign_in.html",
        redirect_authenticated_user=True,
        extra_context={"demo_users": demo_users() if settings.DEMO else ()},
    )
    return view(request)


def demo_users() -> tuple[DemoUser, ...]:
    """The people whom a demo offers."""
    titles = {
        name: chosen(role["title"]["zh"], role["title"]["en"]) for name, role in roles().items()
    }
    return tuple(
        DemoUser(username, DEMO_PASSWORD, name, titles[role], str(_ABOUT[role]))
        for username, (role, name) in DEMO_USERS.items()
    )
