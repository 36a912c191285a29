"""Long texts that come in by parts: in any order, late, or not all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from factories import make_case
from outreach.smsc import SmscPeer, running_smsc

from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import text_of
from carrears.outreach.models import TextPart
from carrears.outreach.smpp.parts import Part, part_of
from carrears.outreach.smpp.pdus import Address, Message, Tag
from carrears.outreach.smpp.texts import cut_text, with_header
from carrears.outreach.sms_service import run
from carrears.outreach.text_parts import take_part, tell_incomplete

AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
NUMBER = "8613900000001"
WHY = "这个月工资晚发，所以没有按时还款。" * 8
LONG = f"你好，我是合同上的借款人。{WHY}我下周五还款，谢谢。"
WHO = Address(1, 1, NUMBER)


def message(octets: bytes, *, esm: int = 0, **tlvs: bytes) -> Message:
    return Message(
        WHO, WHO, octets, esm, 8, tlvs={Tag[name]: value for name, value in tlvs.items()}
    )


def parts() -> list[Part]:
    cut = cut_text(LONG)
    return [Part(octets, 7, cut.count, n) for n, octets in enumerate(cut.parts, start=1)]


def notes() -> list[str]:
    return [text_of(one) for one in CaseEvent.objects.filter(kind="note").order_by("pk")]


def test_a_part_is_known_by_its_header_of_either_kind_or_by_tlvs() -> None:
    short = with_header("明".encode("utf-16-be"), reference=300, total=3, number=2)
    assert part_of(message(short, esm=0x40)) == Part(b"\x66\x0e", 300 & 0xFF, 3, 2)
    long = bytes((9, 1, 1, 0, 8, 4, 1, 44, 3, 2)) + b"\x66\x0e"  # another element before it
    assert part_of(message(long, esm=0x40)) == Part(b"\x66\x0e", 300, 3, 2)
    sar = {"SAR_REFERENCE": b"\x01\x2c", "SAR_TOTAL": b"\x03", "SAR_NUMBER": b"\x02"}
    assert part_of(message(b"\x66\x0e", **sar)) == Part(b"\x66\x0e", 300, 3, 2)


@pytest.mark.parametrize(
    "header",
    [b"", bytes((2, 5, 0)), bytes((5, 0, 3, 1, 3, 4)), bytes((5, 0, 3, 1, 0, 0)), bytes((200, 0))],
)
def test_a_header_that_makes_no_sense_leaves_a_text_by_itself(header: bytes) -> None:
    assert part_of(message(header + b"\x66\x0e", esm=0x40)).total == 1


@pytest.mark.django_db
def test_the_parts_are_joined_in_whatever_order_they_come() -> None:
    make_case()
    assert len(parts()) == 3
    for n, order in enumerate(permutations(parts())):
        for part in order:
            numbered = Part(part.octets, n, part.total, part.number)
            take_part("smpp", NUMBER, numbered, 8, at=AT + timedelta(days=n))
            take_part("smpp", NUMBER, numbered, 8, at=AT + timedelta(days=n))  # told twice
    assert notes() == [LONG] * 6


@pytest.mark.django_db
def test_what_lacks_after_its_term_is_said_to_lack_and_waits_for_a_person() -> None:
    case = make_case()
    first, _, last = parts()
    take_part("smpp", NUMBER, first, 8, at=AT)
    take_part("smpp", NUMBER, last, 8, at=AT + timedelta(minutes=5))
    assert tell_incomplete(at=AT + timedelta(minutes=59)) == 0
    assert tell_incomplete(at=AT + timedelta(minutes=60)) == 1
    assert tell_incomplete(at=AT + timedelta(minutes=61)) == 0
    [note] = case.events.filter(kind="note")
    assert text_of(note).count("part 2 of 3 missing") == 1
    assert text_of(note).startswith("你好，我是合同上的借款人。")
    assert note.data["means"]


@pytest.mark.django_db
def test_the_rest_that_comes_late_makes_the_text_whole() -> None:
    make_case()
    first, second, last = parts()
    take_part("smpp", NUMBER, first, 8, at=AT)
    take_part("smpp", NUMBER, second, 8, at=AT)
    tell_incomplete(at=AT + timedelta(hours=2))
    take_part("smpp", NUMBER, last, 8, at=AT + timedelta(hours=3))
    assert notes()[-1] == LONG
    assert tell_incomplete(at=AT + timedelta(hours=9)) == 0


@pytest.mark.django_db
def test_parts_are_kept_sealed_and_not_for_long() -> None:
    make_case()
    for part in parts():
        take_part("smpp", NUMBER, part, 8, at=AT)
    kept = TextPart.objects.values_list("octets_sealed", flat=True)
    assert not any(part.octets in bytes(one) for one in kept for part in parts())
    assert tell_incomplete(at=AT + timedelta(hours=23)) == 0
    assert TextPart.objects.count() == 3
    assert tell_incomplete(at=AT + timedelta(hours=25)) == 0  # nobody writes, and it goes
    assert not TextPart.objects.exists()


@pytest.mark.django_db
def test_a_phone_that_counts_anew_meets_no_parts_of_the_day_before() -> None:
    make_case()
    for day in (0, 2):
        for part in parts():
            take_part("smpp", NUMBER, part, 8, at=AT + timedelta(days=day))
    assert notes() == [LONG] * 2


@pytest.mark.django_db
def test_a_number_counts_its_references_by_itself() -> None:
    make_case()
    for number in (NUMBER, "8613911112222"):
        take_part("smpp", number, parts()[0], 8, at=AT)
    assert TextPart.objects.count() == 2
    assert notes() == []


@pytest.fixture
def smsc(tmp_path: Path, settings: Any) -> Iterator[SmscPeer]:
    with running_smsc() as peer:
        settings.SMS_URL, settings.CARREARS_HOME, settings.DEMO = peer.url(), tmp_path, False
        yield peer


class BothTexts(threading.Event):
    """Set once both texts stand on the timeline; whoever waits in vain fails."""

    def __init__(self) -> None:
        super().__init__()
        self._end = monotonic() + 60

    def is_set(self) -> bool:
        assert monotonic() < self._end
        return CaseEvent.objects.filter(kind="note").count() == 2


@pytest.mark.django_db
def test_an_smsc_of_another_make_hands_over_its_parts(smsc: SmscPeer) -> None:
    case = make_case()
    cut = cut_text(LONG)
    stop = BothTexts()

    def write() -> None:
        smsc.wait_for("bound")
        for n in (3, 1, 2):
            octets = with_header(cut.parts[n - 1], reference=9, total=3, number=n)
            smsc.raw(NUMBER, octets, esm=0x40)
        for n in (2, 3, 1):
            sar = {"sar_msg_ref_num": 9, "sar_total_segments": 2, "sar_segment_seqnum": n}
            if n < 3:
                smsc.raw(NUMBER, f"第{n}段".encode("utf-16-be"), **sar)

    writer = threading.Thread(target=write)
    writer.start()
    run(stop=stop)
    writer.join()
    assert sorted(text_of(one) for one in case.events.filter(kind="note")) == sorted(
        [LONG, "第1段第2段"]
    )
    assert Case.objects.count() == 1
