"""A thief with the database reads nobody's name: whatever is typed anywhere lies sealed.

At each place where somebody types, a name, a phone and an identity number are typed; then the whole
database, evidence included, is searched for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conduct.disputing import dispute
from conduct.disputing import step as dispute_step
from dumped import CANARY, ID_NO, NAME, PHONE, read_in_clear, typed
from factories import DAY, MOMENT, make_case, make_person, make_user

from carrears.access.models import User
from carrears.casework.following import change_follow_up
from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import text_of
from carrears.conduct.complaint_steps import StepWanted, take_step
from carrears.conduct.complaints import ComplaintWanted, register_complaint
from carrears.conduct.erasure import erase_subject
from carrears.conduct.matters import on_case
from carrears.conduct.models import FlaggedNote
from carrears.conduct.notes import comments_on, keep_note, review_note
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.outreach.models import UnknownText
from carrears.outreach.outcomes import Told, record_outcome
from carrears.outreach.overrides import ask_override, decide_override, put_said
from carrears.outreach.replies import note_reply, take_reply
from carrears.outreach.unknown_texts import dismiss_text
from carrears.parties.blind import Kind
from carrears.parties.correcting import correct_person
from carrears.parties.models import Correction
from carrears.parties.unmasking import note_unmasking
from carrears.rights.reporting import report_on
from carrears.rights.request_steps import ActionWanted, take_action
from carrears.rights.requests import RequestWanted, register_request
from carrears.vault.holding import place_hold as keep_files

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_in_clear() -> Iterator[None]:
    """Whatever a test here does, and that it did something."""
    yield
    assert Entry.objects.exists()
    assert read_in_clear(NAME, PHONE, ID_NO) == []


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


def test_the_search_finds_what_lies_in_clear(case: Case, lead: User) -> None:
    CaseEvent.objects.create(case=case, key="k", happened_at=NOW, kind="note", data={"x": CANARY})
    [row] = read_in_clear(NAME)
    assert row.startswith("casework_caseevent:")
    assert (len(read_in_clear(PHONE)), len(read_in_clear(ID_NO))) == (1, 1)
    CaseEvent.objects.update(data={}, text_sealed=CANARY.encode())
    assert len(read_in_clear(NAME)) == 1
    CaseEvent.objects.all().delete()
    keep_note(case, text="x", by=lead, at=NOW)


def test_notes_comments_and_follow_ups(case: Case, lead: User, officer: User) -> None:
    keep_note(case, text=typed("抓你去坐牢"), by=lead, at=NOW)
    flagged = FlaggedNote.objects.get()
    review_note(flagged, outcome="coach", comment=typed("comment"), by=officer, at=NOW)
    change_follow_up(
        case, on=DAY + timedelta(days=2), at=None, reason=typed("come back"), today=DAY, by=lead,
        moment=NOW,
    )  # fmt: skip
    assert comments_on([flagged]) == {flagged.pk: typed("comment")}
    assert text_of(CaseEvent.objects.get(kind="follow_up")) == typed("come back")


def test_outcomes_and_replies(case: Case, lead: User) -> None:
    assert case.party is not None
    call = book_call(case, party=case.party, key="call-001", by=None)
    record_outcome(call, told=Told(code="refuses", note=typed("outcome")), by=lead)
    for channel in ("sms", "email"):
        note_reply(
            case, typed(channel), digest="d", meanings=["dispute"], at=NOW,
            channel=channel,  # type: ignore[arg-type]
        )  # fmt: skip
    take_reply("smpp", PHONE, typed("unknown"), at=NOW)
    dismiss_text(UnknownText.objects.get(), reason=typed("dismissed"), by=lead, at=NOW)


def test_holds_and_rulings(case: Case, lead: User) -> None:
    hold = place_hold(
        case, reason="hospital", today=DAY, until_on=None, by=lead, at=NOW, why=typed("hold")
    )
    lift_hold(hold, today=DAY, by=lead, at=NOW, why=typed("lifted"))


def test_overrides(case: Case, lead: User, officer: User) -> None:
    assert case.party is not None
    book_call(case, party=case.party, key="call-001", by=None)
    stopped = book_call(case, party=case.party, key="call-002", by=None)
    asked = ask_override(stopped, reason=typed("asked"), by=lead)
    decided = decide_override(asked, approve=True, reason=typed("approved"), by=officer)
    [shown] = put_said([decided])
    assert (shown.reason, shown.decision) == (typed("asked"), typed("approved"))


def test_complaints_and_disputes(case: Case, officer: User) -> None:
    told: dict[str, Any] = {"key": "c", "category": "conduct", "channel": "phone"}
    complaint = register_complaint(
        ComplaintWanted(
            text=typed("complaint"), received_at=NOW, case=case, party=case.party,
            **told, **on_case(case, moment=NOW),
        )
    )  # fmt: skip
    take_step(complaint, StepWanted(kind="note", key="n", by=officer, at=NOW, text=typed("step")))
    other = make_case(loan_no="A-04")
    made = dispute(other, text=typed("dispute"))
    dispute_step(made, "note", officer, text=typed("dispute step"))


def test_rights_of_people(case: Case, officer: User, lead: User) -> None:
    for number, kind in enumerate(("access", "correction", "restriction")):
        request = register_request(
            RequestWanted(
                key=f"k{number}", party=case.party, loan_no=case.loan_no,  # type: ignore[arg-type]
                case=case, kind=kind, channel="letter", proof="signed_letter", received_at=MOMENT,
                text=typed(kind), by=lead,
            )
        )  # fmt: skip
        take_action(
            request,
            ActionWanted(action="note", key=f"n{number}", by=officer, at=NOW, text=typed("note")),
        )


def test_who_is_erased_is_struck_out_of_others_cases(case: Case, officer: User) -> None:
    relative = make_person(
        loan_no=case.loan_no, name=NAME, role="contact", phone=PHONE, id_no=ID_NO, party_no="P-9"
    )
    spaced = f"{PHONE[:3]} {PHONE[3:7]}-{PHONE[7:]}"
    for number, text in enumerate((f"找{NAME}，{spaced}，{ID_NO.lower()}", "别的事")):
        keep_note(case, text=text, by=officer, at=NOW + timedelta(minutes=number))

    assert erase_subject(relative, reason="his letter", by=officer, at=NOW)

    said = CaseEvent.objects.filter(kind="note").order_by("pk")
    assert [text_of(one) for one in said] == ["找□□，□□，□□", "别的事"]
    assert [one.data.get("struck_out") for one in said] == [True, None]
    assert json.loads(Entry.objects.get(kind="person.erased").payload)["struck_out"] == 1


def test_persons(case: Case, officer: User) -> None:
    assert case.party is not None
    correct_person(
        case.party, Kind.PHONE, before="13900000001", after=PHONE, reason=typed("known by"),
        by=officer, at=NOW,
    )  # fmt: skip
    assert Correction.objects.get().reason == ""
    note_unmasking(
        case.party, Kind.PHONE, loan_no=case.loan_no, ref="1", reason="other", note=CANARY[:200],
        by=officer, at=NOW,
    )  # fmt: skip
    report_on(case.party, actor="x", reason=typed("asked"), at=NOW)
    keep_files(loan_no=case.loan_no, why="litigation", note=typed("court"), by=officer, at=NOW)
    stranger = make_person(loan_no="OLD-1", name=NAME, phone=PHONE, id_no=ID_NO)
    erase_subject(stranger, reason=typed("his letter"), by=officer, at=NOW)
