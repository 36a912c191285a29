"""A person erased at his word: nothing of him opens, and nobody reaches him by what he had."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from factories import DAY, make_action, make_case, make_person, make_user

from carrears.casework.holds import place_hold
from carrears.casework.models import Case, CaseEvent
from carrears.conduct.complaints import ComplaintWanted, register_complaint
from carrears.conduct.erasure import (
    Ground,
    KeptError,
    erase_subject,
    erased_key,
    grounds_to_keep,
)
from carrears.conduct.models import DoNotContact
from carrears.conduct.notes import keep_note
from carrears.conduct.retention import duties, keep_until
from carrears.conduct.services import ConductError
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence, verify_log
from carrears.outreach.calls import preview_call
from carrears.outreach.messages import read_message
from carrears.outreach.services import contact, contact_planned, preview_contact
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.queries import car_of, open_parties, search_by_name
from carrears.parties.services import HOUSE
from carrears.parties.vault import SubjectErasedError
from carrears.parties.words import words_of
from carrears.resources import shipped

pytestmark = pytest.mark.django_db
AT = datetime(2037, 1, 5, 2, tzinfo=UTC)
LONG_AGO: dict[str, Any] = {
    "state": "closed",
    "closed_on": date(2026, 7, 20),
    "close_reason": "paid_off",
}


@pytest.fixture
def case() -> Case:
    return make_case()


def end(case: Case, **changes: Any) -> None:
    Case.objects.filter(pk=case.pk).update(**(LONG_AGO | changes))


def debtor(case: Case) -> Party:
    assert case.party is not None
    return case.party


def test_nothing_of_who_was_erased_opens_or_is_found(
    case: Case, tmp_path: Path, settings: LazySettings
) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    user = make_user(role="collector")
    sent = contact(case, party=debtor(case), template="reminder", by=user, key="k")
    keep_note(case, text="赵试一说下周还", by=user, at=AT)
    end(case)
    assert list(search_by_name("赵试一")) == [case.party]

    assert erase_subject(debtor(case), reason="本人申请", by=user, at=AT)

    party = Party.objects.get(pk=debtor(case).pk)
    person = open_parties([party.pk])[party.pk]
    assert (person.name, person.id_no, person.points, person.region) == ("", "", (), "")
    assert (party.erased_at, party.erased_by) == (AT, user)
    assert words_of([erased_key(party)]) == {erased_key(party): "本人申请"}
    assert list(search_by_name("赵试一")) == []
    assert car_of("A-03") is None
    assert not ContactPoint.objects.exists()
    link = LoanParty.objects.get()
    assert (link.plate_sealed, link.plate_index, link.vin_index) == (None, None, None)
    sent.refresh_from_db()
    with pytest.raises(SubjectErasedError):
        read_message(sent)
    assert CaseEvent.objects.get(kind="note").data == {"erased": True}


def test_the_evidence_names_the_token_alone_and_still_verifies(case: Case) -> None:
    end(case)
    sequence()
    erase_subject(debtor(case), reason="赵试一申请", by=None, at=AT)
    sequence()

    entry = Entry.objects.get(kind="person.erased")
    assert entry.subject == str(case.party_id)
    assert "赵" not in entry.payload
    assert verify_log().ok
    assert not erase_subject(debtor(case), reason="再次", by=None, at=AT)
    assert Entry.objects.filter(kind="person.erased").count() == 1


def test_who_was_erased_stays_barred_and_so_does_what_he_was_reached_by(case: Case) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    end(case)
    erase_subject(debtor(case), reason="本人申请", by=None, at=AT)

    bars = DoNotContact.objects.order_by("pk")
    assert [bar.reason for bar in bars] == ["asked for it", *["erased"] * 4]
    assert [bar.value_index is not None for bar in bars] == [False, False, True, True, True]
    assert all(bar.until_on is None and bar.lifted_at is None for bar in bars)


def test_his_number_is_barred_under_another_name_too(case: Case) -> None:
    end(case)
    erase_subject(debtor(case), reason="本人申请", by=None, at=AT)
    DoNotContact.objects.update(from_on=DAY)

    other = make_case(loan_no="A-77", name="钱试二")  # the same number and address
    free = make_case(loan_no="A-78", name="")
    party = make_person(loan_no="A-78", phone="13711112222", email="other@example.com")
    Case.objects.filter(pk=free.pk).update(party=party)
    free.refresh_from_db()

    def listed(case: Case) -> list[str]:
        verdict = preview_call(case, party=debtor(case))
        return [one.rule_id for one in verdict.findings if one.reason == "listed"]

    assert (listed(other), listed(free)) == (["CN-18"], [])
    mail = [
        preview_contact(each, party=debtor(each), template="reminder").verdict.gate_action
        for each in (other, free)
    ]
    assert mail == ["block", "allow"]


def test_a_tape_brings_nothing_back_and_is_seen_to_tell_of_him(case: Case) -> None:
    end(case)
    erase_subject(debtor(case), reason="本人申请", by=None, at=AT)
    for _ in range(2):
        make_person(loan_no="A-03")

    party = Party.objects.exclude(party_no=HOUSE).get()
    assert (party.wrapped_key, party.name_sealed, party.name_tokens) == (None, None, [])
    assert not ContactPoint.objects.exists()
    assert party.told_again_at is not None
    assert Entry.objects.filter(kind="person.erased_told_again").count() == 1


def test_what_was_planned_for_him_is_settled(case: Case) -> None:
    end(case)
    erase_subject(debtor(case), reason="本人申请", by=None, at=AT)
    action = make_action(case=case, as_of=DAY)
    assert contact_planned(as_of=DAY) == 1
    action.refresh_from_db()
    assert (action.state, action.reason) == ("blocked", "no e-mail address on record")


@pytest.mark.parametrize(
    ("changes", "on", "why"),
    [
        ({"state": "open", "closed_on": None, "close_reason": ""}, AT.date(), "open_case"),
        ({"state": "watch", "closed_on": None, "close_reason": ""}, AT.date(), "loan_runs"),
        ({"close_reason": "cured"}, AT.date(), "loan_runs"),
        ({"close_reason": "charged_off"}, AT.date(), "charged_off"),
        ({}, date(2036, 7, 20), "retention"),
        ({}, date(2036, 7, 21), None),
        ({"jurisdiction": "us"}, date(2029, 7, 20), "retention"),
        ({"jurisdiction": "us"}, date(2029, 7, 21), None),
        ({"jurisdiction": "uk"}, date(2026, 7, 21), None),
    ],
)
def test_a_debtor_is_kept_while_something_demands_it(
    case: Case, changes: dict[str, Any], on: date, why: str | None
) -> None:
    end(case, **changes)
    grounds = grounds_to_keep(debtor(case), on=on)
    assert [one.why for one in grounds] == ([why] if why else [])


def test_what_has_to_be_kept_is_not_erased(case: Case) -> None:
    with pytest.raises(KeptError, match="a case is open, loan A-03") as told:
        erase_subject(debtor(case), reason="本人申请", by=None, at=AT)
    assert told.value.grounds == [Ground("open_case", "A-03")]
    end(case)
    with pytest.raises(ConductError, match="a reason is needed"):
        erase_subject(debtor(case), reason=" ", by=None, at=AT)
    assert open_parties([debtor(case).pk])[debtor(case).pk].name == "赵试一"
    assert not DoNotContact.objects.exists()
    assert not Entry.objects.exists()


def test_nobody_is_erased_while_his_complaint_is_open(case: Case) -> None:
    end(case)
    wanted = ComplaintWanted(
        key="c-1",
        category="conduct",
        channel="phone",
        text="催收员态度恶劣",
        received_at=datetime(2026, 7, 1, 2, tzinfo=UTC),
        party=case.party,
        loan_no=case.loan_no,
        jurisdiction="cn",
        at=datetime(2026, 7, 1, 2, tzinfo=UTC),
    )
    register_complaint(wanted)
    assert Ground("complaint", "A-03") in grounds_to_keep(debtor(case), on=AT.date())


def test_a_contact_person_is_kept_for_a_quarrel_alone(case: Case) -> None:
    someone = make_person(loan_no="A-03", role="contact", name="孙联系")
    user = make_user(role="collector")
    place_hold(case, reason="hospital", today=DAY, until_on=None, by=user, at=AT)
    assert grounds_to_keep(someone, on=DAY) == []
    place_hold(case, reason="legal", today=DAY, until_on=None, by=user, at=AT)
    assert grounds_to_keep(someone, on=DAY) == [Ground("hold", "A-03")]
    assert {one.why for one in grounds_to_keep(debtor(case), on=DAY)} == {"hold", "open_case"}


def test_the_database_keeps_nothing_of_who_was_erased(case: Case) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.filter(pk=debtor(case).pk).update(erased_at=AT)


def test_the_longest_duty_in_force_counts() -> None:
    leap = date(2024, 2, 29)
    before = keep_until(leap, jurisdiction="cn", on=date(2024, 3, 1))
    after = keep_until(leap, jurisdiction="cn", on=date(2025, 3, 1))
    assert (before and before.until, after and after.until) == (
        date(2029, 2, 28),
        date(2034, 2, 28),
    )


def test_each_duty_says_where_it_stands_and_until_when_somebody_vouches() -> None:
    for told in duties(shipped("rulepacks")).values():
        for duty in told:
            assert duty.citation
            assert duty.still_valid_on > duty.from_on
