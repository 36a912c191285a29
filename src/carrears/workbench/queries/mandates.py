"""The mandates of agencies, in force, to come and over."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.clock import local_day, now
from carrears.conduct.mandates import mandates_on
from carrears.conduct.models import Mandate
from carrears.workbench.labels import label_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.mandates import MandateRow, MandatesPage

_STATES = ("live", "coming", "over", "ended")


def mandates_page(user: User, params: QueryDict) -> MandatesPage:
    """The mandates that fit the filters, the newest first."""
    today = local_day(now(), settings.TIME_ZONE)
    agency, state = params.get("agency", "").strip().replace("\0", ""), params.get("state", "")
    found = Mandate.objects.select_related("given_by", "ended_by").order_by("-starts_on", "-pk")
    if agency:
        found = found.filter(agency__icontains=agency)
    found = _in_state(found, state, today)
    pager = make_pager(params, total=found.count())
    names = {code: str(label_of(code, "mandate_state").text) for code in _STATES}
    may_end = user.has_perm("conduct.end_mandate")
    return MandatesPage(
        rows=tuple(_row(one, today, may_end=may_end) for one in found[rows_of(pager)]),
        pager=pager,
        agency=agency,
        states=(
            Option("", gettext("All"), state not in names),
            *(Option(code, name, code == state) for code, name in names.items()),
        ),
        active=bool(agency or state in names),
        earliest_end=today - timedelta(days=1),
    )


def _in_state(found: QuerySet[Mandate], state: str, today: date) -> QuerySet[Mandate]:
    if state == "live":
        return found.filter(pk__in=mandates_on(today).values("pk"))
    if state == "coming":
        still = Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
        return found.filter(still, starts_on__gt=today)
    if state == "over":
        return found.filter(ends_on__lt=today, ended_at=None)
    if state == "ended":
        return found.exclude(ended_at=None)
    return found


def _row(one: Mandate, today: date, *, may_end: bool) -> MandateRow:
    state = _state_of(one, today)
    return MandateRow(
        pk=one.pk,
        agency=one.agency,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        state=state,
        reason=one.reason,
        given_by=str(one.given_by) if one.given_by else "",
        given_at=one.given_at,
        ended_by=str(one.ended_by) if one.ended_by else "",
        ended_at=one.ended_at,
        end_reason=one.end_reason,
        may_end=may_end and one.ended_at is None and state in {"live", "coming"},
    )


def _state_of(one: Mandate, today: date) -> str:
    if one.ends_on is not None and one.ends_on < max(today, one.starts_on):
        return "ended" if one.ended_at else "over"
    return "coming" if one.starts_on > today else "live"
