"""Batches of letters on the screen, and one of them as a PDF."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user

from carrears.evidence.models import Entry
from carrears.outreach.models import PrintedLetter
from carrears.outreach.printing import make_batch
from carrears.outreach.services import contact

pytestmark = pytest.mark.django_db
URL = "/mail/letters/"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME = tmp_path


def sign_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role=role))
    return client


def make_letters(number: int) -> int:
    user = make_user(role="collector")
    for n in range(number):
        case = make_case(loan_no=f"A-{n}")
        assert case.party is not None
        contact(case, party=case.party, template="letter_reminder", by=user, key="k")
    batch = make_batch(replayed=True)
    assert batch is not None
    return batch.pk


def test_a_batch_is_listed_with_what_became_of_its_letters() -> None:
    pk = make_letters(2)
    page = sign_in("operator").get(URL).context["page"]
    [row] = page.rows
    assert (row.pk, row.letters, row.states, row.is_specimen) == (pk, 2, (("accepted", 2),), True)
    assert (row.pages, page.waiting) == (
        sum(PrintedLetter.objects.values_list("pages", flat=True)),
        0,
    )


def test_a_batch_is_one_pdf_of_all_its_letters_with_evidence() -> None:
    pk = make_letters(3)
    answer = sign_in("operator").post(f"{URL}{pk}.pdf")
    assert answer["Content-Type"] == "application/pdf"
    pdf = pypdfium2.PdfDocument(answer.content)
    said = [page.get_textpage().get_text_bounded() for page in pdf]
    assert len(said) == sum(PrintedLetter.objects.values_list("pages", flat=True))
    assert [n for n in range(3) if any(f"A-{n}" in words for words in said)] == [0, 1, 2]
    entry = Entry.objects.get(kind="letters.written")
    assert (entry.subject, entry.actor) == (f"letters:{pk}", "operator")


def test_who_may_not_print_letters_sees_and_takes_none() -> None:
    pk = make_letters(1)
    client = sign_in("team_lead")
    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}{pk}.pdf").status_code == 403
    assert not Entry.objects.filter(kind="letters.written").exists()


def test_a_batch_that_is_not_there_is_not_found() -> None:
    assert sign_in("operator").post(f"{URL}999.pdf").status_code == 404
