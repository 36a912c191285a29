"""Work on a strategy: draft, submit, approve by a second person, roll back.

Each function is one transaction: it changes the draft, writes a line of the history and leaves
evidence. What is refused is said in words that a strategy manager understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.notices.services import ask_second, settle
from carrears.parties.words import commit_words
from carrears.strategy.cadence_faults import House, find_cadence_faults
from carrears.strategy.cadences import PART, load_cadences, write_cadences
from carrears.strategy.catalogue import catalogue
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import StrategyError
from carrears.strategy.facts import declared_facts
from carrears.strategy.jdm import parse_document
from carrears.strategy.manner import find_unknown_manners
from carrears.strategy.models import (
    Draft,
    DraftState,
    Publication,
    PublicationKind,
    StrategyEvent,
    StrategyVersion,
)
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.services import keep_version, strategy_in_file, strategy_in_force


class DraftError(ValueError):
    """What was asked cannot be done to this draft or version; the message says why."""


class StaleDraftError(DraftError):
    """Somebody else saved the draft in the meantime."""


@transaction.atomic
def open_draft(
    name: str, *, title: str, by: User, at: datetime, base: StrategyVersion | None = None
) -> Draft:
    """A draft that begins as ``base``, or as the version in force on the day of ``at``.

    Raises:
        DraftError: no title.
    """
    if not title.strip():
        raise DraftError("a draft needs a title")
    begins = base or strategy_in_force(name, on=at.date())
    draft = Draft.objects.create(
        name=name,
        title=title.strip(),
        document=begins.document,
        facts=begins.facts,
        base=begins,
        author=by,
    )
    _tell(draft, "opened", by=by, at=at)
    return draft


@transaction.atomic
def import_draft(
    name: str,
    *,
    title: str,
    document: Mapping[str, Any],
    facts: Mapping[str, Any],
    by: User,
    at: datetime,
) -> Draft:
    """A draft out of a file.

    Raises:
        DraftError: no title.
        DocumentError: not a decision graph.
        FactsError: a fact is not declared as facts are.
    """
    if not title.strip():
        raise DraftError("a draft needs a title")
    parse_document(document)
    declared_facts(facts)
    draft = Draft.objects.create(
        name=name, title=title.strip(), document=dict(document), facts=dict(facts), author=by
    )
    _tell(draft, "imported", by=by, at=at)
    return draft


@transaction.atomic
def save_draft(
    draft_id: int, *, revision: int, document: Mapping[str, Any], by: User, at: datetime
) -> Draft:
    """Save an open draft, whether it can be compiled yet or not.

    Raises:
        StaleDraftError: ``revision`` is not the newest.
        DraftError: the draft is not open.
    """
    draft = _locked(draft_id, DraftState.OPEN)
    if draft.revision != revision:
        raise StaleDraftError("somebody else saved this draft; load it again")
    draft.document = dict(document)
    draft.revision += 1
    draft.save(update_fields=["document", "revision", "changed_at"])
    if not draft.events.filter(kind="edited", by=by).exists():
        _tell(draft, "edited", by=by, at=at)
    return draft


@transaction.atomic
def draft_cadences(version: StrategyVersion, *, title: str, by: User, at: datetime) -> Draft:
    """A draft that begins as ``version`` and carries the cadences that the files have by now.

    Raises:
        CadenceError: a file cannot be used.
    """
    draft = open_draft(version.name, title=title, by=by, at=at, base=version)
    document = {**draft.document, PART: write_cadences(load_cadences(Path(settings.CARREARS_HOME)))}
    return save_draft(draft.pk, revision=draft.revision, document=document, by=by, at=at)


def check_draft(draft: Draft, *, house: House | None = None) -> StrategyError | None:
    """Why the draft could not decide a whole book; None where it could.

    ``house`` has what its cadences may name; without it nothing is looked up.
    """
    try:
        document = parse_document(draft.document)
        compile_graph(document, declared_facts(draft.facts))
    except StrategyError as error:
        return error
    if faults := find_cadence_faults(draft.document, house=house):
        return faults[0]
    return next(find_unknown_manners(document, offers=catalogue("offer")), None)


@transaction.atomic
def submit_draft(
    draft_id: int,
    *,
    effective_on: date,
    reason: str,
    by: User,
    at: datetime,
    house: House | None = None,
) -> Draft:
    """Ask for approval: the draft is frozen as a version that is to decide from a day on.

    ``house`` as in ``check_draft``.

    Raises:
        DraftError: not open, no reason, or it cannot be compiled (the message names the cell).
    """
    draft = _locked(draft_id, DraftState.OPEN)
    if not reason.strip():
        raise DraftError("say why the strategy changes")
    fault = check_draft(draft, house=house)
    if fault is not None:
        raise DraftError(reason_of(fault))
    draft.version = keep_version(draft.name, draft.document, draft.facts)
    draft.state, draft.submitted_by, draft.effective_on = DraftState.SUBMITTED, by, effective_on
    draft.save(update_fields=["version", "state", "submitted_by", "effective_on", "changed_at"])
    _tell(draft, "submitted", by=by, at=at, reason=reason)
    ask_second(
        "strategy.approve_draft",
        key=f"strategy:{draft.pk}",
        data={"what": "strategy", "pk": draft.pk},
        at=at,
        by=by,
        apart_from=[draft.author_id] if draft.author_id else [],
    )
    return draft


@transaction.atomic
def approve_draft(
    draft_id: int, *, reason: str, by: User, at: datetime, not_before: date
) -> Publication:
    """Publish what somebody else has submitted.

    ``not_before`` is the first day that no day run has decided yet: what was decided stays.

    Raises:
        DraftError: not submitted, approved by somebody who worked on it, or its day has passed.
    """
    draft = _locked(draft_id, DraftState.SUBMITTED)
    if by.pk == draft.author_id or draft.events.filter(by=by).exclude(kind="returned").exists():
        raise DraftError("whoever worked on a draft cannot approve it; a second person has to")
    assert draft.effective_on is not None  # noqa: S101  the database holds it
    assert draft.version is not None  # noqa: S101  see above
    if draft.effective_on < not_before:
        raise DraftError(
            say(
                "days before {not_before} are decided already; the draft has to be submitted anew",
                not_before=not_before,
            )
        )
    keep_file(draft.name, at=at)
    publication = Publication.objects.create(
        name=draft.name,
        version=draft.version,
        kind=PublicationKind.APPROVED,
        effective_on=draft.effective_on,
        proposed_by=draft.submitted_by,
        approved_by=by,
        reason=reason.strip(),
        at=at,
    )
    draft.state = DraftState.PUBLISHED
    draft.save(update_fields=["state", "changed_at"])
    settle(f"strategy:{draft.pk}", at=at)
    _tell(draft, "published", by=by, at=at, reason=reason)
    return publication


@transaction.atomic
def return_draft(draft_id: int, *, reason: str, by: User, at: datetime) -> Draft:
    """Give a submitted draft back to be worked on.

    Raises:
        DraftError: not submitted, or no reason.
    """
    draft = _locked(draft_id, DraftState.SUBMITTED)
    if not reason.strip():
        raise DraftError("say what has to change")
    draft.state = DraftState.OPEN
    draft.save(update_fields=["state", "changed_at"])
    settle(f"strategy:{draft.pk}", at=at)
    _tell(draft, "returned", by=by, at=at, reason=reason)
    return draft


@transaction.atomic
def discard_draft(draft_id: int, *, reason: str, by: User, at: datetime) -> Draft:
    """Put an open draft away; it stays readable.

    Raises:
        DraftError: not open.
    """
    draft = _locked(draft_id, DraftState.OPEN)
    draft.state = DraftState.DISCARDED
    draft.save(update_fields=["state", "changed_at"])
    _tell(draft, "discarded", by=by, at=at, reason=reason)
    return draft


@transaction.atomic
def roll_back(
    version: StrategyVersion,
    *,
    effective_on: date,
    reason: str,
    by: User,
    at: datetime,
    not_before: date,
) -> Publication:
    """Put a version that was in force before back into force, at once and by one person.

    Two people have approved it once; what is new is the reason, which stays for the auditor.

    Raises:
        DraftError: never in force, no reason, or the day is decided already.
    """
    if not reason.strip():
        raise DraftError("a roll-back needs its reason")
    if effective_on < not_before:
        raise DraftError(say("days before {not_before} are decided already", not_before=not_before))
    if not version.publications.exists():
        raise DraftError("this version was never in force")
    publication = Publication.objects.create(
        name=version.name,
        version=version,
        kind=PublicationKind.ROLLED_BACK,
        effective_on=effective_on,
        approved_by=by,
        reason=reason.strip(),
        at=at,
    )
    write_history(
        version.name,
        "rolled_back",
        version=version,
        by=by,
        at=at,
        reason=reason,
        key=f"publication:{publication.pk}",
    )
    return publication


def keep_file(name: str, *, at: datetime) -> None:
    """What the file said stays in force for the days before the first publication."""
    if Publication.objects.filter(name=name).exists():
        return
    version = strategy_in_file(name)
    publication = Publication.objects.create(
        name=name, version=version, kind=PublicationKind.FILE, effective_on=date.min, at=at
    )
    write_history(
        name, "file", version=version, by=None, at=at, key=f"publication:{publication.pk}"
    )


def _locked(draft_id: int, state: DraftState) -> Draft:
    draft = Draft.objects.select_for_update(of=("self",)).filter(pk=draft_id).first()
    if draft is None:
        raise Draft.DoesNotExist(f"no draft {draft_id}")
    if draft.state != state:
        raise DraftError(
            say("the draft is {state}, not {wanted}", state=draft.state, wanted=state.value)
        )
    return draft


def _tell(draft: Draft, kind: str, *, by: User, at: datetime, reason: str = "") -> None:
    number = draft.events.count() + 1
    write_history(
        draft.name,
        kind,
        draft=draft,
        version=draft.version,
        by=by,
        at=at,
        reason=reason,
        key=f"draft:{draft.pk}:{number}",
    )


def write_history(
    name: str,
    kind: str,
    *,
    at: datetime,
    key: str,
    draft: Draft | None = None,
    version: StrategyVersion | None = None,
    by: User | None = None,
    reason: str = "",
) -> None:
    """One line of a strategy's history, and its evidence under ``strategy:key``."""
    StrategyEvent.objects.create(
        name=name, draft=draft, version=version, kind=kind, by=by, reason=reason.strip(), at=at
    )
    record(
        f"strategy.{kind}",
        subject=name,
        key=f"strategy:{key}",
        actor=by.get_username() if by else "",
        occurred_at=at,
        payload={
            "strategy": name,
            "draft": draft.pk if draft else None,
            "version": version.version if version else "",
            **commit_words(f"strategy:{key}", {"reason": reason.strip()}, party=None),
        },
    )
