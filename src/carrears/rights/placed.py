"""What an appeal does to a placement with an agency (委案).

PIPL art. 24 para. 3: who contests an automated decision gets a person to look at it. Meanwhile an
agency that works the debtor goes no further: by ``CARREARS_APPEAL_PLACEMENT`` the placement is
held (nobody of the agency may contact anybody about the debtor, and it sees why) or called back.
Once the appeal is judged a held placement goes on where the decision stands, and is called back
where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.models import Case, Placement
from carrears.casework.placements import hold_placement, recall, resume_placement
from carrears.conduct.matters import on_case
from carrears.conduct.models import DoNotContact
from carrears.conduct.services import bar_contact, lift_bar
from carrears.parties.models import LoanParty, Party
from carrears.rights.models import CLOSED, Outcome, RequestKind, RightsRequest

APPEAL = "appeal"  # why an agency is kept from a debtor, and the reason of the bars
SETTLED = "appeal_settled"
PLACING = "place_with_agency"  # the step of a treatment that goes to an agency


def hold_placed(request: RightsRequest, *, at: datetime) -> dict[str, Any]:
    """Hold or call back what is placed of the debtor, or will be. What the step of it tells."""
    placed, by = _placed(request, at=at), request.registered_by
    if not placed:
        return {}
    if settings.APPEAL_PLACEMENT == "recall":
        recall(placed, reason=APPEAL, by=by, at=at)
        return {"placements_recalled": [one.pk for one in placed]}
    held = []
    for one in placed:
        if hold_placement(one, cause=_cause(request), why=APPEAL, by=by, at=at):
            _bar(request, one, by=by, at=at)
            held.append(one.pk)
    return {"placements_held": held} if held else {}


def settle_placed(request: RightsRequest, *, by: User | None, at: datetime) -> dict[str, Any]:
    """Let the held placements of a closed appeal go on, or call them back.

    While another appeal about the debtor is open they stay held, unless they are called back.
    """
    held = [one for one in _placed(request, at=at) if one.held_at is not None]
    if not held:
        return {}
    ends = _ends(request)
    if not ends and (other := _other_appeal(request)) is not None:
        Placement.objects.filter(pk__in=[one.pk for one in held]).update(held_cause=_cause(other))
        return {"placements_still_held": [one.pk for one in held]}
    for one in held:
        _unbar(one, by=by, at=at)
    if ends:
        recall(held, reason=SETTLED, by=by, at=at)
        return {"placements_recalled": [one.pk for one in held]}
    for one in held:
        resume_placement(one, why=SETTLED, by=by, at=at)
    return {"placements_resumed": [one.pk for one in held]}


def _ends(request: RightsRequest) -> bool:
    """Whether what came of an appeal takes the debtor from the agency."""
    contested = request.contested
    if contested.outcome == Outcome.CHANGED:
        return _step_of(request, contested.treatment_after) != PLACING
    return bool(contested.outcome == Outcome.EXCLUDED)


def _step_of(request: RightsRequest, treatment: str) -> str:
    from carrears.rights.appeals import choosable  # noqa: PLC0415  it calls this

    return str(choosable(request).get(treatment, {}).get("step") or "")


def _cause(request: RightsRequest) -> str:
    return f"rights request {request.pk}"


def _placed(request: RightsRequest, *, at: datetime) -> list[Placement]:
    """The placements of the debtor that are not over, those to come included."""
    number = request.case.obligor_no if request.case else ""
    if not number:
        return []
    found = Placement.objects.filter(obligor_no=number, recalled_at=None)
    ahead = found.filter(Q(until_on=None) | Q(until_on__gte=access_day(at)))
    return list(ahead.select_related("agency").order_by("pk"))


def _other_appeal(request: RightsRequest) -> RightsRequest | None:
    """Another open appeal about a case of the same debtor."""
    number = request.case.obligor_no if request.case else ""
    appeals = RightsRequest.objects.filter(kind=RequestKind.APPEAL, case__obligor_no=number)
    return appeals.exclude(state__in=CLOSED).exclude(pk=request.pk).order_by("pk").first()


def _people(number: str) -> Iterable[Party]:
    """Everybody of the debtor's loans: he himself, co-debtors, guarantors, contacts."""
    loans = Case.objects.filter(obligor_no=number).values("loan_no")
    own = Case.objects.filter(obligor_no=number).exclude(party=None).values("party")
    linked = LoanParty.objects.filter(loan_no__in=loans).values("party")
    return Party.objects.filter(Q(pk__in=own) | Q(pk__in=linked)).order_by("pk")


def _bar(request: RightsRequest, placement: Placement, *, by: User | None, at: datetime) -> None:
    """The gate stops whatever the agency tries with anybody of the debtor's loans."""
    assert request.case is not None  # noqa: S101  an appeal is about an open case
    from_on = min(on_case(request.case, moment=at)["hold_from"], access_day(at))
    for party in _people(placement.obligor_no):
        bar_contact(
            party,
            reason=APPEAL,
            from_on=from_on,
            until_on=None,
            actor=placement.agency.key,
            by=by,
            at=at,
        )


def _unbar(placement: Placement, *, by: User | None, at: datetime) -> None:
    bars = DoNotContact.objects.filter(reason=APPEAL, actor=placement.agency.key, lifted_at=None)
    for bar in bars.filter(party__in=_people(placement.obligor_no)).order_by("pk"):
        lift_bar(bar, reason=SETTLED, by=by, at=at)
