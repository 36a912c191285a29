"""Requests that a contact under review be made: what waits, what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.agency_view import is_own, own_requests
from carrears.casework.models import Case
from carrears.casework.seeing import of_visible_cases
from carrears.clock import at_local, now
from carrears.database.prepared import Blank, prepared
from carrears.outreach.models import Attempt, Override, OverrideState
from carrears.outreach.overrides import put_said
from carrears.outreach.services import WRITTEN
from carrears.parties.queries import names_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.attempts import attempt_page
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.mail import opened
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.overrides import OverrideRow, OverrideShown, OverridesPage

_STATES = ("asked", "approved", "used", "lapsed", "refused")
_CHANNELS = ("call", *WRITTEN)
# How long a refusal still stands on the case page.
_REMEMBERED = timedelta(days=3)


def visible_overrides(user: User) -> QuerySet[Override]:
    """Overrides of the cases that ``user`` may see; for agencies, what their own people asked."""
    found = Override.objects.select_related(
        "case", "party", "asked_by", "decided_by", "booking", "stopped"
    )
    return own_requests(user, of_visible_cases(found, user))


def overrides_waiting(user: User) -> int:
    """What waits for ``user``: requests of others to decide, and leave that he asked for."""
    usable = _in_state("approved", now())
    own = Q(asked_by=user) & usable
    if user.has_perm("outreach.approve_override"):
        own |= Q(state=OverrideState.ASKED) & ~Q(asked_by=user)
    elif not _any_of.ask(user=user.pk):
        return 0  # as on most pages of whoever may only ask
    return visible_overrides(user).select_related(None).filter(own).count()


def overrides_page(user: User, params: QueryDict) -> OverridesPage:
    """The requests that fit the filters; what waits comes first, then the newest."""
    asked = _parse(params)
    seen = visible_overrides(user)
    found = seen.filter(asked.condition()).order_by("-asked_at", "-pk")
    pager = make_pager(params, total=found.count())
    askers = User.objects.filter(pk__in=seen.select_related(None).values("asked_by"))
    return OverridesPage(
        rows=_rows(user, found[rows_of(pager)]),
        pager=pager,
        loan_no=asked.loan_no,
        first=asked.first,
        last=asked.last,
        states=options_of([(s, _title(s)) for s in _STATES], asked.state),
        channels=options_of([(c, str(label_of(c, "word").text)) for c in _CHANNELS], asked.channel),
        people=options_of([(str(one.pk), str(one)) for one in askers.order_by("pk")], asked.asker),
        waiting=seen.filter(state=OverrideState.ASKED).count(),
        active=asked != _Asked(),
    )


def override_page(user: User, pk: int) -> OverrideShown:
    """One request with the whole verdict, the facts it was given on, and the words.

    Raises:
        Http404: there is none, or of a case that is not the reader's.
    """
    override = visible_overrides(user).filter(pk=pk).first()
    if override is None:
        raise Http404
    stopped = Attempt.objects.select_related("case", "party").get(pk=override.stopped_id)
    subject, body = opened(user, stopped) if stopped.channel in WRITTEN else ("", "")
    keys = [f"override:{pk}:{state}" for state in OverrideState.values]
    made = getattr(override, "booking", None)
    return OverrideShown(
        row=_rows(user, [override])[0],
        attempt=attempt_page(stopped.pk),
        subject=subject,
        body=body,
        may_decide=override.state == OverrideState.ASKED
        and override.asked_by_id != user.pk
        and user.has_perm("outreach.approve_override"),
        is_own=override.asked_by_id == user.pk,
        made=made.pk if made else None,
        entries=tuple(sorted(entry_numbers(keys).values())),
    )


def overrides_of_case(user: User, case: Case) -> tuple[OverrideRow, ...]:
    """What was asked for about a loan and still matters: waiting, to be used, just refused."""
    moment = now()
    matters = (
        Q(state=OverrideState.ASKED)
        | _in_state("approved", moment)
        | Q(state=OverrideState.REFUSED, decided_at__gte=moment - _REMEMBERED)
    )
    if not _any_about.ask(loan=case.loan_no):  # as of most loans
        return ()
    found = visible_overrides(user).filter(matters, case__loan_no=case.loan_no)
    return _rows(user, found.order_by("-asked_at", "-pk"))


@prepared
def _any_of(user: Blank) -> QuerySet[Override, tuple[Any, ...]]:
    return Override.objects.filter(asked_by=user).order_by().values_list("pk")[:1]


@prepared
def _any_about(loan: Blank) -> QuerySet[Override, tuple[Any, ...]]:
    return Override.objects.filter(case__loan_no=loan).order_by().values_list("pk")[:1]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The filters; days are of the lender's clock."""

    loan_no: str = ""
    state: str = ""
    channel: str = ""
    asker: str = ""
    first: date | None = None
    last: date | None = None

    def condition(self) -> Q:
        found = _in_state(self.state, now()) if self.state else Q()
        if self.loan_no:
            found &= Q(case__loan_no=self.loan_no)
        if self.channel:
            found &= Q(channel=self.channel)
        if self.asker:
            found &= Q(asked_by=int(self.asker))
        if self.first:
            found &= Q(asked_at__gte=_begin(self.first))
        if self.last:
            found &= Q(asked_at__lt=_begin(self.last + timedelta(days=1)))
        return found


def _parse(params: QueryDict) -> _Asked:
    """The filters of an address; what makes no sense in it is left out."""
    asker = params.get("by", "")
    return _Asked(
        loan_no=params.get("q", "").strip().replace("\0", "")[:80],
        state=_one_of(params.get("state", ""), _STATES),
        channel=_one_of(params.get("channel", ""), _CHANNELS),
        asker=asker if asker.isascii() and asker.isdigit() and len(asker) < 10 else "",  # noqa: PLR2004  more is no user
        first=day_of(params.get("from", "")),
        last=day_of(params.get("to", "")),
    )


def _in_state(state: str, moment: datetime) -> Q:
    if state == "used":
        return Q(booking__isnull=False)
    if state == "lapsed":
        return Q(state=OverrideState.APPROVED, booking=None, valid_until__lt=moment)
    if state == "approved":
        return Q(state=OverrideState.APPROVED, booking=None, valid_until__gte=moment)
    return Q(state=state)


def _rows(user: User, found: Iterable[Override]) -> tuple[OverrideRow, ...]:
    overrides: Sequence[Override] = put_said(found)
    names = names_of(one.party for one in overrides)
    moment = now()
    return tuple(_row(user, one, names[one.party_id], moment) for one in overrides)


def _row(user: User, one: Override, name: str, moment: datetime) -> OverrideRow:
    state = _state_of(one, moment)
    needed = "outreach.make_call" if one.channel == "call" else "outreach.send_message"
    return OverrideRow(
        pk=one.pk,
        loan_no=one.case.loan_no,
        token=str(one.party_id),
        name=sight_of(user, one.case).name_text(name),
        channel=one.channel,
        rules=tuple(one.rules),
        reason=one.reason,
        asked_by=str(one.asked_by),
        asked_at=one.asked_at,
        state=state,
        decision=one.decision,
        decided_by=_name(user, one.decided_by),
        decided_at=one.decided_at,
        valid_until=one.valid_until,
        may_use=state == "approved" and user.has_perm(needed),
    )


def _name(reader: User, person: User | None) -> str:
    """Who decided, as the reader may know him."""
    if person is None:
        return ""
    return str(person) if is_own(reader, person.pk) else gettext("the lender")


def _state_of(one: Override, moment: datetime) -> str:
    if getattr(one, "booking", None) is not None:
        return "used"
    if one.valid_until is not None and one.valid_until < moment:
        return "lapsed"
    return one.state


def _title(state: str) -> str:
    return str(label_of(state, "override_state").text)


def _one_of(text: str, known: Sequence[str]) -> str:
    return text if text in known else ""


def _begin(day: date) -> datetime:
    return at_local(day, time.min, settings.TIME_ZONE)
