"""Texts by the clouds' HTTP services: signed, given once, receipts and replies taken in."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user
from outreach.cloud_texts import CODES, NUMBER, OUTSIDE, drain, push, receipt, reply, use, words_of
from outreach.clouds import Cloud, Heard, running_cloud
from outreach.test_smpp import states, text

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.words import text_of
from carrears.clock import at_local, local_day, now
from carrears.outreach.http_sms.codes import NO_CODE, OTHER_WORDS
from carrears.outreach.http_sms.vendor import own_reference
from carrears.outreach.messages import opt_out_url, read_message
from carrears.outreach.models import Delivery, UnknownText
from carrears.outreach.pushes import push_address, push_secret
from carrears.workbench.logs import JsonLines, PlainLines

THROTTLED: dict[str, tuple[int, Any]] = {
    "alibaba": (400, {"Code": "Throttling.User", "Message": "slower"}),
    "tencent": (200, {"Response": {"Error": {"Code": "RequestLimitExceeded", "Message": "m"}}}),
    "twilio": (429, {"code": 20429, "message": "Too Many Requests"}),
}
REFUSED: dict[str, tuple[int, Any]] = {
    "alibaba": (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "no such number"}),
    "tencent": (
        200,
        {"Response": {"SendStatusSet": [{"Code": "FailedOperation.PhoneNumberInBlacklist"}]}},
    ),
    "twilio": (400, {"code": 21610, "message": "unsubscribed recipient"}),
}
ACCOUNT: dict[str, tuple[int, Any]] = {
    "alibaba": (400, {"Code": "InvalidAccessKeyId.NotFound", "Message": "m"}),
    "tencent": (200, {"Response": {"Error": {"Code": "AuthFailure.SecretIdNotFound"}}}),
    "twilio": (401, {"code": 20003, "message": "Authenticate"}),
}


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging", "gateways", "receipts"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
    # What the tape says was said before, at whatever hour the tests run.
    monkeypatch.setattr("carrears.parties.services.now", lambda: at - timedelta(days=1))
    later = at + timedelta(minutes=5)
    for module in ("sms_service", "told_by_http"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: later)
    return at


@pytest.fixture
def case(noon: datetime) -> Case:
    return make_case(loan_no="A-05", as_of=local_day(noon, "Asia/Shanghai"))


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


@pytest.fixture(params=["alibaba", "tencent", "twilio"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cloud(name: str, settings: LazySettings, tmp_path: Path) -> Iterator[Cloud]:
    with running_cloud(name) as running:
        use(running, settings, tmp_path)
        yield running


@pytest.mark.django_db
def test_a_text_goes_out_once_signed_and_in_the_judged_words(
    cloud: Cloud, case: Case, user: User
) -> None:
    attempt = text(case, user)
    assert attempt.state == "booked"
    drain()
    text(case, user)
    drain()
    assert cloud.forged == []
    [told] = cloud.sent()
    assert words_of(cloud, told) == (f"+{NUMBER}", read_message(attempt).text)
    ours = own_reference(attempt.key)
    assert ours in json.dumps(told)
    delivery = Delivery.objects.get()
    assert (states(), delivery.gateway) == ([("accepted", "sent")], cloud.name)
    assert (delivery.references[0], len(delivery.references), delivery.parts) == (ours, 2, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("fate", ["delivered", "undelivered"])
def test_receipts_say_what_became_of_it(cloud: Cloud, case: Case, user: User, fate: str) -> None:
    text(case, user)
    drain()
    assert receipt(cloud, Delivery.objects.get(), fate) == 200
    assert receipt(cloud, Delivery.objects.get(), fate) == 200  # told twice
    assert states() == [(fate, "sent")]


@pytest.mark.django_db
def test_throttled_texts_are_tried_again_and_refused_ones_die(
    cloud: Cloud, case: Case, user: User
) -> None:
    cloud.answers = [THROTTLED[cloud.name]]
    text(case, user)
    drain()
    assert (states(), Delivery.objects.get().tries) == ([("accepted", "sent")], 2)
    cloud.answers = [REFUSED[cloud.name]]
    text(case, user, "k2")
    drain()
    assert states()[1] == ("failed", "failed")


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [None, (502, {"bad": "gateway"}), (200, "no such answer")])
def test_a_text_without_an_answer_is_uncertain_until_a_receipt_names_it(
    cloud: Cloud, case: Case, user: User, answer: tuple[int, Any] | None
) -> None:
    cloud.answers = [answer]
    text(case, user)
    drain()
    drain()
    assert (states(), len(cloud.sent())) == ([("uncertain", "booked")], 1)
    receipt(cloud, Delivery.objects.get(), "delivered")
    assert states() == [("delivered", "sent")]


@pytest.mark.django_db
def test_what_a_killed_process_left_is_settled_by_what_was_told_meanwhile(
    cloud: Cloud, case: Case, user: User
) -> None:
    text(case, user)
    Delivery.objects.update(state="handed", handed_at=now(), tries=1)  # as it leaves them
    receipt(cloud, Delivery.objects.get(), "delivered")
    drain()
    assert cloud.sent() == []
    expected = "uncertain" if cloud.name == "tencent" else "delivered"  # it tells no name of ours
    assert states()[0][0] == expected


@pytest.mark.django_db
def test_a_refused_account_loses_nothing(cloud: Cloud, case: Case, user: User) -> None:
    cloud.answers = [ACCOUNT[cloud.name]] * 20
    text(case, user)
    drain()
    assert states() == [("waiting", "booked")]
    assert Delivery.objects.get().error
    cloud.answers = []
    drain()
    assert states() == [("accepted", "sent")]


@pytest.mark.django_db
def test_a_service_that_is_down_loses_nothing(
    name: str, settings: LazySettings, tmp_path: Path, case: Case, user: User
) -> None:
    with running_cloud(name) as gone:
        use(gone, settings, tmp_path)
    text(case, user)
    drain()
    assert states() == [("waiting", "booked")]
    with running_cloud(name, gone.port) as back:
        drain()
        assert (states(), len(back.sent())) == ([("accepted", "sent")], 1)


@pytest.mark.django_db
def test_an_address_that_is_not_to_be_asked_is_not_asked(
    cloud: Cloud, case: Case, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "10.0.0.0/8")
    text(case, user)
    drain()
    assert (states(), cloud.heard) == ([("waiting", "booked")], [])
    assert "not to be asked" in Delivery.objects.get().error


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["alibaba", "tencent"], indirect=True)
def test_a_template_without_a_code_or_with_other_words_is_refused(
    cloud: Cloud, case: Case, user: User, settings: LazySettings
) -> None:
    codes = Path(settings.SMS_CODES_FILE)
    codes.write_text(CODES.replace("请尽快归还", "请立即归还"), encoding="utf-8")
    text(case, user)
    drain()
    settings.SMS_CODES_FILE = ""
    text(case, user, "k2")
    drain()
    errors = list(Delivery.objects.order_by("pk").values_list("state", "error"))
    assert errors == [("failed", OTHER_WORDS), ("failed", NO_CODE)]
    assert cloud.heard == []


@pytest.mark.django_db
def test_a_reply_takes_effect_at_once_and_stands_on_the_timeline(
    cloud: Cloud, case: Case, user: User
) -> None:
    text(case, user)
    drain()
    assert reply(cloud, NUMBER, "退订") == 200
    assert reply(cloud, "8613911112222", "who is this") == 200
    assert [text_of(one) for one in case.events.filter(kind="note")] == ["退订"]
    after = text(case, user, "k2")
    assert (after.state, after.gate_action) == ("blocked", "block")
    assert b"who" not in bytes(UnknownText.objects.get().text_sealed)


@pytest.mark.django_db
def test_what_becomes_of_texts_is_asked_for_where_that_is_set(
    cloud: Cloud, case: Case, user: User, settings: LazySettings, tmp_path: Path
) -> None:
    use(cloud, settings, tmp_path, "&poll=1")
    attempt = text(case, user)
    ours = own_reference(attempt.key)
    usual = cloud.usually

    def usually(heard: Heard) -> tuple[int, Any]:
        if heard.action in {"SendSms", "Messages"}:
            return usual(heard)
        if heard.action == "QuerySendDetails":
            assert heard.told["PhoneNumber"] == NUMBER[2:]
            row = {"OutId": ours, "SendStatus": 3, "ErrCode": "DELIVERED"}
            return 200, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}}
        if heard.action == "PullSmsSendStatus":
            row = {"SerialNo": f"2640:{ours[:8]}", "ReportStatus": "SUCCESS"}
            return 200, {"Response": {"PullSmsSendStatusSet": [row]}}
        if heard.action == "PullSmsReplyStatus":
            row = {"PhoneNumber": f"+{NUMBER}", "ReplyContent": "TD"}
            return 200, {"Response": {"PullSmsReplyStatusSet": [row]}}
        return 200, {"sid": heard.action, "status": "delivered", "error_code": None}

    cloud.usually = usually
    drain()
    drain()
    assert (cloud.forged, states()) == ([], [("delivered", "sent")])
    assert len(cloud.sent()) == 1


@pytest.mark.django_db
def test_what_is_not_from_the_service_is_not_heard(
    cloud: Cloud, case: Case, user: User, settings: LazySettings
) -> None:
    text(case, user)
    drain()
    path = push_address(cloud.name).removeprefix(OUTSIDE)
    other = "twilio" if cloud.name != "twilio" else "alibaba"
    wrong = path.rstrip("/")[:-1] + "x/" if cloud.name != "twilio" else path
    body = "MessageSid=SM1&MessageStatus=delivered"
    kind = "application/x-www-form-urlencoded"
    headers = {"x-twilio-signature": "AAAA"}
    for where in (wrong, f"/texts/{other}/", f"/texts/{other}/guess/", "/texts/nobody/"):
        answer = Client().post(where, body, content_type=kind, headers=headers)
        assert answer.status_code == 404
    assert Client().get(path).status_code == 405
    assert push(cloud, {"neither": "this"}) == 400
    settings.DEMO = True
    assert reply(cloud, NUMBER, "退订") == 404
    assert states() == [("accepted", "sent")]


@pytest.mark.django_db
def test_who_guesses_is_slowed_and_the_service_is_heard(
    cloud: Cloud, case: Case, user: User, settings: LazySettings
) -> None:
    text(case, user)
    drain()
    settings.SIGN_IN_PER_MINUTE = 2
    path = push_address(cloud.name).removeprefix(OUTSIDE)
    guess = path if cloud.name == "twilio" else f"/texts/{cloud.name}/guess/"

    answers = [Client().post(guess, "{}", content_type="application/json") for _ in range(6)]

    assert {one.status_code for one in answers} == {404, 429}  # a minute may end in between
    assert all(one.status_code == 404 or int(one.headers["Retry-After"]) > 0 for one in answers)
    assert push(cloud, {"neither": "this"}) == 400  # heard, though it makes no sense


@pytest.mark.django_db
@pytest.mark.parametrize("lines", [PlainLines(), JsonLines()])
def test_the_secret_of_an_address_is_in_no_log(
    cloud: Cloud, lines: logging.Formatter, case: Case
) -> None:
    opt_out = opt_out_url(case.party_id).removeprefix(OUTSIDE)
    kept = [opt_out.split("/")[2], *([] if cloud.name == "twilio" else [push_secret()])]
    written = io.StringIO()
    log = logging.StreamHandler(written)
    log.setFormatter(lines)
    logging.getLogger().addHandler(log)
    try:
        assert push(cloud, {"neither": "this"}) == 400
        assert Client().delete(opt_out).status_code == 405
        assert Client().get(f"{opt_out}more/").status_code == 404
    finally:
        logging.getLogger().removeHandler(log)

    assert "/stop/[secret]/more/" in written.getvalue()
    assert f"/texts/{cloud.name}/" in written.getvalue()
    assert [one for one in kept if one in written.getvalue()] == []
