"""Tencent Cloud SMS (腾讯云短信, API 2021-01-11): SendSms, the pulls, callbacks.

Signed by version 3 (``TC3-HMAC-SHA256``).

https://cloud.tencent.com/document/api/382/52072 (signature), /55981 (SendSms), /43547 (callback)
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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

HOST = "sms.tencentcloudapi.com"
_VERSION = "2021-01-11"
_ALGORITHM = "TC3-HMAC-SHA256"
_KIND = "application/json; charset=utf-8"
_PULLED_AT_ONCE = 100
# https://cloud.tencent.com/document/api/382/52075. To be tried again within minutes.
_PASSING = (
    "RequestLimitExceeded", "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.PhoneNumberOneHourLimit",
)  # fmt: skip
_OURS = (
    "AuthFailure", "UnauthorizedOperation", "UnsupportedRegion",
    "FailedOperation.InsufficientBalanceInSmsPackage", "LimitExceeded.AppDailyLimit",
    "LimitExceeded.AppMainlandChinaDailyLimit", "LimitExceeded.AppGlobalDailyLimit",
)  # fmt: skip
_SILENT = ("InternalError",)


@dataclass(frozen=True, slots=True)
class Tencent:
    """One application of an account. ``base`` is scheme and host."""

    secret_id: str
    secret: str = field(repr=False)
    app: str
    sign: str
    region: str = "ap-guangzhou"
    base: str = f"https://{HOST}"
    window: int = 16
    name: str = "tencent"
    by_template: bool = True
    thanks: tuple[str, bytes] = ("application/json", b'{"result":0,"errmsg":"OK"}')

    def to_send(self, text: Text, *, at: datetime, nonce: str) -> Request:
        """SendSms; our reference is ``SessionContext``, which only the answer brings back."""
        del nonce
        wanted = {
            "PhoneNumberSet": [text.to],
            "SmsSdkAppId": self.app,
            "SignName": self.sign,
            "TemplateId": text.code,
            "TemplateParamSet": list(text.values.values()),
            "SessionContext": text.reference,
        }
        return self._signed("SendSms", wanted, at)

    def read_sent(self, answer: Answered) -> Taken:
        """By the error of the request, else by the code of its one number."""
        told = _response(answer.body)
        error = told.get("Error")
        rows = [error] if isinstance(error, dict) else rows_of(told.get("SendStatusSet"))
        code = str(rows[0].get("Code", "")) if rows else ""
        if not code or code.startswith(_SILENT):
            return Taken("uncertain", f"HTTP {answer.status} {code}".strip())
        if code == "Ok":
            return Taken("accepted", reference=str(rows[0].get("SerialNo", "")))
        words = f"{code} {rows[0].get('Message', '')}".strip()
        if code.startswith(_OURS):
            raise AccountError(f"Tencent Cloud: {words}")
        return Taken("deferred" if code.startswith(_PASSING) else "refused", words)

    def to_ask(self, asked: Sequence[Asked], *, at: datetime, nonce: str) -> list[Request]:
        """The pulls of receipts and of replies: of all texts, whatever is asked."""
        del asked, nonce
        wanted = {"Limit": _PULLED_AT_ONCE, "SmsSdkAppId": self.app}
        return [
            self._signed(action, wanted, at)
            for action in ("PullSmsSendStatus", "PullSmsReplyStatus")
        ]

    def read_asked(self, answer: Answered) -> Pushed:
        """What was pulled."""
        told = _response(answer.body)
        return Pushed(
            tuple(
                Report(
                    str(one.get("SerialNo", "")),
                    "delivered" if one.get("ReportStatus") == "SUCCESS" else "undelivered",
                    str(one.get("Description", "")),
                    str(one.get("PhoneNumber", "")),
                )
                for one in rows_of(told.get("PullSmsSendStatusSet"))
            ),
            tuple(
                Reply(str(one.get("PhoneNumber", "")), str(one.get("ReplyContent", "")))
                for one in rows_of(told.get("PullSmsReplyStatusSet"))
            ),
        )

    def is_genuine(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Never: the callbacks are not signed; a secret in their address stands in."""
        del url, body, headers
        return False

    def read_push(self, url: str, body: bytes) -> Pushed:
        """An array of receipts, or one reply (an object with ``text``)."""
        del url
        told = read_json(body)
        if isinstance(told, dict) and "text" in told:
            return Pushed(replies=(Reply(_number(told), str(told["text"])),))
        if not isinstance(told, list):
            raise PushError("neither receipts nor a reply")
        return Pushed(
            tuple(
                Report(
                    str(one["sid"]),
                    "delivered" if one.get("report_status") == "SUCCESS" else "undelivered",
                    str(one.get("errmsg", "")),
                    _number(one),
                )
                for one in rows_of(told)
                if "sid" in one
            )
        )

    def _signed(self, action: str, wanted: dict[str, Any], at: datetime) -> Request:
        body = json.dumps(wanted, ensure_ascii=False).encode()
        headers = {
            "content-type": _KIND,
            "host": self.base.partition("://")[2],
            "x-tc-action": action.lower(),
        }
        proof = authorize(self.secret_id, self.secret, body, headers, at=at)
        sent = {
            "authorization": proof,
            "content-type": _KIND,
            "x-tc-action": action,
            "x-tc-timestamp": str(int(at.timestamp())),
            "x-tc-version": _VERSION,
            "x-tc-region": self.region,
        }
        return Request(f"{self.base}/", sent, body)


def authorize(
    secret_id: str,
    secret: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    at: datetime,
    service: str = "sms",
) -> str:
    """The header ``Authorization`` of a POST whose ``headers`` are all signed."""
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    signed, day = ";".join(names), f"{at.astimezone(UTC):%Y-%m-%d}"
    request = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    to_sign = f"{_ALGORITHM}\n{int(at.timestamp())}\n{scope}\n{hashed}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    proof = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{_ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={proof}"


def _response(body: bytes) -> dict[str, Any]:
    told = read_json(body)
    inner = told.get("Response") if isinstance(told, dict) else None
    return inner if isinstance(inner, dict) else {}


def _number(told: dict[str, Any]) -> str:
    return f"+{told.get('nationcode', '')}{told.get('mobile', '')}"
