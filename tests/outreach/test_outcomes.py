"""What came of a contact, by its code: counted, marked, leading on, and kept for good."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from factories import DAY, MOMENT, make_case, make_person, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import text_of
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, ContactOutcome
from carrears.outreach.outcome_codes import OutcomeCodesError, load_outcome_codes, title_of
from carrears.outreach.outcomes import Told, Unbooked, record_contact, record_outcome
from carrears.parties.models import ContactPoint

pytestmark = pytest.mark.django_db
SHIPPED = load_outcome_codes(Path("/nowhere"), on=DAY)
RAW: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "src/carrears/outreach/outcome_codes.yaml").read_text()
)


@pytest.fixture
def case() -> Case:
    return make_case(assignee=None)


@pytest.fixture
def user() -> User:
    return make_user(role="team_lead")


def booked(case: Case, key: str = "call-001") -> Attempt:
    assert case.party is not None
    return book_call(case, party=case.party, key=key, by=None)


def told(code: str, **more: Any) -> Told:
    return Told(code=code, **more)


def visit(case: Case, user: User, *, hours: int = 1, key: str = "visit-01") -> ContactOutcome:
    assert case.party is not None
    at = MOMENT - timedelta(hours=hours)
    contact = Unbooked(channel="visit", direction="out", party=case.party, at=at, staff=2)
    return record_contact(case, contact, told=told("not_home"), key=key, by=user)


@pytest.mark.parametrize("code", [one.code for one in SHIPPED.of("call")])
def test_every_shipped_code_of_a_call_can_be_told(case: Case, user: User, code: str) -> None:
    on = DAY if code == "call_back" else None
    kept = record_outcome(booked(case), told=told(code, follow_up_on=on), by=user)

    known = SHIPPED.find(code)
    assert known is not None
    kept.refresh_from_db()
    assert kept.attempt is not None
    assert (kept.result, kept.right_party) == (known.by["call"], known.right_party)
    assert (kept.attempt.result, kept.attempt.answered_by) == (kept.result, kept.answered_by)
    assert kept.attempt.state == ("failed" if code == "not_dialled" else "made")
    assert kept.codes_from == date(2000, 1, 1)


@pytest.mark.parametrize(
    ("code", "answered_by", "effective", "right_party"),
    [
        ("promised", "addressee", True, True),
        ("hung_up", "addressee", False, True),
        ("dropped", "", False, False),
        ("relative", "relative", False, False),
        ("new_holder", "new_holder", False, False),
        ("no_answer", "", False, False),
    ],
)
def test_a_code_says_who_answered_and_whether_it_counts(
    case: Case, user: User, *, code: str, answered_by: str, effective: bool, right_party: bool
) -> None:
    kept = record_outcome(booked(case), told=told(code), by=user)
    assert kept.answered_by == answered_by
    assert (kept.effective, kept.right_party) == (effective, right_party)


def test_it_stands_on_the_timeline_and_in_the_evidence(case: Case, user: User) -> None:
    call = booked(case)
    record_outcome(call, told=told("refuses", note="先不还"), by=user)

    line = CaseEvent.objects.get(kind="outcome")
    assert line.actor == user
    assert line.data == {
        "code": "refuses", "channel": "call", "direction": "out", "result": "conversation",
        "right_party": True, "at": "2026-06-30T02:00:00+00:00", "next": "none", "attempt": call.pk,
        "party": str(case.party_id), "follow_up_on": "2026-07-03",
    }  # fmt: skip
    assert text_of(CaseEvent.objects.get(kind="note")) == "先不还"
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"call.made", "case.outcome", "case.note"} <= kinds


@pytest.mark.parametrize(
    ("today", "code", "expected"),
    [
        (date(2026, 6, 30), "no_answer", date(2026, 7, 1)),
        (date(2026, 7, 3), "no_answer", date(2026, 7, 6)),  # a Friday
        (date(2026, 7, 3), "busy", date(2026, 7, 3)),
        (date(2026, 9, 30), "will_pay", date(2026, 10, 9)),  # past the holidays of October
        (date(2026, 6, 30), "promised", None),
        (date(2026, 6, 30), "not_dialled", date(2026, 6, 1)),
    ],
)
def test_the_follow_up_is_so_many_working_days_away(
    user: User, today: date, code: str, expected: date | None
) -> None:
    case = make_case(as_of=today, follow_up_on=date(2026, 6, 1))
    record_outcome(booked(case), told=told(code), by=user)
    case.refresh_from_db()
    assert case.follow_up_on == expected


def test_a_day_of_ones_own_goes_before_the_rule(case: Case, user: User) -> None:
    record_outcome(booked(case), told=told("no_answer", follow_up_on=date(2026, 7, 20)), by=user)
    case.refresh_from_db()
    assert case.follow_up_on == date(2026, 7, 20)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (told("nonsense"), "no code for what comes of 'call'"),
        (told("moved_away"), "no code for what comes of 'call'"),
        (told("call_back"), "a call back needs its day"),
        (told("busy", follow_up_on=date(2026, 6, 29)), "past, or too far ahead"),
        (told("busy", follow_up_on=date(2026, 9, 29)), "past, or too far ahead"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    case: Case, user: User, said: Told, why: str
) -> None:
    call = booked(case)
    with pytest.raises(OutreachError, match=why):
        record_outcome(call, told=said, by=user)
    call.refresh_from_db()
    assert (call.state, ContactOutcome.objects.count()) == ("booked", 0)


def test_told_once_it_stays(case: Case, user: User) -> None:
    call = booked(case)
    first = record_outcome(call, told=told("refuses"), by=user)
    assert record_outcome(call, told=told("refuses"), by=user) == first
    with pytest.raises(OutreachError, match="told before"):
        record_outcome(call, told=told("promised"), by=user)
    for change in (first.delete, lambda: ContactOutcome.objects.update(right_party=False)):
        with pytest.raises(IntegrityError, match="stays as it was told"), transaction.atomic():
            change()


def test_what_he_refuses_is_kept_at_once(case: Case, user: User) -> None:
    record_outcome(booked(case), told=told("wants_no_contact"), by=user)
    again = booked(case, "call-002")
    assert again.state == "blocked"
    assert "CN-35" in [f["rule_id"] for f in again.verdict.findings if f["gate_action"] != "allow"]


def test_a_number_that_is_somebody_elses_is_not_dialled_again(case: Case, user: User) -> None:
    record_outcome(booked(case), told=told("new_holder"), by=user)
    assert ContactPoint.objects.get(party=case.party, kind="phone").unusable == "new_holder"


def test_a_visit_is_counted_by_the_gate(case: Case, user: User) -> None:
    kept = visit(case, user)
    [event] = booked(case).verdict.facts["facts"]["history"]
    assert event["id"] == f"A.{kept.attempt_id}"
    assert (event["channel"], event["direction"]) == ("visit", "out")
    assert event["result"] == "not_home"
    assert (kept.attempt.state, kept.attempt.reported) == ("made", True)


def test_a_call_to_the_house_uses_up_none_of_his_own(case: Case, user: User) -> None:
    assert case.party is not None
    for number in range(4):  # three effective calls a day are the house's
        at = MOMENT - timedelta(hours=4 - number)
        contact = Unbooked(channel="call", direction="in", party=case.party, at=at)
        record_contact(case, contact, told=told("says_paid"), key=f"in-call-{number}", by=user)
    call = booked(case)
    assert call.state == "booked"
    assert [e["direction"] for e in call.verdict.facts["facts"]["history"]] == ["in"] * 4


def test_a_contact_is_kept_once_by_its_key(case: Case, user: User) -> None:
    assert visit(case, user) == visit(case, user)
    assert ContactOutcome.objects.count() == CaseEvent.objects.filter(kind="outcome").count() == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"channel": "call", "direction": "out"}, "is booked first"),
        ({"channel": "visit", "direction": "in"}, "is booked first"),
        ({"at": MOMENT + timedelta(minutes=1)}, "within the last 31 days"),
        ({"at": MOMENT - timedelta(days=32)}, "within the last 31 days"),
        ({"staff": 2}, "how many went"),
    ],
)
def test_a_contact_that_cannot_be_is_refused(
    case: Case, user: User, change: dict[str, Any], why: str
) -> None:
    values: dict[str, Any] = {"channel": "call", "direction": "in", "party": case.party}
    code = "not_home" if change.get("channel") == "visit" else "refuses"
    with pytest.raises(OutreachError, match=why):
        record_contact(case, Unbooked(**values | change), told=told(code), key="k", by=user)
    stranger = make_person(loan_no="B-01", name="别人")
    contact = Unbooked(channel="call", direction="in", party=stranger)
    with pytest.raises(OutreachError, match="nobody of this loan"):
        record_contact(case, contact, told=told("refuses"), key="k", by=user)


def own(tmp_path: Path, *changes: dict[str, Any], entry: dict[str, Any] | None = None) -> Path:
    codes = [*RAW[0]["codes"], *changes]
    told_ = RAW[0] | {"codes": codes} | (entry or {})
    (tmp_path / "outcome_codes.yaml").write_text(yaml.safe_dump([told_], allow_unicode=True))
    return tmp_path


NEW = {
    "code": "at_work", "title": {"zh": "上班中", "en": "At work"}, "by": {"call": "conversation"},
    "right_party": True, "follow_up": 1,
}  # fmt: skip


def test_a_lender_has_codes_of_its_own(
    tmp_path: Path, case: Case, user: User, settings: LazySettings
) -> None:
    settings.CARREARS_HOME = own(tmp_path, NEW)
    kept = record_outcome(booked(case), told=told("at_work"), by=user)
    assert (kept.result, kept.right_party) == ("conversation", True)
    title = title_of(tmp_path, "at_work")
    assert title is not None
    assert (title.zh, title.en) == ("上班中", "At work")
    (tmp_path / "outcome_codes.yaml").unlink()
    assert title_of(tmp_path, "at_work") is None  # the screens show the bare code then


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"follow_up": "soon"}, r"codes\.\d+\.follow_up"),
        ({"by": {"call": "delivered"}}, r"codes\.\d+.*by\.call: 'delivered' is none of"),
        ({"by": {"pigeon": "received"}}, r"codes\.\d+\.by\.pigeon"),
        ({"by": {"call": "busy"}}, r"codes\.\d+.*right_party"),
        ({"right_party": False, "effective": True, "by": {"call": "busy"}}, "effective"),
        ({"answered_by": "relative"}, "right_party"),
        ({"by": {"call": "answered_other_person"}, "right_party": False}, "answered_by"),
        ({"next": "callback", "follow_up": "none"}, "follow_up: a call back"),
        ({"by": {"visit": "met"}, "next": "no_contact"}, "no refusal is kept of visit"),
        ({"title": {"zh": "上班中"}}, r"codes\.\d+\.title\.en: Field required"),
        ({"code": "busy"}, "'busy' stands twice"),
        ({"titel": {}}, "titel"),
    ],
)
def test_a_mistake_names_file_entry_and_field(
    tmp_path: Path, change: dict[str, Any], fault: str
) -> None:
    home = own(tmp_path, NEW | change)
    with pytest.raises(OutcomeCodesError, match=rf"outcome_codes\.yaml: 0.*{fault}"):
        load_outcome_codes(home, on=DAY)


def test_a_file_lacks_neither_days_nor_what_every_call_needs(tmp_path: Path) -> None:
    lacking = [one for one in RAW[0]["codes"] if one["code"] != "not_dialled"]
    with pytest.raises(OutcomeCodesError, match="no code of a call means not_dialled"):
        load_outcome_codes(own(tmp_path, entry={"codes": lacking}), on=DAY)
    with pytest.raises(OutcomeCodesError, match="no codes hold on 1999-12-31"):
        load_outcome_codes(Path("/nowhere"), on=date(1999, 12, 31))


def client_of(user: User) -> Client:
    token = issue_token(user, name="test")
    return Client(headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "told-0001"})


def test_over_http(case: Case, user: User) -> None:
    client, call = client_of(user), booked(case)
    codes = client.get("/api/outcome-codes").json()
    assert codes[0]["by"]["call"] == "conversation"
    path, json = f"/api/attempts/{call.pk}/outcome", "application/json"
    kept = client.post(path, {"code": "says_paid"}, content_type=json)
    assert kept.status_code == 200
    assert (kept.json()["right_party"], kept.json()["follow_up_on"]) == (True, "2026-07-02")
    wrong = client.post(path, {"code": "busy"}, content_type=json)
    assert (wrong.status_code, wrong.json()["detail"][:14]) == (409, "another result")
    contact = {"channel": "sms", "direction": "in", "code": "hardship", "at": MOMENT.isoformat()}
    first, again = (
        client.post(f"/api/cases/{case.pk}/outcomes", contact, content_type=json) for _ in range(2)
    )
    assert (first.status_code, first.json()) == (201, again.json())
    listed = client.get(f"/api/cases/{case.pk}/outcomes").json()
    assert sorted(one["code"] for one in listed) == ["hardship", "says_paid"]
