"""A person is told all that is held about him, and nothing of anybody else."""

from __future__ import annotations

import json

import pypdfium2
import pytest
from factories import DAY, MOMENT, make_case, make_person

from carrears.conduct.erasure import erase_again
from carrears.conduct.services import bar_contact
from carrears.evidence.models import Entry
from carrears.parties.consents import record_consent
from carrears.parties.words import words_of
from carrears.rights.document import words, write_document
from carrears.rights.register import read_register
from carrears.rights.reporting import SubjectReport, report_on


def _report(case_party: object) -> SubjectReport:
    return report_on(case_party, actor="officer", reason="asked in writing", at=MOMENT)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_report_opens_what_is_sealed_and_says_why_it_is_held() -> None:
    party = make_case(loan_no="A-03", name="赵试一").party
    make_case(loan_no="A-04", name="钱试二")
    record_consent(party, channel="sms", granted=False, source="call", at=MOMENT)
    bar_contact(party, reason="asked", channel="", from_on=DAY, until_on=None, by=None, at=MOMENT)

    told = json.loads(_report(party).as_json())

    held = {one["where"]: one for one in told["held"]}
    assert held["parties.Party"]["rows"][0]["name"] == "赵试一"
    assert held["parties.Party"]["rows"][0]["id_no"] == "110101199003070002"
    points = {row["kind"]: row["value"] for row in held["parties.ContactPoint"]["rows"]}
    assert points == {
        "phone": "13900000001",
        "email": "debtor@example.com",
        "address": "浙江省杭州市西湖区示例路1号",
    }
    assert held["parties.LoanParty"]["rows"][0]["plate"] == "浙A12345"
    assert held["casework.Case"]["rows"][0]["loan_no"] == "A-03"
    assert held["parties.Consent"]["rows"][-1] == {
        "purpose": "contact",
        "channel": "sms",
        "granted": False,
        "given_at": MOMENT.isoformat(),
        "source": "call",
    }
    assert held["conduct.DoNotContact"]["rows"][0]["reason"] == "asked"
    assert "art. 13" in held["parties.Party"]["basis"]["en"]
    for other in ("钱试二", "A-04"):
        assert other not in json.dumps(told, ensure_ascii=False)


@pytest.mark.django_db
def test_that_a_report_was_made_is_evidence_without_what_it_says() -> None:
    party = make_case(loan_no="A-03", name="赵试一").party

    _report(party)

    entry = Entry.objects.get(kind="person.reported")
    assert (entry.actor, entry.subject) == ("officer", str(party.token))
    assert "赵试一" not in entry.payload
    assert "asked in writing" not in entry.payload
    assert words_of([entry.key]) == {entry.key: "asked in writing"}


@pytest.mark.django_db
def test_a_contact_person_is_not_told_of_the_loan_of_another() -> None:
    make_case(loan_no="A-03", name="赵试一")
    contact = make_person(loan_no="A-03", name="孙试三", role="contact")

    told = _report(contact)

    assert told.rows["parties.Party"][0]["name"] == "孙试三"
    assert "casework.Case" not in told.rows
    assert "portfolio.ReceivedPayment" not in told.rows


@pytest.mark.django_db
def test_of_an_erased_person_little_is_left() -> None:
    party = make_case(loan_no="A-03", name="赵试一").party
    erase_again(party, at=MOMENT)
    party.refresh_from_db()

    told = _report(party)

    assert "name" not in told.rows["parties.Party"][0]
    assert "parties.ContactPoint" not in told.rows
    assert "赵试一" not in told.as_json()


@pytest.mark.django_db
def test_a_report_is_read_in_both_languages() -> None:
    told = _report(make_case(loan_no="A-03", name="赵试一").party)

    for language, title in (("zh", "我们持有的关于您的个人信息"), ("en", "What is held about you")):
        text = _text_of(write_document(told, language=language))
        for wanted in (
            title,
            "赵试一",
            "13900000001",
            "110101199003070002",
            "A-03",
            "1,100.00 CNY",
        ):
            assert wanted in text
    assert write_document(told, language="zh") == write_document(told, language="zh")


def _text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text.replace("\u200b", "").replace("\r\n", "").replace("\ufffe", "")


def test_everything_in_a_report_has_words_in_both_languages() -> None:
    register = read_register()
    names = {field.removesuffix("_sealed") for one in register.holdings for field in one.fields}

    assert words()["fields"].keys() == names
    assert words()["models"].keys() == {one.model for one in register.holdings}
    for part in words().values():
        assert all(set(told) == {"en", "zh"} for told in part.values())
