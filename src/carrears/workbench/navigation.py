"""Where one can go, by what one may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from carrears.access.doors import SCREENS
from carrears.access.models import User
from carrears.access.seeing import acts_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page of the navigation, and the ``parts`` below it that keep it marked.

    Without a permission everybody who signed in may go there. Those with the permission
    ``unless`` find it inside another place.
    """

    view: str
    title: str | Promise
    icon: str
    shortcut: str
    permission: str = ""
    unless: str = ""
    parts: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the shortcut, in order."""
        return tuple(self.shortcut.split())

    @property
    def covers(self) -> tuple[str, ...]:
        """The views on which this place is the current one."""
        return (self.view, *self.parts)


PLACES = (
    Place(
        view="workbench:dashboard", title=_("Dashboard"), icon="layout-dashboard", shortcut="g d"
    ),
    Place(
        view="workbench:queue",
        title=_("Queue"),
        icon="list-checks",
        shortcut="g q",
        permission="casework.view_case",
        parts=("workbench:case", "workbench:contact", "workbench:search"),
    ),
    Place(
        view="workbench:team",
        title=_("Team now"),
        icon="gauge",
        shortcut="g f",
        permission="casework.lead_desk",
    ),
    Place(
        view="workbench:pool",
        title=_("Allocation"),
        icon="user-check",
        shortcut="g l",
        permission="casework.lead_desk",
        parts=(
            "workbench:desks",
            "workbench:desk",
            "workbench:moves",
            "workbench:move-preview",
            "workbench:pull-back",
        ),
    ),
    Place(
        view="workbench:agencies",
        title=_("Placing with agencies"),
        icon="handshake",
        shortcut="g b",
        permission="agencies.view_placing",
        parts=(
            "workbench:placing",
            "workbench:batch",
            "workbench:settlement",
            "workbench:invoice",
            "workbench:destruction",
            "workbench:destruction-state",
            "workbench:contact-logs",
            "workbench:contact-log",
            "workbench:contact-log-bring",
            "workbench:agency-recordings",
            "workbench:agency-recordings-bring",
        ),
    ),
    Place(
        view="workbench:contact-logs",
        title=_("Our agency"),
        icon="handshake",
        shortcut="g j",
        permission="agencies.view_contactlog",
        unless="agencies.view_placing",
        parts=(
            "workbench:contact-log",
            "workbench:contact-log-bring",
            "workbench:agency-recordings",
            "workbench:agency-recordings-bring",
            "workbench:destruction",
            "workbench:destruction-state",
            "workbench:own-settlement",
            "workbench:own-invoice",
        ),
    ),
    Place(
        view="workbench:open-calls",
        title=_("Open calls"),
        icon="phone",
        shortcut="g p",
        permission="outreach.view_attempt",
    ),
    Place(
        view="workbench:visits",
        title=_("Field visits"),
        icon="map-pin",
        shortcut="g v",
        permission="outreach.view_fieldvisit",
        parts=(
            "workbench:visit",
            "workbench:visit-new",
            "workbench:visits-today",
            "workbench:visits-route",
        ),
    ),
    Place(
        view="workbench:holds",
        title=_("Holds"),
        icon="octagon-pause",
        shortcut="g h",
        permission="casework.view_case",
        parts=("workbench:holding",),
    ),
    Place(
        view="workbench:disputes",
        title=_("Disputes"),
        icon="scale",
        shortcut="g x",
        permission="conduct.view_dispute",
        parts=("workbench:dispute", "workbench:dispute-new"),
    ),
    Place(
        view="workbench:promise-quality",
        title=_("Promise quality"),
        icon="calendar-clock",
        shortcut="g y",
        permission="casework.view_all_cases",
    ),
    Place(
        view="workbench:overrides",
        title=_("Overrides"),
        icon="user-check",
        shortcut="g o",
        permission="outreach.ask_override",
        parts=("workbench:override",),
    ),
    Place(
        view="workbench:analytics",
        title=_("Analytics"),
        icon="chart-line",
        shortcut="g a",
        permission="dayrun.view_dayrun",
        parts=("workbench:analytics-definitions",),
    ),
    Place(
        view="workbench:warning",
        title=_("Early warning"),
        icon="alarm-clock",
        shortcut="g w",
        permission="casework.view_all_cases",
        parts=("workbench:warning-loan",),
    ),
    Place(
        view="workbench:mail",
        title=_("Mail"),
        icon="inbox",
        shortcut="g m",
        permission="outreach.view_attempt",
        parts=(
            "workbench:mail-message",
            "workbench:dead-letters",
            "workbench:letters",
            "workbench:unknown-texts",
        ),
    ),
    Place(
        view="workbench:templates",
        title=_("Templates"),
        icon="file-text",
        shortcut="g k",
        permission="outreach.view_templateversion",
        parts=("workbench:template", "workbench:template-version", "workbench:template-preview"),
    ),
    Place(
        view="workbench:strategy",
        title=_("Strategy"),
        icon="scale",
        shortcut="g s",
        permission="strategy.view_strategyversion",
        parts=(
            "workbench:strategy-version",
            "workbench:strategy-draft",
            "workbench:simulations",
            "workbench:simulation",
            "workbench:experiments",
            "workbench:experiment-new",
            "workbench:experiment",
        ),
    ),
    Place(
        view="workbench:compliance",
        title=_("Compliance"),
        icon="shield-check",
        shortcut="g c",
        permission="conduct.view_verdictrecord",
        parts=(
            "workbench:attempts",
            "workbench:attempt",
            "workbench:unmaskings",
            "workbench:unrecorded",
            "workbench:ask",
            "workbench:bars",
            "workbench:bar-add",
            "workbench:lists",
            "workbench:list-read",
            "workbench:list",
            "workbench:list-add",
            "workbench:mandates",
            "workbench:mandate-give",
            "workbench:scorecard",
            "workbench:complaints",
            "workbench:complaint",
            "workbench:complaint-new",
            "workbench:rights",
            "workbench:right",
            "workbench:right-new",
            "workbench:confirmations",
            "workbench:rules",
            "workbench:rule",
        ),
    ),
    Place(
        view="workbench:notes",
        title=_("Note review"),
        icon="notebook-pen",
        shortcut="g n",
        permission="conduct.review_flaggednote",
        parts=("workbench:note-review",),
    ),
    Place(
        view="workbench:complaints",
        title=_("Complaints"),
        icon="flag",
        shortcut="g t",
        permission="conduct.view_complaint",
        unless="conduct.view_verdictrecord",
        parts=("workbench:complaint", "workbench:complaint-new"),
    ),
    Place(
        view="workbench:people",
        title=_("People"),
        icon="users",
        shortcut="g u",
        permission="access.view_user",
        parts=(
            "workbench:person",
            "workbench:person-new",
            "workbench:proposals",
            "workbench:organisations",
            "workbench:organisation",
        ),
    ),
    Place(
        view="workbench:rights",
        title=_("Rights of people"),
        icon="scale",
        shortcut="g r",
        permission="rights.view_rightsrequest",
        unless="conduct.view_verdictrecord",
        parts=("workbench:right", "workbench:right-new", "workbench:confirmations"),
    ),
    Place(
        view="workbench:imports",
        title=_("Imports"),
        icon="upload",
        shortcut="g i",
        permission="exchange.view_tapeimport",
        parts=("workbench:import",),
    ),
    Place(
        view="workbench:alerts",
        title=_("Alerts"),
        icon="triangle-alert",
        shortcut="g z",
        permission="alerts.view_alert",
    ),
    Place(
        view="workbench:reports",
        title=_("Reports by mail"),
        icon="send",
        shortcut="g 1",
        permission="reports.view_reportschedule",
        parts=("workbench:report-schedule",),
    ),
    Place(
        view="workbench:evidence",
        title=_("Evidence"),
        icon="scroll-text",
        shortcut="g e",
        permission="evidence.view_entry",
    ),
)

# Keys that every page knows besides those of the places; the help dialog lists both.
SHORTCUTS: tuple[tuple[tuple[str, ...], str | Promise], ...] = (
    (("/",), _("Search")),
    (("g", "0"), _("Notifications")),
    (("j", "k"), _("Next, previous row")),
    (("Enter",), _("Open the row")),
    (("c",), _("Contact (on a case)")),
    (("p",), _("Promise to pay (on a case)")),
    (("n",), _("Note (on a case)")),
    (("?",), _("This list")),
    (("Esc",), _("Close what is open")),
)


_LEADS_ON = "workbench:dashboard"


def places_for(user: AbstractBaseUser | AnonymousUser) -> tuple[Place, ...]:
    """The pages that this user may see; of somebody of an agency only those open to him.

    The dashboard leads those on to their queue, and so is no place of its own for them.
    """
    if not user.is_authenticated or not isinstance(user, PermissionsMixin):
        return ()
    is_outside = isinstance(user, User) and user.pk is not None and bool(acts_for(user))
    return tuple(
        place
        for place in PLACES
        if (not place.permission or user.has_perm(place.permission))
        and not (place.unless and user.has_perm(place.unless))
        and (not is_outside or (place.view in SCREENS and place.view != _LEADS_ON))
    )
