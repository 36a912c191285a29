"""Twilio Programmable Messaging (API 2010-04-01): messages, their status, what comes in.

Asked with basic authentication; what Twilio asks of us is signed (``X-Twilio-Signature``).

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

from carrears.outreach.http_sms.reading import read_json
from carrears.outreach.http_sms.vendor import (
    AccountError,
    Answered,
    Asked,
    Fate,
    Pushed,
    PushError,
    Reply,
    Report,
    Request,
    Taken,
    Text,
)

HOST = "api.twilio.com"
_FATES: dict[str, Fate] = {
    "sent": "under_way",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "undelivered",
    "canceled": "undelivered",
}
_OURS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Twilio:
    """One account.

    ``sender`` is a number or a messaging service (``MG…``); ``pushes`` is the address at which
    Twilio tells us, as it is known outside.
    """

    account: str
    secret: str = field(repr=False)
    sender: str
    pushes: str = ""
    base: str = f"https://{HOST}"
    window: int = 16
    name: str = "twilio"
    by_template: bool = False
    sign: str = ""
    thanks: tuple[str, bytes] = ("text/xml", b"<Response/>")

    def to_send(self, text: Text, *, at: datetime, nonce: str) -> Request:
        """Create a message; our reference stands in the address to which its status comes."""
        del at, nonce
        by = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        wanted = {"To": text.to, by: self.sender, "Body": text.words}
        if self.pushes:
            wanted["StatusCallback"] = f"{self.pushes}?reference={text.reference}"
        headers = self._proof() | {"content-type": "application/x-www-form-urlencoded"}
        return Request(self._messages(".json"), headers, urlencode(wanted).encode())

    def read_sent(self, answer: Answered) -> Taken:
        """By the HTTP status; of a server's failure nobody knows whether the text left."""
        told = read_json(answer.body)
        read = told if isinstance(told, dict) else {}
        sid, words = str(read.get("sid", "")), f"{read.get('code', '')} {read.get('message', '')}"
        if answer.status == HTTPStatus.CREATED and sid:
            return Taken("accepted", reference=sid)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Taken("deferred", f"HTTP 429 {words.strip()}")
        if answer.status in _OURS and "code" in read:
            raise AccountError(f"Twilio: HTTP {answer.status} {words.strip()}")
        known = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if known and "code" in read:
            return Taken("refused", words.strip())
        return Taken("uncertain", f"HTTP {answer.status}")

    def to_ask(self, asked: Sequence[Asked], *, at: datetime, nonce: str) -> list[Request]:
        """Each message by its own id; one that has none cannot be asked for."""
        del at, nonce
        ids = [ref for one in asked for ref in one.references if ref.startswith(("SM", "MM"))]
        return [Request(self._messages(f"/{one}.json"), self._proof(), None) for one in ids]

    def read_asked(self, answer: Answered) -> Pushed:
        """The status of one message."""
        told = read_json(answer.body)
        if not isinstance(told, dict) or str(told.get("status")) not in _FATES:
            return Pushed()
        words = f"{told['status']} {told.get('error_code') or ''}".strip()
        return Pushed((Report(str(told.get("sid", "")), _FATES[str(told["status"])], words),))

    def is_genuine(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the address and the form were signed with our token."""
        told = headers.get("x-twilio-signature", "")
        return hmac.compare_digest(told.encode(), sign_push(self.secret, url, body).encode())

    def read_push(self, url: str, body: bytes) -> Pushed:
        """A status (to the address that we gave with the message), or a text that came in."""
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        if "MessageStatus" in form:
            fate = _FATES.get(form["MessageStatus"])
            ours = dict(parse_qsl(urlsplit(url).query)).get("reference", "")
            words = f"{form['MessageStatus']} {form.get('ErrorCode', '')}".strip()
            told = ours or form.get("MessageSid", "")
            return Pushed((Report(told, fate, words),) if fate and told else ())
        if "Body" in form and "From" in form:
            return Pushed(replies=(Reply(form["From"], form["Body"]),))
        raise PushError("neither a status nor a text")

    def _messages(self, rest: str) -> str:
        return f"{self.base}/2010-04-01/Accounts/{self.account}/Messages{rest}"

    def _proof(self) -> dict[str, str]:
        told = base64.b64encode(f"{self.account}:{self.secret}".encode()).decode()
        return {"authorization": f"Basic {told}", "accept": "application/json"}


def sign_push(token: str, url: str, body: bytes) -> str:
    """The address and the sorted fields of the form run together, by HMAC-SHA1 as Twilio has it.

    The same value twice under one name counts once.
    """
    fields = set(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    told = url + "".join(f"{name}{value}" for name, value in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), told.encode(), hashlib.sha1).digest()).decode()
