"""What a cloud's service tells of texts, pushed or asked for; and which texts to ask about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.conf import settings

from carrears.clock import local_day, now
from carrears.outreach.delivery_models import Delivery, DeliveryState
from carrears.outreach.http_sms.vendor import Asked, Pushed
from carrears.outreach.numbers import to_e164
from carrears.outreach.packing import pack
from carrears.outreach.receipts import Told, take_receipts
from carrears.outreach.replies import take_reply
from carrears.outreach.retries import retrying_on
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.services import keyring
from carrears.starred import without_person

_AT_ONCE = 20
_FIRST_AFTER = timedelta(seconds=30)
_CHINA = "Asia/Shanghai"  # by whose days Alibaba Cloud files its texts


def take_told(gateway: str, told: Pushed) -> None:
    """Keep receipts and replies, before the service hears that we have them."""
    receipts = [
        Told(
            one.reference,
            one.fate,
            without_person(one.words, reached_at=(one.number,)),
            tuple(blind_indexes(keyring(), Kind.PHONE, one.number)) if one.number else (),
        )
        for one in told.reports
        if one.reference
    ]
    if receipts:
        take_receipts(gateway, receipts)
    for reply in told.replies:
        number = to_e164(reply.number, "cn") or reply.number  # without a country it is of China
        take_reply(gateway, number, reply.words, at=now())


class Unsettled:
    """Texts without an end, a few at a time and all of them in turn."""

    def __init__(self, gateway: str) -> None:
        self._gateway, self._after = gateway, 0

    def __call__(self) -> list[Asked]:
        """The next few."""
        at = now()
        since = at - timedelta(hours=retrying_on("sms", at.date()).receipt_hours)
        rows = (
            Delivery.objects.filter(
                gateway=self._gateway,
                state__in=(DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN),
                handed_at__range=(since, at - _FIRST_AFTER),
                pk__gt=self._after,
            )
            .select_related("attempt__case", "attempt__party")
            .order_by("pk")
        )
        found = list(rows[:_AT_ONCE])
        self._after = found[-1].pk if len(found) == _AT_ONCE else 0
        return [
            Asked(
                tuple(delivery.references),
                parcel.to,
                local_day(delivery.handed_at or at, _CHINA),
            )
            for delivery, parcel in pack(found)[0]
        ]


def secret_of_settings() -> str:
    """The secret of the SMSC or of the account: from its file; empty without one."""
    if not settings.SMS_SECRET_FILE:
        return ""
    return Path(settings.SMS_SECRET_FILE).read_text(encoding="utf-8").strip()
