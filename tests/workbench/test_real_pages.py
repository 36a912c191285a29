"""Every page of a book that was really imported and run, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import make_user
from pytest_django import Settings
from small_tape import AS_OF, write_small_tape
from workbench.documents import Document

from carrears.access.models import User
from carrears.analytics.figures import Figure
from carrears.casework.assigning import assign_cases
from carrears.casework.models import Case
from carrears.dayrun.run import run_day
from carrears.exchange.mapping import load_mapping, shipped_names
from carrears.exchange.models import TapeImport
from carrears.outreach.models import Attempt
from carrears.outreach.templates import load_template, template_keys
from carrears.portfolio.imports import import_tape
from carrears.workbench.translations import read_catalogue

pytestmark = [
    pytest.mark.django_db,
    # Ibis asks DuckDB by a name that DuckDB has since renamed.
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
]


@pytest.fixture
def lead(settings: Settings, tmp_path: Path) -> User:
    """Somebody who sees everything of the small tape after its day was run."""
    settings.CARREARS_HOME = tmp_path
    settings.BOOK_DIR = tmp_path / "book"
    settings.MAIL_DIR = tmp_path / "mail"
    settings.SMTP_URL = ""
    mapping = load_mapping("carrears")
    for path in sorted(write_small_tape(tmp_path / "tape").iterdir()):
        import_tape(path, mapping=mapping)
    run_day(AS_OF)
    user = make_user(role="operator")
    user.is_superuser = True
    user.save()
    Case.objects.filter(loan_no="A-03").update(assignee=user)
    assign_cases()
    return user


def paths() -> list[str]:
    cases = Case.objects.values_list("loan_no", flat=True)
    mails = Attempt.objects.values_list("pk", flat=True)
    return [
        "/", *(f"/analytics/?figure={figure}&by=dealer" for figure in Figure),
        "/analytics/?measure=loans&from=2026-05", "/analytics/?to=2031-01",
        "/analytics/definitions/", "/warning/", "/warning/?level=high&sort=due", "/queue/",
        "/search/?q=A-0", "/search/?q=", "/imports/",
        "/mail/", "/evidence/", "/strategy/", "/team/",
        *(f"/case/{no}/" for no in cases), *(f"/mail/{pk}/" for pk in mails),
        *(f"/imports/{pk}/" for pk in TapeImport.objects.values_list("pk", flat=True)),
        "/case/A-03/contact/", "/case/A-07/contact/", "/case/A-08/contact/",
    ]  # fmt: skip


def read(client: Client, path: str) -> Document:
    answer = client.get(path, follow=path.startswith("/search/"))
    assert answer.status_code == (422 if "2031" in path else 200), path
    document = Document()
    document.feed(answer.content.decode())
    return document


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_in_one_language_and_without_anything_inline(
    sign_in: Any, lead: User, language: str
) -> None:
    client = sign_in(lead, language=language)
    foreign = other_language(language)

    for path in paths():
        document = read(client, path)
        assert document.forbidden == [], path
        assert len(document.ids) == len(set(document.ids)), path
        assert foreign & set(document.words) == set(), path


def other_language(language: str) -> set[str]:
    """Words of the catalogue that a page in ``language`` must not show."""
    pairs = [
        (message.id, message.string)
        for message in read_catalogue()
        if isinstance(message.id, str) and message.id != message.string
    ]
    if language == "en":
        return {chinese for _, chinese in pairs if re.search(r"[\u4e00-\u9fff]", chinese)} - {
            "中文"
        }
    return {english for english, _ in pairs if english and len(english) > 1} - {"English"}


def test_the_case_agrees_with_the_book(sign_in: Any, lead: User) -> None:
    client = sign_in(lead)

    page = client.get("/case/A-05/").context["page"]

    assert (page.dpd, page.owed.total.minor) == (76, 3_300_00)
    assert [(i.seq, i.short.minor, i.days) for i in page.owed.instalments] == [
        (4, 1_100_00, 76),
        (5, 1_100_00, 46),
        (6, 1_100_00, 15),
    ]
    assert {c.kind: c.amount.minor for c in page.owed.components} == {
        "interest": 300_00,
        "principal": 3_000_00,
    }
    assert page.debtor.name.text == "赵*五"
    assert page.score is not None
    assert page.treatment is not None
    assert page.treatment.fired
    assert all(c.actual != "–" for one in page.treatment.fired for c in one.conditions)
    assert page.timeline.events[0].entry_no is not None


def test_the_dashboard_counts_the_book(sign_in: Any, lead: User) -> None:
    page = sign_in(lead).get("/").context["page"]

    assert page.as_of == AS_OF
    assert [row.loans for row in page.buckets] == [3, 3, 1, 1, 0, 0, 1, 0]
    assert page.run is not None
    assert page.run.state == "done"


def test_templates_and_mappings_are_named_in_both_languages() -> None:
    names = [load_template(key).about for key in template_keys()]
    names += [load_mapping(name).title for name in shipped_names()]

    for name in names:
        zh, bar, en = name.partition("｜")
        assert bar, name
        assert re.search(r"[\u4e00-\u9fff]", zh), name
        assert re.search(r"[A-Za-z]", en), name
