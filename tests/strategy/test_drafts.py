"""The life of a draft: every arrow, every refusal, and what the database itself holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from factories import DAY, MOMENT, make_user

from carrears.access.models import User
from carrears.evidence.models import Entry
from carrears.strategy.drafts import (
    DraftError,
    StaleDraftError,
    approve_draft,
    discard_draft,
    import_draft,
    open_draft,
    return_draft,
    roll_back,
    save_draft,
    submit_draft,
)
from carrears.strategy.models import Draft, DraftState, Publication, PublicationKind
from carrears.strategy.services import published_strategy, strategy_in_file

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def author() -> User:
    return make_user(role="strategy_manager", username="author")


@pytest.fixture
def reviewer() -> User:
    return make_user(role="compliance_officer", username="reviewer")


def changed(draft: Draft) -> dict[str, Any]:
    """The draft's document with another cadence in the last rule of the last table."""
    document: dict[str, Any] = draft.document
    table = [n for n in document["nodes"] if n["type"] == "decisionTableNode"][-1]
    cadence = next(c["id"] for c in table["content"]["outputs"] if c["field"] == "review_days")
    rules = [*table["content"]["rules"]]
    rules[-1] = rules[-1] | {cadence: "29"}
    content = table["content"] | {"rules": rules}
    nodes = [n | {"content": content} if n is table else n for n in document["nodes"]]
    return document | {"nodes": nodes}


def submitted(author: User, *, effective_on: date = NEXT) -> Draft:
    draft = open_draft("treatment", title="Review sooner", by=author, at=MOMENT)
    save_draft(draft.pk, revision=1, document=changed(draft), by=author, at=MOMENT)
    return submit_draft(
        draft.pk, effective_on=effective_on, reason="fewer calls", by=author, at=MOMENT
    )


def approve(draft: Draft, reviewer: User) -> Publication:
    return approve_draft(draft.pk, reason="", by=reviewer, at=MOMENT, not_before=NEXT)


def test_a_version_decides_from_its_day_on(author: User, reviewer: User) -> None:
    before = strategy_in_file("treatment")
    draft = submitted(author)
    assert published_strategy(NEXT) == before
    publication = approve(draft, reviewer)

    assert published_strategy(DAY) == before
    assert published_strategy(NEXT) == publication.version == draft.version
    assert published_strategy(NEXT).version != before.version
    draft.refresh_from_db()
    assert draft.state == DraftState.PUBLISHED


def test_each_step_is_history_and_evidence(author: User, reviewer: User) -> None:
    draft = submitted(author)
    return_draft(draft.pk, reason="which rule?", by=reviewer, at=MOMENT)
    submit_draft(draft.pk, effective_on=NEXT, reason="the last one", by=author, at=MOMENT)
    approve(draft, reviewer)

    told = list(draft.events.order_by("pk").values_list("kind", "by__username", "reason"))
    assert told == [
        ("opened", "author", ""),
        ("edited", "author", ""),
        ("submitted", "author", "fewer calls"),
        ("returned", "reviewer", "which rule?"),
        ("submitted", "author", "the last one"),
        ("published", "reviewer", ""),
    ]
    kinds = Entry.objects.filter(kind__startswith="strategy.").order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "strategy.opened", "strategy.edited", "strategy.submitted", "strategy.returned",
        "strategy.submitted", "strategy.file", "strategy.published",
    ]  # fmt: skip


def test_nobody_approves_his_own_work(author: User, reviewer: User) -> None:
    draft = submitted(author)
    with pytest.raises(DraftError, match="second person"):
        approve(draft, author)

    helper = make_user(role="strategy_manager", username="helper")
    return_draft(draft.pk, reason="one cell more", by=reviewer, at=MOMENT)
    save_draft(draft.pk, revision=2, document=draft.document, by=helper, at=MOMENT)
    submit_draft(draft.pk, effective_on=NEXT, reason="again", by=author, at=MOMENT)
    with pytest.raises(DraftError, match="second person"):
        approve(draft, helper)
    assert approve(draft, reviewer).approved_by == reviewer


def test_the_database_wants_two_people_too(author: User) -> None:
    draft = submitted(author)
    with pytest.raises(IntegrityError, match="publication_by_two_people"), transaction.atomic():
        Publication.objects.create(
            name="treatment",
            version=draft.version,
            kind=PublicationKind.APPROVED,
            effective_on=NEXT,
            proposed_by=author,
            approved_by=author,
            at=MOMENT,
        )


def test_what_is_in_force_cannot_be_altered(author: User, reviewer: User) -> None:
    publication = approve(submitted(author), reviewer)
    for change in (
        lambda: Publication.objects.filter(pk=publication.pk).update(effective_on=DAY),
        publication.delete,
        lambda: type(publication.version).objects.update(document={}),
    ):
        with pytest.raises(IntegrityError, match="kept as they decided"), transaction.atomic():
            change()


def test_a_save_over_somebody_elses_is_refused(author: User) -> None:
    draft = open_draft("treatment", title="One", by=author, at=MOMENT)
    save_draft(draft.pk, revision=1, document=draft.document, by=author, at=MOMENT)
    with pytest.raises(StaleDraftError):
        save_draft(draft.pk, revision=1, document=draft.document, by=author, at=MOMENT)


def test_what_cannot_be_compiled_cannot_be_submitted(author: User) -> None:
    draft = open_draft("treatment", title="Broken", by=author, at=MOMENT)
    document = changed(draft)
    table = [n for n in document["nodes"] if n["type"] == "decisionTableNode"][-1]
    column = table["content"]["inputs"][0]["id"]
    table["content"]["rules"][2][column] = "-"
    save_draft(draft.pk, revision=1, document=document, by=author, at=MOMENT)
    with pytest.raises(DraftError, match="rule 3, column"):
        submit_draft(draft.pk, effective_on=NEXT, reason="why", by=author, at=MOMENT)


def test_a_day_that_is_decided_cannot_be_decided_again(author: User, reviewer: User) -> None:
    draft = submitted(author, effective_on=DAY)
    with pytest.raises(DraftError, match="decided already"):
        approve(draft, reviewer)


def test_an_earlier_version_comes_back_with_a_reason(author: User, reviewer: User) -> None:
    before = strategy_in_file("treatment")
    approve(submitted(author), reviewer)
    with pytest.raises(DraftError, match="reason"):
        roll_back(before, effective_on=NEXT, reason=" ", by=author, at=MOMENT, not_before=NEXT)
    roll_back(before, effective_on=NEXT, reason="complaints", by=author, at=MOMENT, not_before=NEXT)
    assert published_strategy(NEXT) == before


def test_a_version_that_never_was_in_force_cannot_come_back(author: User) -> None:
    draft = submitted(author)
    assert draft.version is not None
    with pytest.raises(DraftError, match="never in force"):
        roll_back(
            draft.version, effective_on=NEXT, reason="x", by=author, at=MOMENT, not_before=NEXT
        )


_REFUSED: list[tuple[str, Callable[[Draft, User], Any]]] = [
    ("submitted", lambda d, u: save_draft(
        d.pk, revision=d.revision, document=d.document, by=u, at=MOMENT)),
    ("submitted", lambda d, u: discard_draft(d.pk, reason="", by=u, at=MOMENT)),
    ("submitted", lambda d, u: submit_draft(
        d.pk, effective_on=NEXT, reason="x", by=u, at=MOMENT)),
    ("open", lambda d, u: return_draft(d.pk, reason="x", by=u, at=MOMENT)),
    ("open", approve),
    ("discarded", lambda d, u: submit_draft(
        d.pk, effective_on=NEXT, reason="x", by=u, at=MOMENT)),
    ("discarded", approve),
    ("published", lambda d, u: return_draft(d.pk, reason="x", by=u, at=MOMENT)),
    ("published", approve),
    ("published", lambda d, u: discard_draft(d.pk, reason="", by=u, at=MOMENT)),
]  # fmt: skip


@pytest.mark.parametrize(("state", "step"), _REFUSED)
def test_a_step_from_the_wrong_state_is_refused(
    state: str, step: Callable[[Draft, User], Any], author: User, reviewer: User
) -> None:
    draft = open_draft("treatment", title="T", by=author, at=MOMENT)
    if state in {"submitted", "published"}:
        submit_draft(draft.pk, effective_on=NEXT, reason="x", by=author, at=MOMENT)
    if state == "published":
        approve(draft, reviewer)
    if state == "discarded":
        discard_draft(draft.pk, reason="", by=author, at=MOMENT)
    draft.refresh_from_db()
    with pytest.raises(DraftError, match=f"is {state}"):
        step(draft, reviewer)


def test_a_draft_out_of_a_file(author: User) -> None:
    version = strategy_in_file("treatment")
    draft = import_draft(
        "treatment",
        title="From a file",
        document=version.document,
        facts=version.facts,
        by=author,
        at=MOMENT,
    )
    submit_draft(draft.pk, effective_on=NEXT, reason="same words", by=author, at=MOMENT)
    draft.refresh_from_db()
    assert draft.version == version
