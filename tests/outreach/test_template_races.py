"""Two people work on one draft of a template at once, in sessions of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from factories import make_user
from outreach.test_template_versions import KIND, changed

from carrears.access.models import User
from carrears.clock import now
from carrears.outreach.models import TemplateVersion
from carrears.outreach.template_book import today
from carrears.outreach.template_versions import (
    StaleTemplateError,
    open_template,
    propose_template,
    row_words,
    save_template,
)

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("请在您方便时", "请您得空时")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME = tmp_path


@pytest.fixture
def people() -> tuple[User, User]:
    return (
        make_user(username="li", role="team_lead"),
        make_user(username="wang", role="compliance_officer"),
    )


@pytest.fixture
def draft(people: tuple[User, User]) -> TemplateVersion:
    return open_template("reminder", by=people[0], at=now())


def at_once(*works: Callable[[], object]) -> list[object]:
    """What came of each, or its refusal; all begin together."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
        start.wait(30)
        try:
            return work()
        except StaleTemplateError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.mark.parametrize("_", range(5))
def test_of_two_who_save_at_once_one_is_told_and_nothing_is_lost(
    draft: TemplateVersion, people: tuple[User, User], _: int
) -> None:
    def save(place: int) -> int:
        words = changed(row_words(draft), KIND, WORDS[place])
        saved = save_template(draft.pk, revision=1, words=words, by=people[place], at=now())
        return saved.revision

    told = at_once(lambda: save(0), lambda: save(1))
    assert sorted(map(str, told)) == ["2", "somebody else saved this draft; load it again"]
    kept = TemplateVersion.objects.get(pk=draft.pk)
    first = told.index(2)
    assert kept.revision == 2
    assert WORDS[first] in kept.locales[0]["body"]
    assert WORDS[1 - first] not in kept.locales[0]["body"]
    # Who was refused has read what was saved, and saves his over it.
    words = changed(row_words(kept), WORDS[first], WORDS[1 - first])
    again = save_template(draft.pk, revision=2, words=words, by=people[1 - first], at=now())
    assert (again.revision, WORDS[1 - first] in again.locales[0]["body"]) == (3, True)


def test_nobody_submits_words_that_he_has_not_read(
    draft: TemplateVersion, people: tuple[User, User]
) -> None:
    def save() -> str:
        words = changed(row_words(draft), KIND, WORDS[0])
        save_template(draft.pk, revision=1, words=words, by=people[0], at=now())
        return "saved"

    save()
    told = {"reason": "更客气", "by": people[1], "at": now(), "not_before": today()}
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(StaleTemplateError):
        propose_template(draft.pk, effective_on=tomorrow, revision=1, **told)  # type: ignore[arg-type]
    proposed = propose_template(draft.pk, effective_on=tomorrow, revision=2, **told)  # type: ignore[arg-type]
    assert proposed.state == "proposed"
