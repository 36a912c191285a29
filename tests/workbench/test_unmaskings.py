"""Personal data is shown in clear for a reason, and the compliance officer sees who looked."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.parties.blind import Kind
from carrears.parties.erasing import erase_person
from carrears.parties.models import Party, Unmasking
from carrears.parties.unmasking import needs_step_up, reasons, reasons_to_choose

pytestmark = pytest.mark.django_db
VIN = "/case/A-03/reveal/vin/car/"
PAGE = "/compliance/unmasked/"


@pytest.fixture
def collector(sign_in: Any, me: User) -> Client:
    make_case(assignee=me)
    client: Client = sign_in(me)
    return client


@pytest.fixture
def officer(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def look(client: Client, reason: str = "contact", note: str = "", url: str = VIN) -> Any:
    return client.post(url, {"reason": reason, "note": note})


def test_a_value_is_shown_for_a_reason_only(collector: Client) -> None:
    for reason, note in (("", ""), ("nonsense", ""), ("call", ""), ("other", " ")):
        answer = look(collector, reason, note)
        assert answer.status_code == 422
        assert "LSVAA000000000812" not in answer.content.decode()
    assert not Unmasking.objects.exists()
    assert not Entry.objects.filter(kind="person.revealed").exists()

    assert "LSVAA000000000812" in look(collector, "other", "查验车辆").content.decode()

    [kept] = Unmasking.objects.all()
    assert (kept.kind, kept.reason, kept.by.username) == ("vin", "other", "collector")
    assert "查验车辆".encode() not in bytes(kept.note_sealed)
    told = json.loads(Entry.objects.get(kind="person.revealed").payload)
    assert (told["why"], told["what"]) == ("other", "vin")
    assert "查验车辆" not in Entry.objects.get(kind="person.revealed").payload


def test_the_reasons_are_offered_and_the_last_stays_chosen(collector: Client) -> None:
    form = collector.get(VIN).content.decode()
    assert [code for code in reasons() if f'value="{code}"' in form] == list(reasons_to_choose())
    assert "selected" not in form

    look(collector, "litigation")

    assert 'value="litigation" selected' in collector.get(VIN).content.decode()


def test_every_kind_asks_who_one_is() -> None:
    assert {kind: needs_step_up(kind) for kind in Kind} == dict.fromkeys(Kind, True)


def test_the_officer_sees_looks_by_person_staff_and_reason(
    collector: Client, officer: Client, sign_in: Any
) -> None:
    lead = sign_in(make_user(role="team_lead"))
    make_case(loan_no="B-04", name="钱试二")
    phone = Party.objects.get(loans__loan_no="B-04").contact_points.get(kind="phone")
    look(collector, "other", "查验车辆")
    look(lead, "complaint", url=f"/case/B-04/reveal/phone/{phone.pk}/")
    look(lead, "contact")

    def found(**query: object) -> list[tuple[str, str, str]]:
        rows = officer.get(PAGE, query).context["page"].rows
        return [(row.loan_no, row.kind, row.by) for row in rows]

    assert found() == [
        ("A-03", "vin", "team_lead"), ("B-04", "phone", "team_lead"), ("A-03", "vin", "collector"),
    ]  # fmt: skip
    assert found(loan="B-04") == [("B-04", "phone", "team_lead")]
    by = User.objects.get(username="collector").pk
    assert found(by=by) == [("A-03", "vin", "collector")]
    assert found(kind="phone") == found(reason="complaint") == [("B-04", "phone", "team_lead")]
    assert found(to="2001-01-31") == []
    page = officer.get(PAGE).context["page"]
    assert [(one.by, one.looks, one.people) for one in page.lookers] == [
        ("team_lead", 2, 2), ("collector", 1, 1),
    ]  # fmt: skip
    assert "查验车辆" in officer.get(PAGE).content.decode()


def test_the_file_has_codes_and_tokens_only(collector: Client, officer: Client) -> None:
    look(collector, "other", "查验车辆")
    answer: Any = officer.get(f"{PAGE}file/")
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["by"], row["loan_no"], row["kind"], row["reason"]) == (
        "collector", "A-03", "vin", "other",
    )  # fmt: skip
    assert "查验车辆" not in text


def test_the_words_go_with_the_person(collector: Client, officer: Client) -> None:
    look(collector, "other", "查验车辆")
    erase_person(Party.objects.get(loans__loan_no="A-03"), by=None, at=now())
    text = officer.get(PAGE).content.decode()
    assert "A-03" in text
    assert "查验车辆" not in text


def test_the_database_keeps_none_without_a_reason(collector: Client) -> None:
    look(collector)
    with pytest.raises(IntegrityError, match="unmasking_has_reason"), transaction.atomic():
        Unmasking.objects.update(reason="")
