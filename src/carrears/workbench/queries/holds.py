"""Stops of collection (停催) in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import CLASSES, asked_by_class, hold_reason_for, is_own
from carrears.casework.case_time import business_time
from carrears.casework.hold_queries import HoldState, day_of_holds, holds_in, visible_holds
from carrears.casework.holds import has_holds, may_lift, why_of
from carrears.casework.models import Case, Hold, HoldReason
from carrears.casework.seeing import visible_cases
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.holds import HoldShown, HoldsPage, HoldStep

_STATES: tuple[HoldState, ...] = ("live", "open_ended", "over", "all")
_SOON = (3, 7, 14, 30)


def holds_of_case(user: User, case: Case) -> tuple[HoldShown, ...]:
    """The holds of a case and of its borrower with their history, the newest first."""
    if not has_holds(case):  # most cases: no more to ask
        return ()
    found, today = visible_holds(user, case).order_by("-from_on", "-pk"), business_time(case)[0]
    return tuple(
        _shown(one, on=today, loan_no=case.loan_no, reader=user)
        for one in found.select_related("placed_by", "party").prefetch_related("steps__by")
    )


def holds_page(user: User, params: QueryDict) -> HoldsPage:
    """The holds asked for; without a state, those that stand."""
    found, on = _asked(user, params)
    pager = make_pager(params, total=found.count())
    state = params.get("state", "")
    return HoldsPage(
        rows=tuple(_listed(user, found[rows_of(pager)], on)),
        pager=pager,
        on=on,
        states=options_of(
            [(one, str(label_of(one, "hold_list").text)) for one in _STATES],
            state if state in _STATES else "live",
            every=False,
        ),
        reasons=options_of(
            [(one, str(label_of(one, "hold").text)) for one in _reasons(user)],
            params.get("reason", ""),
        ),
        ends=options_of(
            [
                (str(days), ngettext("within %(n)s day", "within %(n)s days", days) % {"n": days})
                for days in _SOON
            ],
            params.get("ends", ""),
        ),
        loan_no=params.get("loan", "").strip(),
        query=params.urlencode(),
    )


def holds_list(user: User, params: QueryDict) -> Listing:
    """The same as a file."""
    head = ("hold", "loan_no", "reason", "whole_person", "from", "until", "lifted", "state", "by")
    found, on = _asked(user, params)
    rows = (
        (one.pk, one.loan_no, one.reason, "yes" if one.whole_person else "no", one.from_on,
         one.until_on, one.lifted_on, one.state, one.placed_by)
        for one in _listed(user, found, on)
    )  # fmt: skip
    return Listing("holds", head, rows)


def _asked(user: User, params: QueryDict) -> tuple[QuerySet[Hold], date]:
    on = day_of_holds()
    state, ends = params.get("state", ""), params.get("ends", "")
    found = holds_in(
        visible_holds(user),
        on=on,
        state=state if state in _STATES else "live",
        ends_within=int(ends) if ends in map(str, _SOON) else None,
    )
    if reason := params.get("reason", ""):
        found = asked_by_class(user, found, reason)
    if loan_no := params.get("loan", "").strip().replace("\0", ""):
        case = visible_cases(user).filter(loan_no=loan_no).first()
        found = found & visible_holds(user, case) if case is not None else found.none()
    mine = visible_cases(user).select_related(None).filter(party=OuterRef("party"))
    of_person = Subquery(mine.order_by("-opened_on", "-pk").values("loan_no")[:1])
    return found.annotate(loan_no=Coalesce(F("case__loan_no"), of_person)).order_by(
        F("until_on").asc(nulls_last=True), "from_on", "pk"
    ), on


def _reasons(user: User) -> Sequence[str]:
    """By what the list may be narrowed: the reasons, or, for an agency, their classes."""
    return CLASSES if acts_for(user) else HoldReason.values


def _listed(user: User, found: QuerySet[Hold], on: date) -> Iterator[HoldShown]:
    for one in found.select_related("placed_by"):
        loan_no = getattr(one, "loan_no", "") or ""
        yield _shown(one, on=on, loan_no=loan_no, reader=user, steps=False)


def _shown(hold: Hold, *, on: date, loan_no: str, reader: User, steps: bool = True) -> HoldShown:
    """``steps``: of a case page, where what was done to it is shown, too."""
    state = _state(hold, on)
    is_live = state == "live" and hold.until_on is not None
    return HoldShown(
        pk=hold.pk,
        loan_no=loan_no,
        reason=hold_reason_for(reader, hold),
        whole_person=hold.case_id is None,
        from_on=hold.from_on,
        until_on=hold.until_on,
        state=state,
        placed_by=_name(reader, hold.placed_by),
        lifted_on=hold.lifted_on,
        days_left=(hold.until_on - on).days if is_live and hold.until_on else None,
        steps=tuple(
            HoldStep(
                kind=step.kind,
                until_on=step.until_on,
                by=_name(reader, step.by) or gettext("the system"),
                at=step.at,
                why=why_of(step, hold) if step.by is None or is_own(reader, step.by_id) else "",
            )
            for step in (hold.steps.all() if steps else ())
        ),
        may_lift=steps and may_lift(reader, hold),
    )


def _name(reader: User, person: User | None) -> str:
    """Who did it, as the reader may know him."""
    if person is None:
        return ""
    return str(person) if is_own(reader, person.pk) else gettext("the lender")


def _state(hold: Hold, on: date) -> str:
    if hold.lifted_on is not None:
        return "lifted"
    if hold.until_on is not None and hold.until_on < on:
        return "over"
    return "waits" if hold.from_on > on else "live"
