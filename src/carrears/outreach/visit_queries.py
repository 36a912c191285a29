"""Which visits somebody sees, and which are his own to make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, time, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from carrears.access.models import Kind, User
from carrears.access.organisations import access_day, memberships_on
from carrears.access.seeing import acts_for, reach_of
from carrears.casework.hold_queries import book_day
from carrears.casework.seeing import of_visible_cases
from carrears.clock import at_local, business_day, local_day, now
from carrears.database.wall import as_house
from carrears.outreach.visit_models import FieldVisit

MAKES = "outreach.change_fieldvisit"
_ROLES = "django.contrib.auth.backends.ModelBackend"


def visible_visits(user: User, among: Q) -> QuerySet[FieldVisit]:
    """The visits of cases that he sees, and those that he goes on; of an agency its own alone.

    Which they are the database says to him, so that a filter forgotten here shows him his part;
    what belongs to them may be read ``on_his_way``.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    found = FieldVisit.objects.select_related(
        "case", "first", "second", "checked_in_by", "joined_by", "attempt__verdict",
        "attempt__party",
        "attempt__case", "attempt__contact_point", "attempt__made_by", "attempt__outcome",
    )  # fmt: skip
    if agency := acts_for(user):
        return of_visible_cases(found.filter(among, attempt__agency=agency), user)
    seen = of_visible_cases(FieldVisit.objects.all(), user)
    his = Q(pk__in=seen.values("pk")) | Q(first=user) | Q(second=user)
    return found.filter(his, _shown(among))


@contextmanager
def on_his_way(user: User) -> Iterator[None]:
    """Ask for visits as the house: one goes on a visit of a colleague's case, too.

    Which are his was asked before that, behind his storey. People of an agency go on visits of
    their own cases, and ask for themselves.
    """
    with nullcontext() if acts_for(user) else as_house():
        yield


def _shown(among: Q) -> Q:
    """Of these the ones that the database shows him: a list, made before the house is asked."""
    shown = FieldVisit.objects.filter(among).values_list("pk", flat=True)
    return Q(pk__in=list(shown))


def own_visits(user: User, among: Q) -> QuerySet[FieldVisit]:
    """The visits that he goes on, also where he does not work the case; then asked by the house.

    What a visitor tells of his own visit is heard, also when the case went to somebody else since.
    """
    his = Q(first=user) | Q(second=user)
    found = FieldVisit.objects.filter(his, among if acts_for(user) else _shown(among & his))
    return found.select_related(
        "case__party", "first", "second", "attempt__party", "attempt__contact_point"
    )


def visitors_beside(user: User) -> QuerySet[User]:
    """Who may go: who makes visits of the people of his own side, the lender's or his agency's."""
    people = User.objects.with_perm(MAKES, backend=_ROLES).exclude(groups=None).order_by("username")
    homes = memberships_on(access_day(now()))
    reach = reach_of(user)
    if not reach.inside:
        return people.filter(pk__in=homes.filter(organisation__in=reach.agencies).values("user"))
    above = Q(organisation__kind=Kind.AGENCY) | Q(organisation__parent__kind=Kind.AGENCY)
    away = homes.filter(above | Q(organisation__parent__parent__kind=Kind.AGENCY)).values("user")
    return people.exclude(pk__in=away).distinct()


def of_day(day: date) -> Q:
    """Those of a day of the lender's clock."""
    start, end = (
        at_local(one, time.min, settings.TIME_ZONE) for one in (day, day + timedelta(days=1))
    )
    return Q(from_at__gte=start, from_at__lt=end)


def by_window(visits: QuerySet[FieldVisit]) -> QuerySet[FieldVisit]:
    """In the order of their windows."""
    return visits.order_by("from_at", "pk")


def working_day() -> date:
    """The day on which one goes now; of a replayed book the day that it has reached."""
    moment = now()
    reached = book_day()
    if reached is None:
        return local_day(moment, settings.TIME_ZONE)
    return business_day(reached, settings.TIME_ZONE, moment=moment)
