"""Long texts that come in by parts: put together whatever the order in which they come.

Each part is kept before the gateway hears that we have it. The text is read once all are there;
what lacks after its term (``parts_minutes`` of ``retries.yaml``) is said to lack, and the text
read without it, since it may ask to be left alone. Should the rest come within the day, the whole
text is read as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from carrears.outreach.delivery_models import TextPart
from carrears.outreach.replies import take_reply
from carrears.outreach.retries import retrying_on
from carrears.outreach.smpp.parts import Part
from carrears.outreach.smpp.texts import read_text
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.services import keyring, open_for_house, seal_for_house

# A phone counts its references anew after 255 long texts.
_KEPT = timedelta(days=1)


@transaction.atomic
def take_part(gateway: str, number: str, part: Part, coding: int, *, at: datetime) -> None:
    """Keep one part, and read the text where it was the last that lacked. The same twice is one."""
    indexes = blind_indexes(keyring(), Kind.PHONE, f"+{number.lstrip('+')}")
    index = indexes[-1] if indexes else number.encode()[:32]
    _let_go(at)
    _, is_new = TextPart.objects.get_or_create(
        number_index=index,
        reference=part.reference,
        total=part.total,
        number=part.number,
        defaults={
            "gateway": gateway,
            "number_sealed": seal_for_house("number", number),
            "octets_sealed": seal_for_house("octets", part.octets.hex()),
            "coding": coding,
            "received_at": at,
        },
    )
    known = TextPart.objects.filter(
        number_index=index, reference=part.reference, total=part.total
    ).order_by("number")
    if is_new and known.count() == part.total:
        take_reply(gateway, number, _read(list(known)), at=at)
        known.update(read_at=at)


@transaction.atomic
def tell_incomplete(*, at: datetime) -> int:
    """Read the texts whose parts have lacked for longer than their term; returns how many.

    What was read goes after a day: nobody knows whose it is, so nobody's erasure reaches it.
    """
    _let_go(at)
    term = timedelta(minutes=retrying_on("sms", at.date()).parts_minutes)
    waiting = TextPart.objects.select_for_update().filter(read_at=None, told_at=None)
    texts: dict[tuple[bytes, int, int], list[TextPart]] = {}
    for part in waiting.order_by("number"):
        key = (bytes(part.number_index), part.reference, part.total)
        texts.setdefault(key, []).append(part)
    told = 0
    for parts in texts.values():
        if min(one.received_at for one in parts) <= at - term:
            number = open_for_house("number", parts[0].number_sealed)
            take_reply(parts[0].gateway, number, _read(parts), at=at, is_whole=False)
            TextPart.objects.filter(pk__in=[one.pk for one in parts]).update(told_at=at)
            told += 1
    return told


def _let_go(at: datetime) -> None:
    TextPart.objects.filter(received_at__lt=at - _KEPT).exclude(read_at=None, told_at=None).delete()


def _read(parts: Sequence[TextPart]) -> str:
    """The text of its parts in their order; what lacks is marked where it lacks."""
    known = {one.number: open_for_house("octets", one.octets_sealed) for one in parts}
    total, coding = parts[0].total, parts[0].coding
    text, run = "", b""
    for number in range(1, total + 1):
        if number in known:
            run += bytes.fromhex(known[number])
            continue
        lacks = f"〔缺第 {number}/{total} 段 part {number} of {total} missing〕"
        text += read_text(run, coding) + lacks
        run = b""
    return text + read_text(run, coding)
