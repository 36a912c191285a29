"""What needs a person's decision may leave by two people's leave; nothing else, and once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from factories import DAY, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach import overrides
from carrears.outreach.calls import book_call
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, Override
from carrears.outreach.overrides import ask_override, contact_overridden, decide_override
from carrears.outreach.services import contact
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


@pytest.fixture
def asker() -> User:
    return make_user(role="team_lead")


@pytest.fixture
def second() -> User:
    return make_user(role="compliance_officer")


def call(case: Case, key: str) -> Attempt:
    assert case.party is not None
    return book_call(case, party=case.party, key=key, by=None)


@pytest.fixture
def stopped(case: Case) -> Attempt:
    """A second call right after the first: a person has to find it necessary (CN-10b)."""
    assert call(case, "call-001").state == "booked"
    attempt = call(case, "call-002")
    assert (attempt.gate_action, attempt.state) == ("review", "blocked")
    return attempt


def bar(case: Case) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)


def approve(stopped: Attempt, asker: User, second: User) -> Override:
    asked = ask_override(stopped, reason="he asked to be called back", by=asker)
    return decide_override(asked, approve=True, reason="heard the recording", by=second)


def test_two_people_let_one_call_go(stopped: Attempt, asker: User, second: User) -> None:
    override = approve(stopped, asker, second)
    made = contact_overridden(override, by=asker)
    assert (made.state, made.gate_action, made.override_id) == ("booked", "review", override.pk)
    assert made.verdict_id != stopped.verdict_id  # judged anew
    again = contact_overridden(override, by=asker)
    assert (again.pk, Attempt.objects.count()) == (made.pk, 3)
    stopped.refresh_from_db()
    assert stopped.state == "blocked"


def test_every_step_is_evidence(stopped: Attempt, asker: User, second: User) -> None:
    made = contact_overridden(approve(stopped, asker, second), by=asker)
    kinds = Entry.objects.filter(kind__startswith="override.").order_by("pk")
    assert list(kinds.values_list("kind", "actor")) == [
        ("override.asked", "team_lead"),
        ("override.approved", "compliance_officer"),
    ]
    entry = Entry.objects.get(key=f"attempt:{made.key}:booked")
    assert f'"override":{made.override_id}' in entry.payload


def test_an_overridden_message_is_sent(
    case: Case, asker: User, second: User, tmp_path: Path, settings: LazySettings
) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    settings.LENDER_CODES = ()
    assert case.party is not None
    # Ten in the morning in Shanghai is night in London, which is for this house to decide.
    Party.objects.filter(pk=case.party.pk).update(time_zone="Europe/London", zones=[])
    stopped = contact(case, party=case.party, template="reminder", by=asker, key="k1")
    assert (stopped.gate_action, stopped.state) == ("review", "blocked")
    made = contact_overridden(approve(stopped, asker, second), by=asker)
    assert (made.state, made.gate_action, bool(made.message_id)) == ("sent", "review", True)


def test_what_is_blocked_cannot_be_overridden(case: Case, asker: User) -> None:
    bar(case)
    blocked, booked = call(case, "call-001"), call(make_case(loan_no="A-04"), "call-001")
    for attempt in (blocked, booked):
        with pytest.raises(OutreachError, match="only a contact that a person has to decide"):
            ask_override(attempt, reason="please", by=asker)


def test_nobody_approves_his_own_and_nothing_is_decided_twice(
    stopped: Attempt, asker: User, second: User
) -> None:
    asked = ask_override(stopped, reason="he asked for it", by=asker)
    with pytest.raises(OutreachError, match="a second person"):
        decide_override(asked, approve=True, reason="yes", by=asker)
    with pytest.raises(OutreachError, match="a reason"):
        decide_override(asked, approve=True, reason=" ", by=second)
    with pytest.raises(OutreachError, match="asked before"):
        ask_override(stopped, reason="again", by=second)
    decide_override(asked, approve=False, reason="no need", by=second)
    with pytest.raises(OutreachError, match="decided before"):
        decide_override(asked, approve=True, reason="yes", by=second)
    with pytest.raises(OutreachError, match="not approved"):
        contact_overridden(asked, by=asker)


def test_an_override_does_not_help_against_a_rule_it_does_not_speak_of(
    case: Case, stopped: Attempt, asker: User, second: User
) -> None:
    override = approve(stopped, asker, second)
    bar(case)
    made = contact_overridden(override, by=asker)
    assert (made.state, made.gate_action, made.override_id) == ("blocked", "block", None)
    DoNotContact.objects.all().delete()
    assert contact_overridden(override, by=asker).state == "booked"


def test_an_override_ends(
    stopped: Attempt, asker: User, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    override = approve(stopped, asker, second)
    later = overrides.now() + overrides.VALID_FOR + timedelta(seconds=1)
    monkeypatch.setattr(overrides, "now", lambda: later)
    with pytest.raises(OutreachError, match="has ended"):
        contact_overridden(override, by=asker)


def refuse(statement: str, *values: Any) -> None:
    with pytest.raises(IntegrityError):
        write(f"{statement}; set constraints all immediate", *values)


def write(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_database_wants_two_people_and_an_end(
    stopped: Attempt, asker: User, second: User
) -> None:
    asked = ask_override(stopped, reason="he asked for it", by=asker)
    decide = (
        "update outreach_override set state = 'approved', decided_by_id = %s, decided_at = now(),"
        " valid_until = now() + %s::interval where id = %s"
    )
    refuse(decide, asker.pk, "1 hour", asked.pk)
    refuse(decide, None, "1 hour", asked.pk)
    refuse(decide, second.pk, None, asked.pk)
    refuse(decide, second.pk, "-1 hour", asked.pk)
    refuse(decide, second.pk, "4 days", asked.pk)
    refuse("update outreach_override set rules = '[\"CN-18\"]' where id = %s", asked.pk)
    refuse("update outreach_override set asked_by_id = %s where id = %s", second.pk, asked.pk)
    refuse("delete from outreach_override where id = %s", asked.pk)
    with connection.cursor() as cursor:
        cursor.execute(decide, [second.pk, "1 hour", asked.pk])
        assert cursor.rowcount == 1  # what the refusals above differ from by one thing each
    refuse("update outreach_override set valid_until = now() + '2 days' where id = %s", asked.pk)


_COPY = (
    "insert into outreach_override (stopped_id, gate_action, case_id, party_id, channel, purpose,"
    " agency, template, rules, reason, asked_by_id, asked_at, state, decision, decided_by_id,"
    " decided_at, valid_until) select a.id, {gate_action}, a.case_id, a.party_id, {channel},"
    " a.purpose, a.agency, a.template, '[]', {reason}, %s, now(), {state}, '', null, null, null"
    " from outreach_attempt a where a.id = %s"
)
_PLAIN = {"gate_action": "'review'", "channel": "a.channel", "reason": "'r'", "state": "'asked'"}


def test_the_database_knows_what_was_stopped(case: Case, stopped: Attempt, asker: User) -> None:
    bar(case)
    blocked = call(case, "call-003")
    refuse(_COPY.format(**_PLAIN), asker.pk, blocked.pk)
    for change in (
        {"gate_action": "'block'"},
        {"gate_action": "'allow'"},
        {"channel": "'email'"},
        {"state": "'approved'"},
    ):
        refuse(_COPY.format(**(_PLAIN | change)), asker.pk, stopped.pk)
    with connection.cursor() as cursor:
        cursor.execute(_COPY.format(**_PLAIN), [asker.pk, stopped.pk])
        assert cursor.rowcount == 1


def test_the_database_lets_no_attempt_take_an_override_that_is_not_for_it(
    stopped: Attempt, asker: User, second: User
) -> None:
    asked = ask_override(stopped, reason="he asked for it", by=asker)
    write = "update outreach_attempt set state = 'booked', override_id = %s where id = %s"
    refuse(write, asked.pk, stopped.pk)  # neither before it is decided
    override = decide_override(asked, approve=True, reason="yes", by=second)
    refuse(write, override.pk, stopped.pk)  # nor after, without a judgement of its own
    other = call(make_case(loan_no="A-05"), "call-001")
    refuse(write, override.pk, other.pk)
    made = contact_overridden(override, by=asker)
    refuse("update outreach_attempt set override_id = null where id = %s", made.pk)


def client_of(user: User) -> Client:
    token = issue_token(user, name="test")
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_an_override_over_http(stopped: Attempt, asker: User, second: User) -> None:
    lead, officer = client_of(asker), client_of(second)
    path = f"/api/attempts/{stopped.pk}/override"
    asked = lead.post(path, {"reason": "he asked for it"}, content_type="application/json").json()
    assert (asked["state"], asked["asked_by"], asked["rules"]) == (
        "asked",
        "team_lead",
        ["CN-10b"],
    )
    listed = officer.get("/api/overrides", {"state": "asked"}).json()
    assert [one["id"] for one in listed] == [asked["id"]]
    decision = {"approve": True, "reason": "heard the recording"}
    path = f"/api/overrides/{asked['id']}"
    own = lead.post(f"{path}/decision", decision, content_type="application/json")
    assert (own.status_code, own.json()["detail"]) == (409, "a second person has to decide")
    given = officer.post(f"{path}/decision", decision, content_type="application/json").json()
    assert (given["state"], given["decided_by"]) == ("approved", "compliance_officer")
    assert officer.post(f"{path}/contact").status_code == 403  # may approve, not call
    made = lead.post(f"{path}/contact").json()
    assert (made["state"], made["gate_action"]) == ("booked", "review")


def test_a_collector_asks_and_does_not_approve(stopped: Attempt, case: Case) -> None:
    collector = make_user(role="collector")
    Case.objects.filter(pk=case.pk).update(assignee=collector)
    client = client_of(collector)
    asked = client.post(
        f"/api/attempts/{stopped.pk}/override", {"reason": "x"}, content_type="application/json"
    )
    assert asked.status_code == 201
    decided = client.post(
        f"/api/overrides/{asked.json()['id']}/decision",
        {"approve": True, "reason": "x"},
        content_type="application/json",
    )
    assert decided.status_code == 403
