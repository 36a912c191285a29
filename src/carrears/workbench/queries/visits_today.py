"""Today's visits as a visitor's phone gets them: what he needs to go there, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import Case
from carrears.casework.seeing import of_visible_cases
from carrears.clock import at_local, local_day, now, zone
from carrears.database.wall import as_house
from carrears.outreach.models import FieldVisit, VisitStep
from carrears.outreach.outcome_codes import load_outcome_codes
from carrears.outreach.visit_queries import (
    by_window,
    of_day,
    on_his_way,
    own_visits,
    working_day,
)
from carrears.outreach.visits import is_present
from carrears.parties.blind import Kind
from carrears.parties.models import Unmasking
from carrears.parties.queries import PersonData, open_parties
from carrears.parties.unmasking import BY_VISIT, note_unmasking
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.visits_route import in_order
from carrears.workbench.templatetags.workbench import day as day_text

# A visit that the gate did not let go is nobody's way.
_SHOWN = frozenset({"ordered", "there", "done", "called_off", "stopped"})


def phone_day(user: User, *, fresh: bool) -> dict[str, Any]:
    """The visits of the day that ``user`` makes, with names and addresses in clear.

    That he saw them is kept, once a day for each. Without ``fresh``, a proof of who he is, what he
    did not see today already stays masked.
    """
    day = working_day()
    visits = in_order([one for one in _visits(user, day) if one.state in _SHOWN])
    with on_his_way(user):
        people = open_parties({one.attempt.party_id for one in visits})
        told = [_visit(user, one, people[one.attempt.party_id], fresh=fresh) for one in visits]
    codes = load_outcome_codes(Path(settings.CARREARS_HOME), on=day)
    return {
        "day": str(day_text(day)),
        "until": round(_end_of_day().timestamp() * 1000),
        "visits": told,
        "codes": [
            {
                "code": one.code,
                "title": chosen(one.title.zh, one.title.en),
                "needs_day": one.next == "callback",
            }
            for one in codes.of("visit")
        ],
        "first_day": day.isoformat(),
        "last_day": (day + timedelta(days=codes.follow_up_at_most)).isoformat(),
    }


def words() -> dict[str, str]:
    """What the page says by code, in the reader's language."""
    return {
        "check_in": gettext("Check in"),
        "photo": gettext("Photo"),
        "signature": gettext("Signature"),
        "result": gettext("Result"),
        "check_out": gettext("Check out"),
        "waiting": gettext("waits for the network"),
        "kept": gettext("sent"),
        "stopped": gettext("stopped by the gate"),
        "waits": gettext("counts once your colleague has checked in"),
        "conflict": gettext("does not fit any more; kept for the house to settle"),
        "refused": gettext("not taken"),
        "late": gettext("told afterwards"),
        "idle": "",
        "sending": gettext("Sending"),
        "offline": gettext("No network: what you tell is kept on this phone and sent later."),
        "signed_out": gettext("Signed out: what you told waits on this phone."),
        "n_waiting": gettext("%s to be sent"),
        "all_sent": gettext("All is sent"),
        "locating": gettext("Asking for the position"),
        "no_picture": gettext("This is no picture."),
        "sign_first": gettext("Sign in the field, or type the name."),
        "stopped_now": gettext("The gate lets this visit go no more. Do not go in; leave."),
        "leave_waiting": gettext(
            "Some of what you told was not sent yet. It stays encrypted on this phone until you"
            " sign in here again. Sign out?"
        ),
        "let_go": gettext("Let it go"),
        "let_go_sure": gettext("It is deleted from this phone and was not taken. Go on?"),
        "refused_picture": gettext("the picture is of a kind that is not taken, or too large"),
        "refused_not_yours": gettext("this visit is not yours"),
        "refused_erased": gettext("the person was erased; nothing new is kept"),
        "refused_invalid": gettext("it is not as the house takes it"),
    }


def _visits(user: User, day: date) -> list[FieldVisit]:
    found = by_window(own_visits(user, of_day(day))).prefetch_related("steps")
    with as_house():  # a colleague's case is his way, too
        if acts_for(user):
            found = of_visible_cases(found, user)
        return list(found)


def _visit(user: User, visit: FieldVisit, person: PersonData, *, fresh: bool) -> dict[str, Any]:
    point = visit.attempt.contact_point_id
    address = next((one.value for one in person.points if one.pk == point), "")
    shown = fresh or _seen_today(user, visit)
    if shown:
        _note(user, visit, address=address, name=person.name)
    other = visit.second if visit.first_id == user.pk else visit.first
    clock = zone(settings.TIME_ZONE)
    window = (one.astimezone(clock).strftime("%H:%M") for one in (visit.from_at, visit.until_at))
    return {
        "id": visit.pk,
        "window": "–".join(window),
        "name": person.name if shown else "",
        "address": address if shown else "",
        "locked": not shown,
        "colleague": str(other),
        "loan_no": visit.case.loan_no,
        "state": visit.state,
        "state_name": str(label_of(visit.state, "visit_state").text),
        "here": is_present(visit, user),
        "steps": list(_steps(visit.steps.all(), user)),
    }


def _steps(steps: Iterable[VisitStep], user: User) -> Iterable[dict[str, Any]]:
    clock = zone(settings.TIME_ZONE)
    for one in steps:
        yield {
            "id": str(one.pk),
            "kind": one.kind,
            "time": one.claimed_at.astimezone(clock).strftime("%H:%M"),
            "standing": one.standing,
            "late": one.late,
            "mine": one.by_id == user.pk,
        }


def _seen_today(user: User, visit: FieldVisit) -> bool:
    return _unmaskings(user, visit).filter(kind=Kind.ADDRESS.value).exists()


def _unmaskings(user: User, visit: FieldVisit) -> QuerySet[Unmasking]:
    since = at_local(local_day(now(), settings.TIME_ZONE), time.min, settings.TIME_ZONE)
    return Unmasking.objects.filter(
        by=user,
        party=visit.attempt.party_id,
        loan_no=visit.case.loan_no,
        reason=BY_VISIT,
        at__gte=since,
    )


def _note(user: User, visit: FieldVisit, *, address: str, name: str) -> None:
    """Keep that he saw them: the address, and the name of a person whose case he does not work."""
    case: Case = visit.case
    seen = set(_unmaskings(user, visit).values_list("kind", flat=True))
    attempt = visit.attempt
    values = [(Kind.ADDRESS, address, str(attempt.contact_point_id))]
    if case.assignee_id != user.pk:
        values.append((Kind.NAME, name, str(attempt.party_id)))
    for kind, value, ref in values:
        if value and kind.value not in seen:
            note_unmasking(
                attempt.party,
                kind,
                loan_no=case.loan_no,
                ref=ref,
                reason=BY_VISIT,
                note="",
                by=user,
                at=now(),
            )


def _end_of_day() -> datetime:
    tomorrow = local_day(now(), settings.TIME_ZONE) + timedelta(days=1)
    return at_local(tomorrow, time.min, settings.TIME_ZONE)
