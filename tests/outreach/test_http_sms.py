"""Texts by the clouds' HTTP services: signed, given once, receipts and replies taken in."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user
from outreach.clouds import KEY, SECRET, Cloud, Heard, running_cloud, signed_by_twilio
from outreach.test_smpp import NoPause, states, text

from carrears import acs3
from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.words import text_of
from carrears.clock import at_local, local_day, now
from carrears.outreach.http_sms import tencent, twilio
from carrears.outreach.http_sms.account import account_of
from carrears.outreach.http_sms.codes import NO_CODE, OTHER_WORDS
from carrears.outreach.http_sms.vendor import own_reference
from carrears.outreach.messages import opt_out_url, read_message
from carrears.outreach.models import Delivery, UnknownText
from carrears.outreach.pushes import push_address, push_secret
from carrears.outreach.sms_service import run
from carrears.workbench.logs import JsonLines, PlainLines

NUMBER = "8613900000001"
OUTSIDE = "https://carrears.lender.example"
CODES = """
alibaba:
  sms_reminder:
    zh-CN:
      code: SMS_001
      text: ${name}您好，截至${as_of}，合同${loan_no}有${owed}已到期未还，请尽快归还；\
如已还款请忽略。咨询、异议或还款有困难请致电${phone}。拒收请回复TD
      parameters: {owed: arrears}
tencent:
  sms_reminder:
    zh-CN:
      code: '449739'
      text: '{1}您好，截至{2}，合同{3}有{4}已到期未还，请尽快归还；如已还款请忽略。\
咨询、异议或还款有困难请致电{5}。拒收请回复TD'
      parameters: {'1': name, '2': as_of, '3': loan_no, '4': arrears, '5': phone}
"""
OPTIONS = {
    "alibaba": f"sign={quote('示例汽车金融有限公司')}",
    "tencent": f"app=1400006666&sign={quote('示例汽车金融有限公司')}",
    "twilio": "from=15005550006",
}
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


def test_the_worked_example_of_alibaba_cloud_is_signed_as_it_says() -> None:
    """https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature."""
    query = {
        "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        "RegionId": "cn-shanghai",
    }
    told = acs3.sign(
        f"https://ecs.cn-shanghai.aliyuncs.com/?{acs3.canonical_query(query)}",
        "RunInstances",
        b"",
        acs3.AccessKey("YourAccessKeyId", "YourAccessKeySecret"),
        version="2014-05-26",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert told["x-acs-content-sha256"] == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert told["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_worked_example_of_tencent_cloud_is_signed_as_it_says() -> None:
    """https://cloud.tencent.com/document/api/213/30654, whose secrets are stars."""
    body = (
        b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )
    headers = {
        "content-type": "application/json; charset=utf-8",
        "host": "cvm.tencentcloudapi.com",
        "x-tc-action": "describeinstances",
    }
    at = datetime.fromtimestamp(1551113065, UTC)
    told = tencent.authorize("AKID" + "*" * 32, "*" * 32, body, headers, at=at, service="cvm")
    assert told.endswith("10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f")
    assert "/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, " in told


def test_the_worked_example_of_twilio_is_signed_as_it_says() -> None:
    """https://www.twilio.com/docs/usage/security#validating-requests."""
    body = (
        b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
        b"&To=%2B18005551212"
    )
    told = twilio.sign_push("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", body)
    assert told == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "url",
    [
        "alibaba://key:secret@",  # no signature of the lender
        "tencent://key:secret@?sign=x",
        "twilio://key:secret@",
        "twilio://key@?from=15005550006",  # no secret
        "twilio://key:secret@?from=15005550006&windows=3",
        "twilio+ftp://key:secret@?from=15005550006",
    ],
)
def test_an_account_that_lacks_something_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"needs|options|written"):
        account_of(url)


def test_an_account_is_read_from_its_address() -> None:
    told, poll = account_of("twilio://AC1@?from=15005550006&poll=60", secret="s")
    assert (told, poll) == (twilio.Twilio("AC1", "s", "+15005550006"), 60)
    assert "secret" not in repr(account_of("alibaba://k:secret@?sign=x")[0])


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


def use(cloud: Cloud, settings: LazySettings, folder: Path, more: str = "") -> None:
    (folder / "secret").write_text(SECRET + "\n", encoding="utf-8")
    (folder / "codes.yaml").write_text(CODES, encoding="utf-8")
    settings.PUBLIC_URL = OUTSIDE
    settings.SMS_SECRET_FILE = str(folder / "secret")
    settings.SMS_CODES_FILE = str(folder / "codes.yaml")
    where = f"{cloud.name}+http://{KEY}@127.0.0.1:{cloud.port}"
    settings.SMS_URL = f"{where}?{OPTIONS[cloud.name]}{more}"


def drain() -> None:
    run(stop=NoPause(), drain=True)


def push(cloud: Cloud, told: Any, *, query: str = "") -> int:
    """Have the service tell us; returns what we answered."""
    address = push_address(cloud.name) + query
    path = address.removeprefix(OUTSIDE)
    if cloud.name == "twilio":
        signed = signed_by_twilio(address, told)
        return _post_form(path, told, signed)
    kind = "application/json"
    return Client().post(path, json.dumps(told), content_type=kind).status_code


def _post_form(path: str, form: dict[str, str], signed: str) -> int:
    body = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in form.items())
    kind = "application/x-www-form-urlencoded"
    headers = {"x-twilio-signature": signed}
    return Client().post(path, body, content_type=kind, headers=headers).status_code


def receipt(cloud: Cloud, delivery: Delivery, fate: str) -> int:
    """Have the service tell what became of a text, by whatever it knows of it."""
    ours = own_reference(delivery.attempt.key)
    good = fate == "delivered"
    if cloud.name == "alibaba":
        row = {"phone_number": NUMBER[2:], "success": good, "err_code": "X", "biz_id": "b^0"}
        return push(cloud, [row | {"out_id": ours, "sms_size": "2"}])
    if cloud.name == "tencent":
        row = {"mobile": NUMBER[2:], "nationcode": "86", "errmsg": "X", "sid": f"2640:{ours[:8]}"}
        return push(cloud, [row | {"report_status": "SUCCESS" if good else "FAIL"}])
    told = {"MessageSid": "SMx", "MessageStatus": fate, "To": f"+{NUMBER}"}
    return push(cloud, told, query=f"?reference={ours}")


def reply(cloud: Cloud, number: str, words: str) -> int:
    """Have somebody write to us."""
    if cloud.name == "alibaba":
        row = {"phone_number": number[2:], "content": words, "dest_code": "1069", "sequence_id": 1}
        return push(cloud, [row])
    if cloud.name == "tencent":
        row = {"mobile": number[2:], "nationcode": "86", "text": words, "sign": "s", "time": 1}
        return push(cloud, row)
    return push(cloud, {"From": f"+{number}", "Body": words, "MessageSid": f"SM{len(words)}"})


def words_of(cloud: Cloud, told: dict[str, Any]) -> tuple[str, str]:
    """To whom, and the words that the phone would show."""
    if cloud.name == "twilio":
        return told["To"], told["Body"]
    if cloud.name == "alibaba":
        values = json.loads(told["TemplateParam"])
        code, sign, to = told["TemplateCode"], told["SignName"], f"+{told['PhoneNumbers']}"
    else:
        values = {str(n): v for n, v in enumerate(told["TemplateParamSet"], 1)}
        code, sign, to = told["TemplateId"], told["SignName"], told["PhoneNumberSet"][0]
    line = CODES[CODES.index(code) :].splitlines()[1].strip().removeprefix("text: ").strip("'")
    for key, value in values.items():
        line = line.replace("${" + key + "}", value).replace("{" + key + "}", value)
    return to, f"【{sign}】{line}"


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
