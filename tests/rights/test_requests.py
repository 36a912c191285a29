"""A person's request is registered, worked and closed; nobody erases anybody alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from factories import MOMENT, make_case, make_person, make_user

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent
from carrears.clock import now
from carrears.conduct.erasure import KeptError
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.parties.models import Party
from carrears.parties.queries import names_of
from carrears.rights.models import RightsRequest, RightsStep
from carrears.rights.reporting import report_on
from carrears.rights.request_steps import (
    ActionWanted,
    hand_out,
    possible_actions,
    take_action,
)
from carrears.rights.requests import RequestWanted, RightsError, open_text, register_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return make_user(username="officer", role="compliance_officer")


@pytest.fixture
def second() -> User:
    return make_user(username="second", role="compliance_officer")


def asked(about: Case, kind: str = "access", **changes: Any) -> RightsRequest:
    usual: dict[str, Any] = {
        "key": "k1",
        "party": about.party,
        "loan_no": about.loan_no,
        "case": about,
        "kind": kind,
        "channel": "letter",
        "proof": "signed_letter",
        "received_at": MOMENT,
        "text": "请告诉我你们有什么",
    }
    return register_request(RequestWanted(**(usual | changes)))


def act(request: RightsRequest, action: str, by: User, **more: Any) -> RightsRequest:
    usual: dict[str, Any] = {"key": f"{action}-1", "at": MOMENT + timedelta(days=1), "text": "好"}
    return take_action(request, ActionWanted(action=action, by=by, **(usual | more)))


def stranger() -> Party:
    """Somebody of a loan of which nothing is known any more: nothing has to be kept of him."""
    return make_person(loan_no="OLD-1", name="钱试二")


def erasure_of(party: Party) -> RightsRequest:
    return register_request(
        RequestWanted(
            key="e1",
            party=party,
            loan_no="OLD-1",
            kind="erasure",
            channel="letter",
            proof="signed_letter",
            received_at=MOMENT,
            jurisdiction="cn",
            text="请删除我的信息",
        )
    )


def test_a_request_has_the_deadline_of_its_law_and_leaves_evidence() -> None:
    case = make_case()
    request = asked(case)

    assert request.due_on == date(2026, 7, 15)
    assert request.deadlines[0]["citation"].startswith("《中华人民共和国个人信息保护法》")
    assert open_text(case.party, request.text_sealed) == "请告诉我你们有什么"
    entry = Entry.objects.get(kind="rights.received")
    assert f'"request":{request.pk}' in entry.payload.replace(" ", "")
    assert "请告诉我" not in entry.payload
    assert CaseEvent.objects.get(kind="rights_request").data["what"] == "access"


def test_the_same_key_registers_once() -> None:
    case = make_case()
    assert asked(case) == asked(case)
    with pytest.raises(RightsError, match="used for another request"):
        asked(case, "erasure")
    assert RightsRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "wish"}, "none of access"),
        ({"channel": "pigeon"}, "none of phone"),
        ({"proof": "none"}, "none of id_document"),
        ({"loan_no": "OTHER"}, "no part in this loan"),
        ({"case": None}, "needs a jurisdiction"),
        ({"received_at": datetime(2126, 1, 1, tzinfo=UTC)}, "time to come"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RightsError, match=why):
        asked(make_case(), **changes)


def test_an_access_request_is_done_once_the_report_was_made(officer: User) -> None:
    request = asked(make_case())
    with pytest.raises(RightsError, match="before it is handed over"):
        act(request, "fulfil", officer)

    report = hand_out(request, as_format="json", by=officer, key="r1", at=MOMENT)
    done = act(request, "fulfil", officer)

    assert report.rows["parties.Party"][0]["name"] == "赵试一"
    assert (done.state, done.due_on, done.closed_at) == (
        "done",
        None,
        MOMENT + timedelta(days=1),
    )
    assert [one.kind for one in done.steps.order_by("pk")] == ["received", "report", "fulfil"]
    with pytest.raises(RightsError, match="open request"):
        hand_out(request, as_format="json", by=officer, key="r2", at=MOMENT)


def test_a_correction_is_made_with_its_history(officer: User) -> None:
    case = make_case()
    request = asked(case, "correction")

    act(request, "fulfil", officer, what="name", after="赵试壹", text="身份证所示")

    case.party.refresh_from_db()
    assert names_of([case.party])[case.party_id] == "赵试壹"
    assert case.party.corrections.get().by == officer
    assert RightsRequest.objects.get().state == "done"


def test_a_correction_that_cannot_be_made_leaves_the_request_open(officer: User) -> None:
    case = make_case()
    request = asked(case, "correction")
    with pytest.raises(RightsError, match="held as that already"):
        act(request, "fulfil", officer, what="name", after="赵试一", text="身份证所示")
    assert (RightsRequest.objects.get().state, RightsStep.objects.count()) == ("open", 1)


def test_a_restriction_bars_contact(officer: User) -> None:
    case = make_case()
    act(asked(case, "restriction"), "fulfil", officer)
    bar = DoNotContact.objects.get(party=case.party)
    assert (bar.reason, bar.until_on, bar.channel) == ("restricted", None, "")


def test_consent_is_taken_back_by_channel(officer: User) -> None:
    case = make_case()
    request = asked(case, "withdrawal")
    with pytest.raises(RightsError, match="channels"):
        act(request, "fulfil", officer)
    act(request, "fulfil", officer, channels=("sms", "email"), at=now())
    newest = {one.channel: one.granted for one in case.party.consents.order_by("given_at", "pk")}
    assert newest["sms"] is False
    assert newest["email"] is False


def test_a_refusal_needs_its_reason(officer: User) -> None:
    request = asked(make_case(), "erasure")
    with pytest.raises(RightsError, match="needs words"):
        act(request, "refuse", officer, refusal="must_be_kept", text="")
    with pytest.raises(RightsError, match="none of must_be_kept"):
        act(request, "refuse", officer, refusal="")
    done = act(request, "refuse", officer, refusal="must_be_kept")
    assert (done.state, done.refusal, done.decided_by) == ("refused", "must_be_kept", officer)


def test_the_time_is_extended_once_where_the_law_has_a_second_one(officer: User) -> None:
    request = asked(make_case(), jurisdiction="uk")
    assert request.due_on == date(2026, 7, 30)
    later = act(request, "extend", officer)
    assert (later.due_on, later.extended) == (date(2026, 9, 30), True)
    assert "extend" not in possible_actions(later, officer)
    chinese = asked(make_case(loan_no="A-04"), key="k2")
    with pytest.raises(RightsError, match="moved on"):
        act(chinese, "extend", officer, key="x2")


def test_whoever_proposed_an_erasure_cannot_confirm_it(officer: User, second: User) -> None:
    party = stranger()
    request = act(erasure_of(party), "propose", officer)
    assert possible_actions(request, officer) == ("note",)
    with pytest.raises(RightsError, match="another than who proposed"):
        act(request, "confirm", officer)
    party.refresh_from_db()
    assert party.erased_at is None

    done = act(request, "confirm", second)

    party.refresh_from_db()
    assert party.wrapped_key is None
    assert (done.state, done.proposed_by, done.decided_by) == ("done", officer, second)
    assert open_text(party, done.text_sealed) is None
    assert Entry.objects.filter(kind="person.erased").count() == 1


def test_confirming_needs_its_own_permission(officer: User) -> None:
    lead = make_user(username="lead", role="team_lead")
    request = act(erasure_of(stranger()), "propose", officer)
    assert possible_actions(request, lead) == ("note",)
    with pytest.raises(RightsError, match="not for you"):
        act(request, "confirm", lead)


def test_the_database_refuses_an_erasure_by_one(officer: User) -> None:
    request = act(erasure_of(stranger()), "propose", officer)
    for by in (officer, None):
        with pytest.raises(IntegrityError, match="rights_erasure_by_two"), transaction.atomic():
            RightsRequest.objects.filter(pk=request.pk).update(
                state="done", decided_by=by, closed_at=MOMENT
            )
    with pytest.raises(IntegrityError, match="rights_refused_with_reason"), transaction.atomic():
        RightsRequest.objects.filter(pk=request.pk).update(state="refused", closed_at=MOMENT)


def test_what_has_to_be_kept_is_not_erased(officer: User, second: User) -> None:
    case = make_case()
    request = act(asked(case, "erasure"), "propose", officer)
    with pytest.raises(KeptError) as refused:
        act(request, "confirm", second)
    assert "open_case" in {one.why for one in refused.value.grounds}
    assert RightsRequest.objects.get().state == "proposed"
    back = act(request, "decline", second)
    assert (back.state, back.proposed_by) == ("open", None)


def test_the_report_tells_of_the_request_itself() -> None:
    case = make_case()
    asked(case)
    told = report_on(case.party, actor="officer", reason="asked", at=MOMENT)
    assert told.rows["rights.RightsRequest"][0]["text"] == "请告诉我你们有什么"
    assert told.rows["rights.RightsStep"][0]["kind"] == "received"


def test_the_same_step_is_done_once(officer: User) -> None:
    request = asked(make_case())
    act(request, "note", officer)
    act(request, "note", officer)
    assert RightsStep.objects.filter(kind="note").count() == 1
    with pytest.raises(RightsError, match="used for another step"):
        act(request, "refuse", officer, key="note-1", refusal="not_held")
