"""A person contests what a program decided about him, and another person looks at it.

PIPL art. 24 para. 3: of a decision made by automated means that weighs on his rights he may ask
for an explanation, and he may refuse that it is made by automated means only. UK GDPR art. 22C
(Data (Use and Access) Act 2025, s. 80): information, representations, human intervention, contest.

While an appeal is open nothing that presses harder begins by itself (a ``frozen`` ruling): what is
contested goes on where it is no grave treatment, a milder one may begin, a grave one is
suspended; a placement with an agency is held or called back (``placed``). Who recorded the appeal,
or drafted, submitted or approved the strategy, does not review it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, Ruling, RulingKind
from carrears.dayrun.rulings import RulingError, RulingWanted, end_ruling, place_ruling
from carrears.rights.errors import RightsError
from carrears.rights.models import (
    CLOSED,
    ContestedDecision,
    Outcome,
    RequestKind,
    RightsRequest,
)
from carrears.rights.placed import hold_placed
from carrears.strategy.catalogue import forces
from carrears.strategy.choices import treatments_of
from carrears.strategy.files import GRAVE
from carrears.strategy.models import Publication, StrategyEvent, StrategyVersion
from carrears.strategy.services import strategy_document

REVIEW = "rights.review_decision"


def expect_contestable(case: Case | None, *, kind: RequestKind) -> None:
    """Refuse where no program has decided, or the case is before a person already.

    Raises:
        RightsError: the message says why.
    """
    if case is None or case.state != CaseState.OPEN:
        raise RightsError("no case of this loan is open: no program decides anything about it")
    if not case.treatment or case.strategy_id is None:
        raise RightsError("no program has decided this case yet")
    if kind == RequestKind.APPEAL and _open_appeals(case.loan_no).exists():
        raise RightsError("an appeal about this case is open already")
    if "ruled" in case.decision:
        raise RightsError("a person has the say over this treatment already")


def _open_appeals(loan_no: str) -> Any:
    appeals = RightsRequest.objects.filter(loan_no=loan_no, kind=RequestKind.APPEAL)
    return appeals.exclude(state__in=CLOSED)


def contest(request: RightsRequest, *, key: str, at: datetime) -> dict[str, Any]:
    """Keep the decision that a new request is about; an appeal freezes it. What the step tells."""
    case = request.case
    assert case is not None  # noqa: S101  see ``expect_contestable``
    assert case.strategy is not None  # noqa: S101  the same
    ContestedDecision.objects.create(
        request=request,
        case=case,
        treatment=case.treatment,
        strategy=case.strategy,
        decided_on=case.as_of,
        currency=case.currency,
        decision=case.decision,
        reasons=case.reasons,
    )
    if request.kind == RequestKind.APPEAL:
        place_ruling(
            RulingWanted(
                party=request.party,
                kind=RulingKind.FROZEN,
                cause=cause_of(request),
                key=f"{key}:frozen",
                at=at,
                by=request.registered_by,
                loan_no=request.loan_no,
                ceiling=min(force_of(case.treatment), GRAVE - 1),
            )
        )
    placed = hold_placed(request, at=at) if request.kind == RequestKind.APPEAL else {}
    return {
        "treatment": case.treatment,
        "strategy": case.strategy.version,
        "decided_on": case.as_of.isoformat(),
        **placed,
    }


def cause_of(request: RightsRequest) -> str:
    """What a ruling says of the request that it stands for."""
    return f"rights request {request.pk}"


def force_of(treatment: str) -> int:
    """How hard a treatment presses; one that is not known counts as grave."""
    return forces().get(treatment, GRAVE)


def may_review(request: RightsRequest, user: User) -> bool:
    """Whether this user may judge an appeal: permitted, and with no hand in what is judged."""
    return user.has_perm(REVIEW) and not _has_a_hand(request, user)


def _has_a_hand(request: RightsRequest, user: User) -> bool:
    if request.registered_by_id == user.pk:
        return True
    version: StrategyVersion = request.contested.strategy
    drafted = version.drafts.filter(Q(author=user) | Q(submitted_by=user))
    published = Publication.objects.filter(version=version)
    touched = StrategyEvent.objects.filter(Q(version=version) | Q(draft__version=version), by=user)
    return (
        drafted.exists()
        or published.filter(Q(proposed_by=user) | Q(approved_by=user)).exists()
        or touched.exclude(kind="returned").exists()
    )


def choosable(request: RightsRequest) -> dict[str, dict[str, Any]]:
    """The treatments that a reviewer may decide, with what goes with each.

    Those of the strategy's tables that press no harder than what is contested: nobody is left worse
    off by an appeal.
    """
    contested = request.contested
    document, _ = strategy_document(contested.strategy)
    most = force_of(contested.treatment)
    return {
        code: answer
        for code, answer in treatments_of(document).items()
        if code not in {"none", contested.treatment} and force_of(code) <= most
    }


def uphold(request: RightsRequest, *, key: str, by: User, at: datetime) -> dict[str, Any]:
    """The decision stands; the strategy decides on."""
    _keep(request, Outcome.UPHELD)
    unfreeze(request, key=key, by=by, at=at)
    return {"outcome": Outcome.UPHELD}


def change(
    request: RightsRequest, *, treatment: str, until_on: date, key: str, by: User, at: datetime
) -> dict[str, Any]:
    """A person decides the treatment of all this person's cases until a day, included.

    Raises:
        RightsError: a treatment that may not be chosen, or an end that the book has passed.
    """
    known = choosable(request)
    if treatment not in known:
        raise RightsError("this treatment cannot be chosen: none harder than the contested one can")
    _rule(
        request,
        RulingKind.DECIDED,
        key=key,
        by=by,
        at=at,
        treatment=treatment,
        decision=known[treatment],
        until_on=until_on,
    )
    _keep(request, Outcome.CHANGED, treatment_after=treatment, until_on=until_on)
    unfreeze(request, key=key, by=by, at=at)
    told = {"outcome": Outcome.CHANGED, "treatment": treatment}
    return told | {"until_on": until_on.isoformat()}


def exclude(request: RightsRequest, *, key: str, by: User, at: datetime) -> dict[str, Any]:
    """Nothing of this person is decided by a program alone, until he withdraws that."""
    _rule(request, RulingKind.CONFIRM, key=key, by=by, at=at)
    _keep(request, Outcome.EXCLUDED)
    unfreeze(request, key=key, by=by, at=at)
    return {"outcome": Outcome.EXCLUDED}


def _rule(
    request: RightsRequest, kind: RulingKind, *, key: str, by: User, at: datetime, **more: Any
) -> None:
    # Before the appeal's own ruling ends, so that nothing begins between the two.
    try:
        place_ruling(
            RulingWanted(
                party=request.party,
                kind=kind,
                cause=cause_of(request),
                key=f"{key}:{kind}",
                at=at,
                by=by,
                **more,
            )
        )
    except RulingError as error:
        raise RightsError(str(error)) from error


def _keep(request: RightsRequest, outcome: Outcome, **more: Any) -> None:
    ContestedDecision.objects.filter(request=request).update(outcome=outcome, **more)
    request.contested.refresh_from_db()


def unfreeze(request: RightsRequest, *, key: str, by: User | None, at: datetime) -> None:
    """An appeal is closed: what it held may begin."""
    for one in standing(request).filter(kind=RulingKind.FROZEN):
        end_ruling(one, key=f"{key}:thawed:{one.pk}", by=by, at=at)


def lift(request: RightsRequest, *, key: str, by: User, at: datetime) -> dict[str, Any]:
    """What an appeal brought about ends: the person withdrew it, or it is not needed any more."""
    for one in standing(request):
        end_ruling(one, key=f"{key}:{one.pk}", by=by, at=at)
    return {}


def standing(request: RightsRequest) -> Any:
    """The rulings that stand for a request."""
    return Ruling.objects.filter(cause=cause_of(request), ended_at=None).order_by("pk")
