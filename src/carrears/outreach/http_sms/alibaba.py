"""Alibaba Cloud SMS (阿里云短信服务, Dysmsapi 2017-05-25): SendSms, QuerySendDetails, pushes.

Signed by version 3 (``ACS3-HMAC-SHA256``), which Alibaba Cloud names in place of the older RPC
signature by HMAC-SHA1: it covers the headers and the body, and SHA-1 is not to be relied on.

https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from carrears.acs3 import AccessKey, canonical_query, sign
from carrears.outreach.http_sms.reading import read_json, rows_of
from carrears.outreach.http_sms.vendor import (
    AccountError,
    Answered,
    Asked,
    Pushed,
    PushError,
    Reply,
    Report,
    Request,
    Taken,
    Text,
)

HOST = "dysmsapi.aliyuncs.com"
_VERSION = "2017-05-25"
# https://help.aliyun.com/zh/sms/developer-reference/api-error-codes. Refused before it was taken,
# and to be tried again: the account's and the number's own limits per minute.
_PASSING = ("Throttling", "ServiceUnavailable", "isv.BUSINESS_LIMIT_CONTROL")
# It refuses the account, so that nothing could be sent.
_OURS = (
    "InvalidAccessKeyId", "IncompleteSignature", "SignatureDoesNotMatch", "InvalidTimeStamp",
    "Forbidden", "NoPermission", "isp.RAM_PERMISSION_DENY", "isv.RAM_PERMISSION_DENY",
    "isv.OUT_OF_SERVICE", "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE",
    "isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL", "isv.AMOUNT_NOT_ENOUGH",
)  # fmt: skip
# It failed by itself and does not say whether the text left before.
_SILENT = ("isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "InternalError", "UnknownError")
_FATES = {"2": "undelivered", "3": "delivered"}  # SendStatus; 1 waits for a receipt


@dataclass(frozen=True, slots=True)
class Alibaba:
    """One account. ``base`` is scheme and host."""

    key_id: str
    secret: str = field(repr=False)
    sign: str
    base: str = f"https://{HOST}"
    window: int = 16
    name: str = "alibaba"
    by_template: bool = True
    thanks: tuple[str, bytes] = ("application/json", b'{"code":0,"msg":"OK"}')

    def to_send(self, text: Text, *, at: datetime, nonce: str) -> Request:
        """SendSms; our reference is ``OutId``, which comes back in receipts."""
        return self._signed(
            "SendSms",
            {
                "PhoneNumbers": text.to.removeprefix("+"),
                "SignName": self.sign,
                "TemplateCode": text.code,
                "TemplateParam": json.dumps(dict(text.values), ensure_ascii=False),
                "OutId": text.reference,
            },
            at=at,
            nonce=nonce,
        )

    def read_sent(self, answer: Answered) -> Taken:
        """By ``Code``. A failure within the service may come after the text left."""
        told = read_json(answer.body)
        code = str(told.get("Code", "")) if isinstance(told, dict) else ""
        if not code or code.startswith(_SILENT):
            return Taken("uncertain", f"HTTP {answer.status} {code}".strip())
        if code == "OK":
            return Taken("accepted", reference=str(told.get("BizId", "")))
        words = f"{code} {told.get('Message', '')}".strip()
        if code.startswith(_OURS):
            raise AccountError(f"Alibaba Cloud: {words}")
        return Taken("deferred" if code.startswith(_PASSING) else "refused", words)

    def to_ask(self, asked: Sequence[Asked], *, at: datetime, nonce: str) -> list[Request]:
        """QuerySendDetails: by number and day; each detail has our reference."""
        return [
            self._signed(
                "QuerySendDetails",
                {
                    "PhoneNumber": one.to.removeprefix("+86").removeprefix("+"),
                    "SendDate": f"{one.day:%Y%m%d}",
                    "PageSize": "50",
                    "CurrentPage": "1",
                },
                at=at,
                nonce=f"{nonce}{number}",
            )
            for number, one in enumerate(asked)
        ]

    def read_asked(self, answer: Answered) -> Pushed:
        """The details of one number's day."""
        told = read_json(answer.body)
        found = told.get("SmsSendDetailDTOs") if isinstance(told, dict) else None
        details = rows_of(found.get("SmsSendDetailDTO") if isinstance(found, dict) else None)
        return Pushed(
            tuple(
                Report(
                    str(one["OutId"]),
                    "delivered" if fate == "delivered" else "undelivered",
                    str(one.get("ErrCode", "")),
                )
                for one in details
                if one.get("OutId") and (fate := _FATES.get(str(one.get("SendStatus"))))
            )
        )

    def is_genuine(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Never: the pushes are not signed; a secret in their address stands in."""
        del url, body, headers
        return False

    def read_push(self, url: str, body: bytes) -> Pushed:
        """SmsReport and SmsUp: arrays of receipts, and of replies (上行短信)."""
        del url
        told = read_json(body)
        if not isinstance(told, list):
            raise PushError("no array")
        rows = rows_of(told)
        return Pushed(
            tuple(_report(one) for one in rows if "success" in one),
            tuple(
                Reply(str(one.get("phone_number", "")), str(one["content"]))
                for one in rows
                if "content" in one and "success" not in one
            ),
        )

    def _signed(self, action: str, query: dict[str, str], *, at: datetime, nonce: str) -> Request:
        url = f"{self.base}/?{canonical_query(query)}"
        key = AccessKey(self.key_id, self.secret)
        when = at.astimezone(UTC)
        signed = sign(url, action, b"", key, version=_VERSION, at=when, nonce=nonce)
        sent = {name: value for name, value in signed.items() if name != "host"}
        return Request(url, sent | {"accept": "application/json"}, b"")


def _report(told: dict[str, Any]) -> Report:
    return Report(
        str(told.get("out_id") or told.get("biz_id") or ""),
        "delivered" if told["success"] in {True, "true"} else "undelivered",
        str(told.get("err_code", "")),
    )
