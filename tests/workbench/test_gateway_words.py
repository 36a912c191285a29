"""What gateways answer is said in the reader's words, and theirs are quoted."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from carrears.workbench.gateway_words import said_by_gateway


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("550 5.1.1 no such user", "号码或地址在对方处不可达"),
        ("552 5.2.2 quota", "对方邮箱已满"),
        ("451 4.7.1 greylisted", "暂不接收，稍后重试"),
        ("550 rejected as spam", "对方拒收此消息"),
        ("mail server: [Errno 111] Connection refused", "连接中断或未能建立"),
        ("SMPP status 0x0000000b", "号码或地址在对方处不可达"),
        ("SMPP status 0x00000058", "超出此时段可接收的数量"),
        ("SMPP status 0x00000045", "对方拒收此消息"),
        ("1 of 2 parts taken; no answer from the SMSC", "没有答复能说明结果"),
        ("the SMSC refused to bind us: status 0x0000000e", "对方拒绝本方账户"),
        ("the line to the SMSC broke: reset", "连接中断或未能建立"),
        ("Alibaba Cloud: isv.AMOUNT_NOT_ENOUGH 余额不足", "本方账户余额不足"),
        ("Alibaba Cloud: SignatureDoesNotMatch", "对方拒绝本方账户"),
        ("isv.BUSINESS_LIMIT_CONTROL 触发小时级流控", "超出此时段可接收的数量"),
        ("isv.MOBILE_NUMBER_ILLEGAL", "号码或地址在对方处不可达"),
        ("isv.SMS_SIGNATURE_ILLEGAL", "签名或模板未在对方处获批"),
        ("FailedOperation.PhoneNumberInBlacklist", "本人在对方处已退订，或在其黑名单内"),
        ("FailedOperation.SignatureIncorrectOrUnapproved", "签名或模板未在对方处获批"),
        ("LimitExceeded.PhoneNumberDailyLimit x", "超出此时段可接收的数量"),
        ("Tencent Cloud: LimitExceeded.AppDailyLimit", "超出此时段可接收的数量"),
        ("21610 Attempt to send to unsubscribed recipient", "本人在对方处已退订，或在其黑名单内"),
        ("21211 Invalid 'To'", "号码或地址在对方处不可达"),
        ("Twilio: HTTP 401 20003 Authenticate", "对方拒绝本方账户"),
        ("HTTP 429 20429 Too Many Requests", "超出此时段可接收的数量"),
        ("HTTP 503", "对方自身故障"),
        ("HTTP 404", "对方拒收此消息"),
        ("gw.example does not answer: timed out", "连接中断或未能建立"),
    ],
)
def test_an_answer_is_said_and_quoted(answer: str, said: str) -> None:
    with override("zh-hans"):
        assert said_by_gateway(answer) == f"{said}：“{answer}”"
    with override("en"):
        assert said_by_gateway(answer).endswith(f": “{answer}”")


@pytest.mark.parametrize("answer", ["", "nothing that is known", "余额不足"])
def test_what_nobody_knows_stays_as_it_came(answer: str) -> None:
    assert said_by_gateway(answer) == answer


def test_a_robots_code_is_named() -> None:
    with override("zh-hans"):
        assert said_by_gateway("refused with 45009") == "被拒绝，错误码 45009"
