"""What mail servers, vendors and the post say of a message is kept without its person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from factories import make_case, make_user
from outreach.clouds import Cloud, running_cloud
from outreach.mails import bounce
from outreach.test_deliveries import moody
from outreach.test_http_sms import NUMBER, drain, noon, push, use
from outreach.test_smpp import text

from carrears.clock import local_day, now
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence
from carrears.outreach.channels import Parcel
from carrears.outreach.http_sms.vendor import own_reference
from carrears.outreach.mail_in.taking import take_mail
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.services import contact
from carrears.outreach.templates import Message
from carrears.parties.queries import open_parties
from carrears.starred import without_person

__all__ = ["noon"]

NAME, LOCAL = "赵试一", NUMBER[2:]
_TABLES = ("outreach_delivery", "outreach_attempt", "outreach_receipt", "outreach_receivedmail")


@pytest.fixture(params=["alibaba", "tencent", "twilio"])
def cloud(
    request: pytest.FixtureRequest, settings: LazySettings, tmp_path: Path
) -> Iterator[Cloud]:
    with running_cloud(str(request.param)) as running:
        use(running, settings, tmp_path)
        yield running


def written() -> str:
    """All that the tables of messages have in words, and all that the log has."""
    found = []
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(
                "select column_name from information_schema.columns where table_name = %s"
                " and data_type in ('text', 'character varying', 'ARRAY', 'jsonb')",
                [table],
            )
            names = [f'"{name}"::text' for (name,) in cursor.fetchall()]
            assert names, table
            cursor.execute(f"select {', '.join(names)} from {table}")  # noqa: S608  of the catalogue
            found += [str(each) for row in cursor.fetchall() for each in row]
    sequence()
    found += [
        json.dumps(one.payload, ensure_ascii=False, default=str) for one in Entry.objects.all()
    ]
    return "\n".join(found)


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
def test_a_mail_server_that_repeats_the_address_tells_the_log_nothing(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"
    case = make_case(as_of=local_day(now(), "Asia/Shanghai"))
    party, user = case.party, make_user(role="collector")
    assert party is not None
    to = next(p.value for p in open_parties([party.token])[party.token].points if p.kind == "email")
    local = to.partition("@")[0]
    refusals = (
        f"550 5.1.1 <{to}>: Recipient address rejected: {local} of {NAME} is unknown, {LOCAL}"
    )
    with moody(settings, refusals, f"451 4.2.1 {to.upper()} is busy", "250 ok"):
        for key in ("refused", "later", "bounced"):
            contact(case, party=party, template="reminder", by=user, key=key)
    sent = Attempt.objects.get(key__endswith="bounced")
    assert sent.state == "sent"
    assert take_mail(bounce(about=sent.message_id, to=to), at=now()) == "hard"

    told = written().lower()
    assert "550 5.1.1 <***>: recipient address rejected: *** of *** is unknown, ***" in told
    assert [word for word in (to, local, NAME, LOCAL) if word.lower() in told] == []
    assert Delivery.objects.get(attempt=sent).error.startswith("5.1.1 smtp; 550 5.1.1 <***>")
    assert Delivery.objects.filter(error__startswith="451 4.2.1 ***").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("state", ["refused", "uncertain account", "receipt"])
def test_a_vendor_that_repeats_the_number_tells_the_log_nothing(cloud: Cloud, state: str) -> None:
    case = make_case(loan_no="A-05", as_of=local_day(now(), "Asia/Shanghai"))
    user = make_user(role="collector")
    said = f"号码{LOCAL}（{NAME}）, +86 {LOCAL[:3]} {LOCAL[3:7]} {LOCAL[7:]} unreachable"
    refused = {
        "alibaba": (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": said}),
        "tencent": (
            200,
            {"Response": {"SendStatusSet": [{"Code": "FailedOperation.X", "Message": said}]}},
        ),
        "twilio": (400, {"code": 21211, "message": said}),
    }
    ours = {
        "alibaba": (400, {"Code": "Forbidden", "Message": said}),
        "tencent": (200, {"Response": {"Error": {"Code": "AuthFailure.X", "Message": said}}}),
        "twilio": (401, {"code": 20003, "message": said}),
    }
    attempt = text(case, user)
    if state == "refused":
        cloud.answers = [refused[cloud.name]]
    elif state == "uncertain account":
        cloud.answers = [ours[cloud.name]] * 20
    drain()
    if state == "receipt":
        _tell(cloud, attempt, said)

    told = written()
    assert [word for word in (NUMBER, LOCAL, LOCAL[3:], NAME) if word in told] == []
    if state == "receipt":
        assert Delivery.objects.get().state == "undelivered"
    else:
        assert "号码***（***）, *** unreachable" in Delivery.objects.get().error


def _tell(cloud: Cloud, attempt: Attempt, said: str) -> None:
    ours, short = own_reference(attempt.key), said.replace(NAME, "")
    if cloud.name == "alibaba":
        row = {"phone_number": LOCAL, "success": False, "err_code": short, "out_id": ours}
        assert push(cloud, [row]) == 200
    elif cloud.name == "tencent":
        row = {"mobile": LOCAL, "nationcode": "86", "errmsg": short, "report_status": "FAIL"}
        assert push(cloud, [row | {"sid": f"2640:{ours[:8]}"}]) == 200
    else:
        told = {"MessageSid": "SMx", "MessageStatus": "undelivered", "ErrorCode": short}
        assert push(cloud, told, query=f"?reference={ours}") == 200


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 5.1.1 zhang wei: no such user", "550 5.1.1 ***: no such user"),
        ("Mr WEI is unknown, weight 5", "Mr *** is unknown, weight 5"),
        ("to 008613900000001 or (139) 0000-0001.", "to *** or ***."),
        ("SMPP status 0x00000045", "SMPP status 0x00000045"),
        ("451 4.7.1 greylisted, see 10.0.0.1:25", "451 4.7.1 greylisted, see 10.0.0.1:25"),
        ("1 of 2 parts taken; no answer", "1 of 2 parts taken; no answer"),
    ],
)
def test_only_the_person_is_starred(said: str, kept: str) -> None:
    reached_at = ("", "+8613900000001")
    assert without_person(said, name="Zhang Wei", reached_at=reached_at) == kept


def test_a_parcel_knows_its_person() -> None:
    at = now()
    parcel = Parcel("k", uuid4(), "ann.b@x.example", "Ann", Message("s", "t", "h"), "en", at)
    assert parcel.without_person("Ann <ANN.B@x.example>, ann.b") == "*** <***>, ***"
