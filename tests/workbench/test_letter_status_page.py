"""Status files of a print house on the screen: taken by row, and what is wrong kept and shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_case, make_user

from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.models import LetterStatusReject, PrintedLetter
from carrears.outreach.printing import make_batch
from carrears.outreach.services import contact

pytestmark = pytest.mark.django_db
URL = "/mail/letters/"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME = tmp_path


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make_user(role="operator"))
    return client


@pytest.fixture
def letter() -> PrintedLetter:
    case = make_case()
    assert case.party is not None
    user = make_user(role="collector")
    contact(case, party=case.party, template="letter_reminder", by=user, key="k")
    make_batch(replayed=True)
    return PrintedLetter.objects.get()


def bring(client: Client, text: str, *, name: str = "status.csv") -> list[str]:
    """Upload a file; what is said of it."""
    file = SimpleUploadedFile(name, text.encode(), content_type="text/csv")
    answer = client.post(f"{URL}status/", {"file": file}, follow=True)
    assert answer.status_code == 200
    return [str(one) for one in answer.context["messages"]]


def test_rows_are_taken_and_bad_ones_kept_and_shown(
    operator: Client, letter: PrintedLetter
) -> None:
    day = now().date()
    text = (
        "letter,status,on,reason\n"
        f"{letter.number},printed,{day},\n"
        f"{letter.number},lost,{day},\n"
        f"L-0,posted,{day},\n"
    )
    bring(operator, text)
    page = operator.get(URL).context["page"]
    [file] = page.files
    assert (file.name, file.taken, file.known, file.bad) == ("status.csv", 1, 0, 2)
    assert [(row.line, row.field) for row in file.rejects] == [(3, "status"), (4, "letter")]
    assert file.rejects[1].row == f"L-0,posted,{day},"
    assert Entry.objects.filter(kind="letter.printed").count() == 1
    assert b"L-0" not in bytes(LetterStatusReject.objects.get(line=4).row_sealed)

    mended = operator.get(f"{URL}status/{file.pk}/").content.decode("utf-8-sig")
    assert mended.splitlines()[0] == "line,field,problem,letter,status,on,reason"
    assert f"4,letter,no letter has this number,L-0,posted,{day}," in mended


def test_the_same_file_again_changes_nothing(operator: Client, letter: PrintedLetter) -> None:
    text = f"letter,status,on,reason\n{letter.number},printed,{now().date()},\n"
    for name in ("one.csv", "two.csv"):
        bring(operator, text, name=name)
    [file] = operator.get(URL).context["page"].files
    assert (file.name, file.taken, file.known, file.bad) == ("two.csv", 1, 1, 0)
    assert Entry.objects.filter(kind="letter.printed").count() == 1


def test_what_was_put_aside_may_be_taken_once_its_letter_is_there(
    operator: Client, letter: PrintedLetter
) -> None:
    number = letter.number
    text = f"letter,status,on,reason\n{number},printed,{now().date()},\n"
    PrintedLetter.objects.update(number="L-other")
    bring(operator, text)
    assert operator.get(URL).context["page"].files[0].bad == 1
    PrintedLetter.objects.update(number=number)
    bring(operator, text)
    [file] = operator.get(URL).context["page"].files
    assert (file.taken, file.bad) == (1, 0)


@pytest.mark.parametrize("text", ["letter,status\n1,2\n", "a\nb\n"])
def test_what_is_no_status_file_is_said(operator: Client, text: str) -> None:
    [said] = bring(operator, text)
    assert "no column" in said
    assert operator.get(URL).context["page"].files == ()


def test_no_file_is_said(operator: Client) -> None:
    answer = operator.post(f"{URL}status/", {}, follow=True)
    assert len(list(answer.context["messages"])) == 1


def test_who_may_not_print_letters_brings_and_reads_none(letter: PrintedLetter) -> None:
    del letter
    client = Client()
    client.force_login(make_user(role="team_lead"))
    assert client.post(f"{URL}status/", {}).status_code == 403
    assert client.get(f"{URL}status/1/").status_code == 403
