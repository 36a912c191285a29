"""The inbox of the lender's app: judged as any contact, stored once, read, answered, taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from factories import make_action, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case, CaseEvent, PlannedAction
from carrears.casework.words import text_of
from carrears.clock import local_day, now
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence
from carrears.outreach.by_portal import NAME, PortalGateway
from carrears.outreach.delivery_fields import GIVEN
from carrears.outreach.models import Attempt, Delivery, PortalMessage, Receipt, UnknownText
from carrears.outreach.packing import pack
from carrears.outreach.portal_inbox import (
    empty_expired,
    mark_read,
    take_answer,
    why_withdrawn,
    withdraw,
)
from carrears.outreach.sending import send_booked
from carrears.outreach.services import OutreachError, contact, contact_planned
from carrears.parties.erasing import erase_person
from carrears.parties.models import Consent, ContactPoint, Party
from carrears.parties.portal_accounts import AccountError, close_account, open_account
from carrears.parties.vault import SubjectErasedError
from carrears.signin.tokens import issue

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    return make_user(role="team_lead")


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Noon of today where the borrower lives: a book that is not history, at a lawful hour."""
    at = now().replace(hour=4, minute=0, second=0, microsecond=0)
    for module in ("services", "sending", "judging", "gateways", "by_portal", "portal_api"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
    return at


@pytest.fixture
def case(today: datetime) -> Case:
    return with_account(make_case(as_of=local_day(today, "Asia/Shanghai")))


def with_account(case: Case, account: str = "acc-10001") -> Case:
    assert case.party is not None
    open_account(case.party, account, by=None, at=AT)
    return case


def send(case: Case, user: User, key: str = "k") -> Attempt:
    assert case.party is not None
    return contact(case, party=case.party, template="portal_reminder", by=user, key=key)


class App:
    """The lender's app, as it speaks to the API."""

    def __init__(self, role: str = "integrator", *scopes: str) -> None:
        user = make_user(role=role, username=f"app-{uuid4().hex[:6]}")
        secret = (
            issue(user, name="app", scopes=scopes, valid_for=None, by="test").secret
            if scopes
            else issue_token(user, name="app")
        )
        self._headers = {"Authorization": f"Bearer {secret}"}

    def __call__(self, method: str, path: str, told: dict[str, Any] | None = None) -> Any:
        ask = getattr(Client(), method)
        more = {"content_type": "application/json"} if told is not None else {}
        return ask(f"/api/portal/{path}", told or {}, headers=self._headers, **more)


def test_a_message_is_judged_stored_once_and_has_arrived(case: Case, user: User) -> None:
    attempt = send(case, user)

    attempt.refresh_from_db()
    assert (attempt.channel, attempt.gate_action, attempt.state) == ("portal", "allow", "sent")
    assert attempt.contact_point is not None
    assert attempt.contact_point.kind == "portal"
    message = PortalMessage.objects.get()
    assert (message.key, message.party_id, message.specimen) == (
        attempt.key,
        case.party_id,
        False,
    )
    delivery = attempt.delivery
    assert (delivery.state, delivery.gateway, delivery.references) == (
        "delivered",
        "portal",
        [str(message.token)],
    )
    assert list(Receipt.objects.values_list("fate", "delivery")) == [("delivered", delivery.pk)]
    assert "逾期" not in bytes(message.title_sealed or b"").decode("latin-1")
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"message.sent", "message.delivered", "inbox.stored"} <= kinds


def test_the_same_message_given_twice_is_there_once(case: Case, user: User) -> None:
    attempt = send(case, user)
    found = list(Delivery.objects.select_related(*GIVEN).filter(attempt=attempt))
    parcels = [parcel for _, parcel in pack(found)[0]]
    assert [one.key for one in PortalGateway(NAME).hand_over(parcels)] == [attempt.key]
    assert PortalMessage.objects.count() == 1
    assert Receipt.objects.count() == 1
    assert Entry.objects.filter(kind="inbox.stored").count() == 1


def test_what_is_not_kept_is_not_in_the_inbox(
    case: Case, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("carrears.outreach.sending.keep", fail)
        with pytest.raises(DatabaseError), transaction.atomic():
            send(case, user)
    assert PortalMessage.objects.count() == 0
    attempt = send(case, user)
    send_booked([attempt])
    assert PortalMessage.objects.count() == 1


def test_who_has_no_account_is_not_written_to(today: datetime) -> None:
    case = make_case(as_of=local_day(today, "Asia/Shanghai"))
    make_action(
        case=case,
        channel="portal",
        template="portal_reminder",
        as_of=case.as_of,
        planned_for=today - timedelta(minutes=1),
    )
    contact_planned(as_of=case.as_of)
    action = PlannedAction.objects.get()
    assert (action.state, action.reason) == ("blocked", "no account of the portal on record")


def test_the_day_sends_what_was_planned(case: Case, today: datetime) -> None:
    make_action(
        case=case,
        channel="portal",
        template="portal_reminder",
        as_of=case.as_of,
        planned_for=today - timedelta(minutes=1),
    )
    contact_planned(as_of=case.as_of)
    assert PlannedAction.objects.get().state == "sent"
    assert PortalMessage.objects.get().case_id == case.pk


def test_the_gate_stops_it_as_any_contact(case: Case, user: User) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=case.as_of)
    assert send(case, user).state == "blocked"
    assert PortalMessage.objects.count() == 0


def test_of_a_replayed_book_it_is_a_specimen(user: User, settings: LazySettings) -> None:
    case = with_account(make_case())
    attempt = send(case, user)
    assert (attempt.state, attempt.delivery.gateway) == ("sent", "portal-replayed")
    assert PortalMessage.objects.get().specimen
    assert case.party is not None
    app, path = App(), f"inboxes/{case.party.party_no}"
    assert app("get", path).json()["total"] == 0
    settings.DEMO = True
    assert app("get", path).json()["total"] == 1


def test_the_app_shows_the_inbox_and_tells_that_it_was_opened(case: Case, user: User) -> None:
    send(case, user)
    assert case.party is not None
    app, path = App("integrator", "portal:read", "portal:write"), case.party.party_no
    told = app("get", f"inboxes/{path}").json()
    [message] = told["messages"]
    assert (told["unread"], told["total"], message["read_at"]) == (1, 1, None)
    assert message["title"] == "合同 A-03 逾期提醒"
    assert "赵试一，您好" in message["body"]

    opened = app("post", f"inboxes/{path}/{message['id']}/read", {"via": "ios"}).json()
    again = app("post", f"inboxes/{path}/{message['id']}/read", {"via": "web"}).json()
    assert opened == again
    assert opened["read_via"] == "ios"
    assert app("get", f"inboxes/{path}?unread=true").json()["messages"] == []
    fates = dict(Receipt.objects.values_list("fate", "words"))
    assert fates == {"delivered": "", "read": "ios"}
    stored, read = (
        json.loads(Entry.objects.get(kind=f"inbox.{what}").payload) for what in ("stored", "read")
    )
    # What was opened are the words that were stored: the log holds the same commitment.
    assert stored["words"] == read["words"]
    assert "赵试一" not in str(Entry.objects.values_list("payload", flat=True))


def test_an_inbox_is_shown_to_its_app_only(case: Case, user: User) -> None:
    send(case, user)
    assert case.party is not None
    path = f"inboxes/{case.party.party_no}"
    assert App("collector")("get", path).status_code == 403
    assert App("integrator", "events:read")("get", path).status_code == 403
    other = with_account(make_case(loan_no="B-1", obligor_no="P-2"), "acc-2")
    assert other.party is not None
    message = PortalMessage.objects.get()
    assert App()("get", f"inboxes/{other.party.party_no}/{message.token}").status_code == 404
    assert App()("get", f"{path}/{message.token}").json()["title"] == "合同 A-03 逾期提醒"


def test_accounts_are_opened_moved_and_closed_by_the_app() -> None:
    case, other = make_case(), make_case(loan_no="B-1", obligor_no="P-2")
    assert case.party is not None
    assert other.party is not None
    app, path = App(), f"accounts/{case.party.party_no}"
    assert app("put", path, {"account": "u-7"}).status_code == 201
    assert app("put", path, {"account": "u-7"}).status_code == 200
    assert app("put", f"accounts/{other.party.party_no}", {"account": "u-7"}).status_code == 409
    assert app("put", path, {"account": "u-8"}).status_code == 201
    points = ContactPoint.objects.filter(kind="portal").order_by("pk")
    assert list(points.values_list("valid", flat=True)) == [False, True]
    assert app("delete", path).json()["new"] is True
    assert not points.filter(valid=True).exists()
    kinds = Entry.objects.filter(kind__startswith="portal.").values_list("kind", flat=True)
    assert sorted(kinds) == ["portal.account_closed"] + ["portal.account_opened"] * 2


def test_whose_account_was_closed_has_no_inbox(case: Case, user: User) -> None:
    send(case, user)
    assert case.party is not None
    close_account(case.party, by=None, at=AT)
    assert App()("get", f"inboxes/{case.party.party_no}").json()["total"] == 0


def test_an_answer_stands_on_the_case_and_waits(case: Case, user: User) -> None:
    send(case, user)
    assert case.party is not None
    message = PortalMessage.objects.get()
    path = f"inboxes/{case.party.party_no}/{message.token}/answers"
    told = {"key": "app-000001", "text": "这笔不是我借的"}
    app = App()
    assert [app("post", path, told).status_code for _ in range(2)] == [202, 202]
    note = CaseEvent.objects.get(case=case, kind="note")
    assert (text_of(note), note.data["by_portal"], note.data["means"]) == (
        "这笔不是我借的",
        True,
        ["dispute"],
    )


@pytest.mark.parametrize("text", ["退订", "STOP", "不要再给我发站内信了"])
def test_who_asks_to_be_left_alone_gets_no_more_in_his_inbox(
    case: Case, user: User, text: str
) -> None:
    send(case, user)
    take_answer(PortalMessage.objects.get(), text, key="app-000001", at=now())
    word = Consent.objects.get(party=case.party, channel="portal")
    assert (word.granted, word.source) == (False, "inbox_reply")
    again = send(case, user, key="second")
    assert again.state == "blocked"
    assert "CN-35" in {
        one["rule_id"] for one in again.verdict.findings if one["gate_action"] == "block"
    }


def test_an_answer_without_an_open_case_waits_among_those_that_fit_none(
    case: Case, user: User
) -> None:
    send(case, user)
    Case.objects.update(state="closed", closed_on=case.as_of, close_reason="cured")
    message = PortalMessage.objects.select_related("case", "party").get()
    take_answer(message, "我已经还了", key="app-000001", at=now())
    take_answer(message, "我已经还了", key="app-000001", at=now())
    assert UnknownText.objects.get().gateway == "portal"


def test_a_message_is_taken_back_with_a_reason(case: Case, user: User) -> None:
    send(case, user)
    assert case.party is not None
    message = PortalMessage.objects.get()
    with pytest.raises(OutreachError):
        withdraw(message, reason=" ", by=user, at=now())
    withdraw(message, reason="wrong amount", by=user, at=now())
    with pytest.raises(OutreachError):
        withdraw(message, reason="again", by=user, at=now())
    with pytest.raises(OutreachError):
        mark_read(message, via="ios", by=user, at=now())
    assert App()("get", f"inboxes/{case.party.party_no}").json()["total"] == 0
    told = Entry.objects.get(kind="inbox.withdrawn")
    assert "reason_commitment" in json.loads(told.payload)
    assert "wrong amount" not in told.payload
    assert why_withdrawn(message) == "wrong amount"


def test_what_has_expired_is_not_shown_and_loses_its_words(
    case: Case, user: User, settings: LazySettings
) -> None:
    settings.PORTAL_DAYS = 30
    send(case, user)
    message = PortalMessage.objects.get()
    assert message.expires_at - message.sent_at == timedelta(days=30)
    assert empty_expired(at=message.expires_at - timedelta(seconds=1)) == 0
    assert empty_expired(at=message.expires_at) == 1
    message.refresh_from_db()
    assert (message.title_sealed, message.body_sealed) == (None, None)
    assert Attempt.objects.get().body_sealed is not None
    with pytest.raises(OutreachError):
        mark_read(message, via="ios", by=user, at=message.expires_at)


def test_the_words_go_with_the_person(case: Case, user: User) -> None:
    send(case, user)
    party = case.party
    assert party is not None
    message = PortalMessage.objects.get()
    erase_person(party, by=user, at=now())
    assert App()("get", f"inboxes/{party.party_no}").json()["total"] == 0
    with pytest.raises(SubjectErasedError):
        mark_read(message, via="ios", by=user, at=now())
    with pytest.raises(AccountError):
        open_account(Party.objects.get(pk=party.pk), "acc-2", by=None, at=AT)


def test_the_timeline_and_the_message_say_whether_it_was_opened(
    case: Case, user: User, client: Client
) -> None:
    attempt = send(case, user)
    sequence()
    client.force_login(user)
    page = client.get(f"/mail/{attempt.pk}/").content.decode()
    assert "尚未阅读" in page
    mark_read(PortalMessage.objects.get(), via="ios", by=user, at=now())
    assert "（ios）" in client.get(f"/case/{case.loan_no}/").content.decode()
    answer = client.post(f"/mail/{attempt.pk}/withdraw/", {"reason": "金额有误"}, follow=True)
    assert "已撤回" in answer.content.decode()
    other = make_user(role="collector", username="other")
    client.force_login(other)
    assert client.post(f"/mail/{attempt.pk}/withdraw/", {"reason": "x"}).status_code == 404


def test_the_database_keeps_read_and_taken_back_whole(case: Case, user: User) -> None:
    send(case, user)
    for values in ("read_at = now()", "withdrawn_at = now()", "read_via = 'x'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update outreach_portalmessage set {values}")  # noqa: S608  ours
