"""Requests are signed as in the manuals of the clouds; accounts are read from addresses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carrears import acs3
from carrears.outreach.http_sms import tencent, twilio
from carrears.outreach.http_sms.account import account_of


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
