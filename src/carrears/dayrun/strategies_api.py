"""Strategies over HTTP: read, draft, submit, approve, roll back.

They are answered here and not in their own room, since a day that was run is decided for good and
only this room knows which days were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Status

from carrears.access.models import User
from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.dayrun.loan_facts import facts_of_loan
from carrears.dayrun.strategies_schemas import (
    ChangeOut,
    DraftIn,
    DraftOut,
    EventOut,
    FaultsOut,
    PublicationOut,
    ReasonIn,
    RollBackIn,
    SaveIn,
    StrategyOut,
    SubmitIn,
    TriedOut,
    TryIn,
    ValidateIn,
    VersionOut,
    WholeDraftOut,
    faults_of,
)
from carrears.evidence.services import sequence
from carrears.outreach.template_book import words_of_house
from carrears.strategy.difference import Difference, compare
from carrears.strategy.drafts import (
    approve_draft,
    discard_draft,
    import_draft,
    open_draft,
    return_draft,
    roll_back,
    save_draft,
    submit_draft,
)
from carrears.strategy.explaining import explain
from carrears.strategy.facts import Fact, declared_facts, given_facts
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.models import Draft, Publication, StrategyEvent, StrategyVersion
from carrears.strategy.services import (
    UnknownVersionError,
    find_version,
    has_strategy,
    strategy_document,
    strategy_in_force,
)
from carrears.strategy.single import decide_one

router = Router(tags=["strategies"])
drafts_router = Router(tags=["strategies"])
Name = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,79}$")]


@router.get("/{name}", response=StrategyOut)
def read_strategy(request: HttpRequest, name: Name) -> dict[str, Any]:
    """What is in force, what will be, what was."""
    _require(request, "strategy.view_strategyversion")
    _known(name)
    day = first_undecided_day()
    publications = Publication.objects.filter(name=name)
    return {
        "name": name,
        "version": strategy_in_force(name, on=day).version,
        "first_undecided_day": day,
        "publications": publications.select_related("version", "proposed_by", "approved_by"),
    }


@router.get("/{name}/versions/{version}", response=VersionOut)
def read_version(request: HttpRequest, name: Name, version: str) -> StrategyVersion:
    """A version word for word; the first eight digits of its hash will do."""
    _require(request, "strategy.view_strategyversion")
    return _version(name, version)


@router.get("/{name}/changes", response=list[ChangeOut])
def list_changes(request: HttpRequest, name: Name, before: str, after: str) -> list[Difference]:
    """What changed from one version to another, rule by rule and cell by cell."""
    _require(request, "strategy.view_strategyversion")
    documents = [strategy_document(_version(name, one))[0] for one in (before, after)]
    return compare(*documents)


@router.get("/{name}/history", response=list[EventOut])
def list_history(
    request: HttpRequest, name: Name, limit: Annotated[int, Field(ge=1, le=500)] = 100
) -> QuerySet[StrategyEvent]:
    """Who did what, and why, newest first."""
    _require(request, "strategy.view_strategyversion")
    return StrategyEvent.objects.filter(name=name).select_related("by", "version")[:limit]


@router.post("/{name}/validate", response=FaultsOut)
def validate(request: HttpRequest, name: Name, wanted: ValidateIn) -> dict[str, Any]:
    """What would keep a graph from deciding; nothing is kept."""
    _require(request, "strategy.view_strategyversion")
    _known(name)
    raw = wanted.facts
    if raw is None:
        raw = strategy_in_force(name, on=first_undecided_day()).facts
    return {"faults": faults_of(wanted.document, declared_facts(raw))}


@router.post("/{name}/try", response=TriedOut)
def try_one(request: HttpRequest, name: Name, wanted: TryIn) -> dict[str, Any]:
    """Decide one loan by the engine itself, with the reasons; nothing is kept."""
    _require(request, "strategy.view_strategyversion")
    _known(name)
    document, declared = _tried_by(request, name, wanted)
    facts = dict.fromkeys(declared) | _told_of(request, wanted.loan_no, declared)
    facts |= given_facts(wanted.facts, declared)
    decision = decide_one(document, facts)
    steps = explain(document, decision.trace)
    return {"facts": facts, "outputs": decision.outputs, "steps": steps}


@router.post("/{name}/roll-back", response={201: PublicationOut})
def put_back(request: HttpRequest, name: Name, wanted: RollBackIn) -> Status[Publication]:
    """Put a version that was in force back into force."""
    user = _require(request, "strategy.roll_back")
    day = first_undecided_day()
    publication = roll_back(
        _version(name, wanted.version),
        effective_on=wanted.effective_on or day,
        reason=wanted.reason,
        by=user,
        at=now(),
        not_before=day,
    )
    sequence()
    return Status(201, publication)


@router.get("/{name}/drafts", response=list[DraftOut])
def list_drafts(request: HttpRequest, name: Name) -> QuerySet[Draft]:
    """All drafts, the last changed first."""
    _require(request, "strategy.view_draft")
    related = ("author", "submitted_by", "base", "version")
    return Draft.objects.filter(name=name).select_related(*related)


@router.post("/{name}/drafts", response={201: WholeDraftOut})
def create_draft(request: HttpRequest, name: Name, wanted: DraftIn) -> Status[Draft]:
    """Begin a draft."""
    user = _require(request, "strategy.add_draft")
    _known(name)
    if wanted.document is None:
        base = _version(name, wanted.base) if wanted.base else None
        draft = open_draft(name, title=wanted.title, by=user, at=now(), base=base)
    else:
        facts = wanted.facts
        if facts is None:
            facts = strategy_in_force(name, on=first_undecided_day()).facts
        draft = import_draft(
            name, title=wanted.title, document=wanted.document, facts=facts, by=user, at=now()
        )
    sequence()
    return Status(201, draft)


@drafts_router.get("/{draft_id}", response=WholeDraftOut)
def read_draft(request: HttpRequest, draft_id: int) -> Draft:
    """A draft with its graph and what keeps it from deciding."""
    _require(request, "strategy.view_draft")
    return get_object_or_404(Draft, pk=draft_id)


@drafts_router.put("/{draft_id}", response=WholeDraftOut)
def write_draft(request: HttpRequest, draft_id: int, wanted: SaveIn) -> Draft:
    """Save an open draft; 409 where somebody else saved it since it was read."""
    user = _require(request, "strategy.change_draft")
    _exists(draft_id)
    draft = save_draft(
        draft_id, revision=wanted.revision, document=wanted.document, by=user, at=now()
    )
    sequence()
    return draft


@drafts_router.post("/{draft_id}/submit", response=DraftOut)
def submit(request: HttpRequest, draft_id: int, wanted: SubmitIn) -> Draft:
    """Ask for a second person's approval."""
    user = _require(request, "strategy.change_draft")
    _exists(draft_id)
    draft = submit_draft(
        draft_id,
        effective_on=wanted.effective_on,
        reason=wanted.reason,
        by=user,
        at=now(),
        house=words_of_house(),
    )
    sequence()
    return draft


@drafts_router.post("/{draft_id}/approve", response={201: PublicationOut})
def approve(request: HttpRequest, draft_id: int, wanted: ReasonIn) -> Status[Publication]:
    """Publish what somebody else submitted, from its day on."""
    user = _require(request, "strategy.approve_draft")
    _exists(draft_id)
    publication = approve_draft(
        draft_id, reason=wanted.reason, by=user, at=now(), not_before=first_undecided_day()
    )
    sequence()
    return Status(201, publication)


@drafts_router.post("/{draft_id}/return", response=DraftOut)
def give_back(request: HttpRequest, draft_id: int, wanted: ReasonIn) -> Draft:
    """Give a submitted draft back to be worked on; a reason is needed."""
    user = _require(request, "strategy.approve_draft", "strategy.change_draft")
    _exists(draft_id)
    draft = return_draft(draft_id, reason=wanted.reason, by=user, at=now())
    sequence()
    return draft


@drafts_router.post("/{draft_id}/discard", response=DraftOut)
def discard(request: HttpRequest, draft_id: int, wanted: ReasonIn) -> Draft:
    """Put an open draft away."""
    user = _require(request, "strategy.change_draft")
    _exists(draft_id)
    draft = discard_draft(draft_id, reason=wanted.reason, by=user, at=now())
    sequence()
    return draft


def _known(name: str) -> None:
    if not has_strategy(name):
        raise Http404(f"no strategy is called {name}")


def _tried_by(request: HttpRequest, name: str, by: TryIn) -> tuple[Document, dict[str, Fact]]:
    """The graph that is tried, and its facts."""
    if by.draft is not None:
        _require(request, "strategy.view_draft")
        draft = get_object_or_404(Draft, pk=by.draft, name=name)
        return parse_document(draft.document), declared_facts(draft.facts)
    if by.version is not None:
        return strategy_document(_version(name, by.version))
    return strategy_document(strategy_in_force(name, on=first_undecided_day()))


def _told_of(
    request: HttpRequest, loan_no: str | None, declared: Mapping[str, Fact]
) -> dict[str, Any]:
    if loan_no is None:
        return {}
    _require(request, "casework.view_all_cases")
    told = facts_of_loan(loan_no, declared)
    if told is None:
        raise Http404(f"no day run knows a loan {loan_no}")
    return told


def _exists(draft_id: int) -> None:
    get_object_or_404(Draft, pk=draft_id)


def _version(name: str, version: str) -> StrategyVersion:
    try:
        return find_version(version, name=name)
    except UnknownVersionError as error:
        raise Http404(str(error)) from error


def _require(request: HttpRequest, *permissions: str) -> User:
    """The user, who has to have one of the permissions."""
    user = request.user
    if not (isinstance(user, User) and any(map(user.has_perm, permissions))):
        raise PermissionDenied(f"this user lacks the permission {' or '.join(permissions)}")
    return user
